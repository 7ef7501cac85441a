import type { Cluster } from '../../src/allocation/clusters/cluster.ts';
import type { Randomizer } from '../../src/allocation/randomizers/index.ts';
import { procedureOf } from '../../src/analysis/design.ts';
import { gee } from '../../src/analysis/methods/gee/index.ts';
import type { UnitTotals } from '../../src/analysis/methods/ratio-of-totals.ts';
import { ratioOfTotals, relativeOf } from '../../src/analysis/methods/ratio-of-totals.ts';
import type { Procedure } from '../../src/analysis/methods/rerandomization/index.ts';
import {
  rerandomize,
  rerandomizeArms,
  rerandomizeResiduals,
} from '../../src/analysis/methods/rerandomization/index.ts';
import type { RandomStream } from '../../src/stats/index.ts';
import { poisson, randomStream } from '../../src/stats/index.ts';

/** Synthetic practices that stay the same from trial to trial. */
export interface Practices {
  /** With the columns `baseline` (a number), `urban` and `volume` (each of two levels). */
  readonly clusters: readonly Cluster[];
  /** What the covariates say of the log rate, with mean 0 and variance 1 over the practices. */
  readonly score: Float64Array;
  readonly patients: Float64Array;
}

/** Standard deviation of the log rates between practices, and how much of its square the score explains. */
export const clusterSpread = 0.3;
export const explained = 0.5;

const meanSize = 40;
const sizeVariation = 0.6;
const daysEach = 5;
const alertsPerDay = 0.8;

/**
 * Practices with a normal `baseline`, of which half, by lot, are `urban`, and with a `volume` that is high for the
 * two fifths with the highest baseline (what a design that needs categories can use of it). The score
 * is the standardised baseline plus 0.6 of the standardised urban indicator, standardised. Sizes are
 * log-normal with a mean of 40 patients and a coefficient of variation of 0.6, rounded up.
 */
export function practicesOf(count: number): Practices {
  const stream = randomStream(['practices', count]);
  const baseline = standardized(Float64Array.from({ length: count }, () => stream.normal()));
  const order = Int32Array.from(baseline.keys());
  stream.shuffle(order);
  const urban = new Uint8Array(count);
  for (const i of order.subarray(0, count / 2)) urban[i] = 1;
  const highest =
    baseline
      .slice()
      .sort()
      .at(-Math.round(0.4 * count)) ?? 0;
  const part = standardized(Float64Array.from(urban));
  const logVariance = Math.log1p(sizeVariation ** 2);
  const patients = baseline.map(() =>
    Math.ceil(meanSize * Math.exp(Math.sqrt(logVariance) * stream.normal() - logVariance / 2)),
  );
  return {
    clusters: Array.from(baseline, (value, i) => ({
      id: `practice ${i}`,
      size: patients[i],
      values: {
        baseline: value,
        urban: urban[i] === 1 ? 'yes' : 'no',
        volume: value >= highest ? 'high' : 'low',
      },
    })),
    score: standardized(baseline.map((value, i) => value + 0.6 * (part[i] ?? 0))),
    patients,
  };
}

function standardized(values: Float64Array): Float64Array {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
  return values.map((value) => (value - mean) / Math.sqrt(squares));
}

/**
 * The alerts and patient-days of the practices in one trial. The log rate of practice i is
 * log 0.8 + 0.3 (√½ scoreᵢ + √½ εᵢ) + the log ratio of its group, ε standard normal; its patients' own
 * rates are exponential about that (negative binomial counts with dispersion 1), and each is there
 * for 5 days.
 *
 * @param options `ratios`: the rate ratio of each group
 */
export function outcomesOf(
  { score, patients }: Practices,
  {
    groups,
    ratios,
    stream,
  }: {
    readonly groups: Uint8Array;
    readonly ratios: readonly number[];
    readonly stream: RandomStream;
  },
): readonly UnitTotals[] {
  return Array.from(patients, (count, i) => {
    const known = Math.sqrt(explained) * (score[i] ?? 0);
    const unknown = Math.sqrt(1 - explained) * stream.normal();
    const rate = alertsPerDay * Math.exp(clusterSpread * (known + unknown));
    let frailty = 0;
    for (let patient = 0; patient < count; patient += 1) frailty -= Math.log(1 - stream.next());
    const mean = daysEach * frailty * rate * (ratios[groups[i] ?? 0] ?? 1);
    return {
      numerator: poisson.quantile(stream.next(), mean),
      denominator: daysEach * count,
    };
  });
}

/** The tests that are compared. */
export const tests = ['replayed', 'adjusted', 'as complete', 't test'] as const;
export type Test = (typeof tests)[number];

/** What the tests of one trial say; a test that could not be had is missing. */
export interface Answers {
  readonly pValues: Readonly<Partial<Record<Test, number>>>;
  /** The smallest two-sided p value that the replayed test could have given. */
  readonly least: number;
}

/** A trial that was run. */
export interface AllocatedTrial {
  readonly practices: Practices;
  readonly randomizer: Randomizer;
  /** What the randomizer drew. */
  readonly groups: Uint8Array;
  readonly outcomes: readonly UnitTotals[];
  readonly draws: number;
  readonly enumerateUpTo?: number | undefined;
  readonly seed: readonly (string | number)[];
}

/**
 * Group 1 against group 0, practices of other groups held where they are: re-randomisation by the
 * design; the same of the residuals that the covariates leave; re-randomisation as if any of the
 * practices could have had any group; and t with the Mancl-DeRouen variance.
 */
export function comparePair(trial: AllocatedTrial): Answers {
  const { practices, randomizer, groups, outcomes } = trial;
  const members = [...groups.keys()].filter((i) => (groups[i] ?? 0) < 2);
  const units = members.map((i) => ({ ...totalsOf(outcomes, i), treated: groups[i] === 1 }));
  const replay = procedureOf(randomizer.redraw(groups, { among: [0, 1] }), [0, 1]);
  const [arm, control] = [true, false].map((is) =>
    ratioOfTotals(units.filter(({ treated }) => treated === is)),
  );
  const effect =
    arm?.estimable === true && control?.estimable === true
      ? relativeOf(arm, control, 0.95)
      : undefined;
  const play = replay.estimable ? recorded(replay.procedure, trial) : undefined;
  const by = (procedure: Procedure) => ({ ...optionsOf(trial), procedure });

  const replayed = play && rerandomize(units, { ...by(play()), statistic: 'logRatio' });
  const residuals = residualsOf(practices, { members, outcomes });
  const adjusted =
    play !== undefined && residuals !== undefined
      ? rerandomizeResiduals(
          units.map(({ denominator, treated }, i) => ({
            residual: residuals[i] ?? 0,
            size: denominator,
            treated,
          })),
          by(play()),
        )
      : undefined;
  const complete = rerandomize(units, { ...by({ kind: 'complete' }), statistic: 'logRatio' });
  return {
    pValues: {
      ...(replayed?.estimable === true ? { replayed: replayed.pValue } : {}),
      ...(adjusted?.estimable === true ? { adjusted: adjusted.pValue } : {}),
      ...(complete.estimable ? { 'as complete': complete.pValue } : {}),
      ...(effect?.estimable === true ? { 't test': effect.pValue } : {}),
    },
    least: replayed?.estimable === true ? replayed.smallestTwoSidedPValue : 1,
  };
}

/** Whether the groups differ at all: as `comparePair`, with all of them dealt out again; no t test. */
export function compareAll(trial: AllocatedTrial): Answers {
  const { practices, randomizer, groups, outcomes } = trial;
  const arms = Math.max(...groups) + 1;
  const members = [...groups.keys()];
  const units = members.map((i) => ({ ...totalsOf(outcomes, i), arm: groups[i] ?? 0 }));
  const replay = procedureOf(randomizer.redraw(groups), [...Array(arms).keys()]);
  const play = replay.estimable ? recorded(replay.procedure, trial) : undefined;
  const by = (procedure: Procedure) => ({ ...optionsOf(trial), procedure, arms });

  const replayed = play && rerandomizeArms(units, { ...by(play()), statistic: 'logRatio' });
  const residuals = residualsOf(practices, { members, outcomes });
  const adjusted =
    play !== undefined && residuals !== undefined
      ? rerandomizeArms(
          units.map((unit, i) => ({ ...unit, numerator: residuals[i] ?? 0 })),
          { ...by(play()), statistic: 'meanDifference' },
        )
      : undefined;
  const complete = rerandomizeArms(units, { ...by({ kind: 'complete' }), statistic: 'logRatio' });
  return {
    pValues: {
      ...(replayed?.estimable === true ? { replayed: replayed.omnibus.pValue } : {}),
      ...(adjusted?.estimable === true ? { adjusted: adjusted.omnibus.pValue } : {}),
      ...(complete.estimable ? { 'as complete': complete.omnibus.pValue } : {}),
    },
    least: replayed?.estimable === true ? replayed.smallestPValue : 1,
  };
}

const optionsOf = ({ draws, enumerateUpTo, seed }: AllocatedTrial) => ({
  draws,
  enumerateUpTo,
  seed: ['replay', ...seed],
});

/**
 * Draws once what the tests of a trial, which have one seed and one number of draws, would each draw
 * again: each call gives the same draws from the start.
 */
function recorded(procedure: Procedure, trial: AllocatedTrial): () => Procedure {
  if (procedure.kind !== 'sampler') return () => procedure;
  const { draws, seed } = optionsOf(trial);
  const stream = randomStream(seed);
  const drawn = Array.from({ length: draws }, () => procedure.sample(stream));
  return () => {
    const next = drawn.values();
    return { kind: 'sampler', sample: () => next.next().value ?? [] };
  };
}

const totalsOf = (outcomes: readonly UnitTotals[], i: number): UnitTotals =>
  outcomes[i] ?? { numerator: 0, denominator: 0 };

/** Observed less fitted alerts by a log-linear model of the covariates without treatment. */
function residualsOf(
  { clusters }: Practices,
  {
    members,
    outcomes,
  }: { readonly members: readonly number[]; readonly outcomes: readonly UnitTotals[] },
): readonly number[] | undefined {
  const own = members.map((i) => totalsOf(outcomes, i));
  const baseline = members.map((i) => Number(clusters[i]?.values['baseline']));
  const urban = members.map((i) => (clusters[i]?.values['urban'] === 'yes' ? 1 : 0));
  const fit = gee(
    {
      outcome: own.map(({ numerator }) => numerator),
      offset: own.map(({ denominator }) => Math.log(denominator)),
      covariates: { baseline, urban },
      cluster: members,
    },
    { family: 'poisson' },
  );
  if (!fit.estimable) return undefined;
  const [intercept = 0, slope = 0, step = 0] = fit.coefficients;
  return own.map(({ numerator, denominator }, i) => {
    const log = intercept + slope * (baseline[i] ?? 0) + step * (urban[i] ?? 0);
    return numerator - denominator * Math.exp(log);
  });
}
