import type { Estimable, NotEstimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { UnitTotals } from '../ratio-of-totals.ts';
import type { Actual, Replay } from './draw.ts';
import type { ReferenceSet, ReplayOptions } from './reference-set.ts';
import { planOf } from './reference-set.ts';
import { replayOf } from './replay.ts';
import type { EstimateOptions, StatisticOptions } from './statistic.ts';
import { isAlike, pooledRatio, valuesOf } from './statistic.ts';
import type { Values } from './sums.ts';

/** A unit of a two-arm comparison with the arm that it really had. */
export interface AssignedUnit extends UnitTotals {
  readonly treated: boolean;
}

/** All that a re-randomisation needs. */
export interface SetUp {
  readonly values: Values;
  readonly actual: Actual;
  readonly replay: Replay;
  readonly plan: ReturnType<typeof planOf>;
  readonly estimates: EstimateOptions;
}

/** Makes units and their arms ready; `labels` are arm indices. */
export function setUp(
  units: readonly UnitTotals[],
  options: ReplayOptions &
    StatisticOptions & { readonly labels: ArrayLike<number>; readonly arms: number },
): Estimable<SetUp> {
  const { arms, statistic, studentized = true } = options;
  const values = valuesOf(units, options);
  const labels = Uint8Array.from(options.labels);
  const used = Uint8Array.from(units, ({ denominator }) => (denominator > 0 ? 1 : 0));
  const actual = { labels, used, arms };
  const replay = replayOf(options.procedure, actual);
  const plan = planOf(replay, options);
  if (!values.estimable) return values;
  const estimates = { arms, isLog: statistic === 'logRatio', least: studentized ? 2 : 1 };
  return { estimable: true, values, actual, replay, plan, estimates };
}

/** Why the actual assignment has no statistic, or nothing to test; `undefined` where it has. */
export function obstacleIn(
  values: Values,
  { labels, arms }: Actual,
  { isLog, least }: EstimateOptions,
): NotEstimable | undefined {
  const members = Array.from(
    { length: arms },
    (_, arm) => (i: number) => labels[i] === arm && values.used[i] === 1,
  );
  if (members.some((isMember) => values.used.filter((_, i) => isMember(i)).length < least)) {
    return notEstimable(
      `each arm needs at least ${least === 1 ? 'one unit' : 'two units'} with a denominator above 0`,
      least === 1 ? undefined : 'a test that needs no variance (studentized: false)',
    );
  }
  if (isLog && members.some((isMember) => !(pooledRatio(values, isMember) > 0))) {
    return notEstimable(
      'an arm has no events, so the ratio has no logarithm',
      'the difference of the ratios (statistic: difference)',
    );
  }
  return isAlike(values)
    ? notEstimable('the units do not differ in their ratio, so every assignment gives the same')
    : undefined;
}

/** Why a studentised statistic is infinite. */
export const noSpreadWithin: NotEstimable = notEstimable(
  'the units of each arm do not differ among themselves, so there is no standard error to divide by',
  'a test that needs no variance (studentized: false)',
);

const leastDraws = 99;

/**
 * Why the assignments are too few to judge by; `undefined` where they are enough.
 *
 * @param share the share of the assignments in which the statistic exists
 */
export function shortageOf(
  {
    plan: { method, planned },
    replay,
  }: Pick<SetUp, 'plan'> & {
    readonly replay: Pick<Replay, 'chance'>;
  },
  { draws, share }: { readonly draws: number; readonly share: number },
): NotEstimable | undefined {
  if (method === 'monte-carlo' && draws < Math.min(leastDraws, planned)) {
    return notEstimable(
      `only ${draws} of ${planned} draws gave each arm enough units to compare: there are too few units`,
    );
  }
  return replay.chance / share > 1 - 1e-9
    ? notEstimable('the procedure could have given no other assignment that can be compared')
    : undefined;
}

/** A p value: the share of all assignments, or of the draws with the actual assignment counted in. */
export function pValueOf(method: ReferenceSet['method'], extreme: number, defined: number): number {
  return method === 'enumeration' ? extreme / defined : (1 + extreme) / (defined + 1);
}
