import type { PeriodPlan } from './allocation-plan.ts';
import type { Protocol } from './protocol.ts';

/** What clusters are allocated to: an arm, or a sequence with an arm for each period. */
export interface Group {
  /** The arm; of a sequence what tells it from the others. */
  readonly name: string;
  /** The group gets `weight / sum of weights` of the clusters. */
  readonly weight: number;
  /** The arm in each period; one where the arm never changes. */
  readonly arms: readonly string[];
}

type Allocated = Pick<Protocol, 'arms' | 'control' | 'allocation'>;

/** The periods of a plan, if it has any. */
export function periodsOf({ allocation }: Pick<Protocol, 'allocation'>): PeriodPlan | undefined {
  return allocation?.kind === 'listed' ? allocation.periods : undefined;
}

/**
 * The groups that a list allocates clusters to, in the order of the arms; of a switchback those of one
 * block of periods.
 */
export function groupsOf(protocol: Allocated): readonly Group[] {
  const { arms, control } = protocol;
  const periods = periodsOf(protocol);
  const names = arms.map(({ name }) => name);
  if (periods === undefined) {
    return arms.map(({ name, weight }) => ({ name, weight, arms: [name] }));
  }
  const { length } = periods.starts;
  switch (periods.design) {
    case 'stepped-wedge': {
      const other = names.find((name) => name !== control) ?? control;
      const { steps = Array.from({ length: length - 1 }, (_, step) => step + 2) } = periods;
      return steps.map((step) => ({
        name: `${other} from period ${step}`,
        weight: 1,
        arms: Array.from({ length }, (_, period) => (period + 1 < step ? control : other)),
      }));
    }
    case 'crossover': {
      const { sequences = rotationsOf(names, length) } = periods;
      return sequences.map(sequenceOf);
    }
    case 'switchback':
      return ordersOf(names).map(sequenceOf);
  }
}

/** How often the groups are allocated anew: once, or for each block of a switchback. */
export function blocksOf(protocol: Allocated): number {
  const periods = periodsOf(protocol);
  return periods?.design === 'switchback' ? periods.starts.length / protocol.arms.length : 1;
}

function sequenceOf(arms: readonly string[]): Group {
  return { name: arms.join(', '), weight: 1, arms };
}

/** Each arm first once, and each followed by the next one of the protocol. */
function rotationsOf(names: readonly string[], length: number): readonly (readonly string[])[] {
  return names.map((_, first) =>
    Array.from({ length }, (__, period) => names[(first + period) % names.length] ?? ''),
  );
}

/** All orders of some names, in the order in which the names stand. */
function ordersOf(names: readonly string[]): readonly (readonly string[])[] {
  if (names.length < 2) return [names];
  return names.flatMap((first) =>
    ordersOf(names.filter((name) => name !== first)).map((rest) => [first, ...rest]),
  );
}
