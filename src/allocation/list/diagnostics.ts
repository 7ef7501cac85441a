import { randomStream } from '../../stats/index.ts';
import type { AllocationMethod, Covariate } from '../../trial/allocation-plan.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Cluster, CovariateBalance, GroupBalance } from '../clusters/index.ts';
import { balanceOf } from '../clusters/index.ts';
import { valueOf } from '../randomizers/column.ts';
import { constraintOf } from '../randomizers/constrained/index.ts';
import type { Pair } from '../randomizers/index.ts';
import { guessProbability, togetherOf } from '../randomizers/index.ts';
import type { SeededSetting } from '../randomizers/index.ts';
import type { ListBasis, ListDraw } from './draw.ts';
import { seedOfConstraint } from './draw.ts';
import { listedPlanOf } from './plan.ts';

/** Two clusters that a method ties to each other or keeps apart. */
export interface TiedPair {
  readonly clusters: readonly [string, string];
  /** The share of possible lists in which both have the same group. */
  readonly share: number;
}

/** What a constraint left to chance. */
export interface ConstraintSummary {
  /** Decimal logarithm of the number of all allocations, and their number where it is exact. */
  readonly possible: { readonly count: number | null; readonly log10: number };
  /** How many of them are candidates; `null` where they were sampled, with their share. */
  readonly candidates: number | null;
  readonly share: number;
  readonly cutoff: number;
  /** The mean over all allocations, and over the candidates. */
  readonly meanScore: { readonly complete: number; readonly constrained: number };
}

/** How even an allocation came out, and how free it was: as it was when it was made. */
export interface Diagnostics {
  readonly groups: readonly GroupBalance[];
  /** Clusters by period and arm; one period where the arm never changes. */
  readonly periods: readonly Readonly<Record<string, number>>[];
  readonly balance: readonly CovariateBalance[];
  /** How often two clusters share a group over the lists that could have been made; `null` for one cluster. */
  readonly together: {
    readonly expected: number;
    readonly least: TiedPair;
    readonly most: TiedPair;
    readonly often: readonly TiedPair[];
    readonly seldom: readonly TiedPair[];
  } | null;
  /** How often somebody who knows all earlier groups guesses the next. */
  readonly guess: { readonly share: number; readonly byWeight: number };
  /** Of covariate-constrained randomisation. */
  readonly constraint: ConstraintSummary | null;
  readonly warnings: readonly string[];
}

/** The columns that a method keeps alike, and so what its balance is shown by. */
function balancedBy(method: AllocationMethod): readonly Covariate[] {
  const categorical = (names: readonly string[] = []): readonly Covariate[] =>
    names.map((name) => ({ name, kind: 'categorical' }));
  switch (method.method) {
    case 'complete':
      return [];
    case 'blocks':
      return categorical(method.strata);
    case 'matched':
      return method.covariates ?? [];
    case 'constrained': {
      const strata = method.strata?.filter(
        (name) => !method.covariates.some((covariate) => covariate.name === name),
      );
      return [...method.covariates, ...categorical(strata)];
    }
    case 'minimisation':
      return categorical(method.factors.map(({ name }) => name));
  }
}

/** Up to so many clusters every pair is looked at. */
const pairedUpTo = 200;
const draws = 2_000;
/** Waves are drawn again one after the other, each among the candidates that those before leave it. */
const drawsOfWaves = 300;

/** How even an allocation came out, and how free it was; of a switchback the first block. */
export function diagnosticsOf(
  trial: Trial,
  { waves, seeds }: ListBasis,
  drawn: ListDraw,
): Diagnostics {
  const { method } = listedPlanOf(trial);
  const { groups } = drawn;
  const clusters = waves.flat();
  const actual = drawn.actual[0] ?? new Uint8Array();
  const setting = {
    clusters: waves,
    weights: groups.map(({ weight }) => weight),
    seed: seedOfConstraint(trial, { seed: seeds[0] ?? '', block: 0 }),
  };
  const constraint = method.method === 'constrained' ? constraintOf(method, setting) : null;
  const shown = waves.length > 1 ? drawsOfWaves : draws;
  const guess = guessProbability(method, { ...setting, draws: Math.min(shown, 1_000) });
  const balance = balanceOf(clusters, actual, {
    names: groups.map(({ name }) => name),
    // A stratum that all clusters share says nothing.
    covariates: balancedBy(method).filter(
      ({ name }) => new Set(clusters.map((cluster) => String(valueOf(cluster, name)))).size > 1,
    ),
  });
  return {
    groups: balance.groups,
    periods: trial.periods.map((_, period) => armsIn(trial, drawn, period)),
    balance: balance.covariates,
    together: togetherIn(clusters, drawn, {
      seed: ['together', trial.fingerprint, seeds[0] ?? ''],
      draws: shown,
      // Partners never share a group: that is what a pair is for.
      isPaired: method.method === 'matched' || method.method === 'blocks',
    }),
    guess: { share: guess.share, byWeight: guess.byWeight },
    constraint: constraint && {
      possible: constraint.possible,
      candidates: constraint.candidates.count,
      share: constraint.candidates.share,
      cutoff: constraint.cutoff,
      meanScore: constraint.meanScore,
    },
    warnings: [...(constraint?.warnings ?? []), ...placeWarnings(method, setting)],
  };
}

/** With unequal weights some methods give the arms their shares and single clusters another chance. */
function placeWarnings(
  { method }: AllocationMethod,
  { weights, clusters }: Pick<SeededSetting, 'weights' | 'clusters'>,
): readonly string[] {
  if (weights.every((weight) => weight === weights[0])) return [];
  if (method === 'minimisation') {
    return [
      'Minimisation with unequal weights gives the arms their shares, but the chance of a single cluster depends on its place in the file: equal weights or another method are fairer.',
    ];
  }
  return method === 'constrained' && clusters.length > 1
    ? [
        'A small wave of constrained randomisation cannot keep unequal weights: its clusters get the arms with more even chances than those of the first wave.',
      ]
    : [];
}

function armsIn(
  { arms }: Trial,
  { groups, actual }: ListDraw,
  period: number,
): Readonly<Record<string, number>> {
  const length = groups[0]?.arms.length ?? 1;
  const block = actual[Math.floor(period / length)] ?? new Uint8Array();
  const counts = Object.fromEntries(arms.map(({ name }) => [name, 0]));
  for (const group of block) {
    const arm = groups[group]?.arms[period % length] ?? '';
    counts[arm] = (counts[arm] ?? 0) + 1;
  }
  return counts;
}

function togetherIn(
  clusters: readonly Cluster[],
  { randomizers: [randomizer], groups }: ListDraw,
  {
    seed,
    draws: times,
    isPaired,
  }: {
    readonly seed: readonly string[];
    readonly draws: number;
    readonly isPaired: boolean;
  },
): Diagnostics['together'] {
  if (randomizer === undefined || clusters.length < 2 || clusters.length > pairedUpTo) return null;
  const { expected, least, most, often, seldom } = togetherOf(randomizer, {
    stream: randomStream(seed),
    draws: times,
    seldom: 0.5 / groups.length,
  });
  const named = ({ first, second, share }: Pair): TiedPair => ({
    clusters: [clusters[first]?.id ?? '', clusters[second]?.id ?? ''],
    share,
  });
  return {
    expected,
    least: named(least),
    most: named(most),
    often: often.map(named),
    seldom: isPaired ? [] : seldom.map(named),
  };
}
