import type { AllocationMethod, ListedPlan, PeriodPlan } from './allocation-plan.ts';
import { daysBetween } from './calendar.ts';
import { groupsOf } from './groups.ts';
import type { Protocol } from './protocol.ts';

/** What is wrong with how units get their arms, and where. */
export interface AllocationFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Judged = Pick<
  Protocol,
  'arms' | 'control' | 'start' | 'end' | 'allocation' | 'enrolment' | 'layer' | 'salt'
>;

/** Two arms with these many in a block can be 24 orders; more arms have too many to tell apart. */
const mostSwitched = 4;

/** What is wrong with an allocation plan given the rest of its protocol. */
export function allocationFaults(protocol: Judged): readonly AllocationFault[] {
  const { allocation } = protocol;
  if (allocation?.kind !== 'listed') return [];
  return [
    ...hashOnly(protocol),
    ...periodFaults(protocol, allocation),
    ...methodFaults(protocol, allocation),
  ];
}

function hashOnly(protocol: Judged): readonly AllocationFault[] {
  const why = {
    enrolment: 'a list says which units are in the trial: later ones are added to it',
    layer: 'trials with lists exclude each other by listing different units',
    salt: 'the seed of the list makes it what it is',
  };
  return (['enrolment', 'layer', 'salt'] as const)
    .filter((name) => protocol[name] !== undefined)
    .map((name) => ({ path: [name], message: `goes with hashed allocation only: ${why[name]}` }));
}

function columnsIn(method: AllocationMethod): readonly (readonly [string, readonly string[]])[] {
  const names = (covariates: readonly { readonly name: string }[] = []): readonly string[] =>
    covariates.map(({ name }) => name);
  switch (method.method) {
    case 'complete':
      return [];
    case 'blocks':
      return [['strata', method.strata ?? []]];
    case 'matched':
      return [['covariates', names(method.covariates)]];
    case 'constrained':
      return [
        ['covariates', names(method.covariates)],
        ['strata', method.strata ?? []],
      ];
    case 'minimisation':
      return [['factors', names(method.factors)]];
  }
}

function methodFaults(
  protocol: Judged,
  { method, periods }: ListedPlan,
): readonly AllocationFault[] {
  const path = ['allocation', 'method'];
  const faults: AllocationFault[] = [];
  for (const [key, names] of columnsIn(method)) {
    const twice = names.findIndex((name, i) => names.indexOf(name) < i);
    if (twice >= 0) {
      faults.push({ path: [...path, key, twice], message: `"${names[twice]}" is named twice` });
    }
  }
  if (method.method === 'minimisation') {
    const weights = groupsOf(protocol).map(({ weight }) => weight);
    const share = Math.min(...weights) / weights.reduce((sum, weight) => sum + weight, 0);
    if ((method.probability ?? 0.8) < share) {
      faults.push({
        path: [...path, 'probability'],
        message: `the arm that leaves the least imbalance must not be less likely than by lot: give at least ${share}`,
      });
    }
  }
  if (method.method === 'blocks') {
    const weights = groupsOf(protocol).map(({ weight }) => weight);
    const divisor = weights.reduce(greatestDivisor);
    const whole = weights.reduce((sum, weight) => sum + weight / divisor, 0);
    const what =
      periods === undefined ? 'weights of the arms in lowest terms' : 'number of sequences';
    method.sizes.forEach((size, i) => {
      if (size % whole === 0) return;
      faults.push({
        path: [...path, 'sizes', i],
        message: `a block of ${size} cannot hold every arm by its share: use a multiple of ${whole}, the ${periods === undefined ? 'sum of the ' : ''}${what}`,
      });
    });
  }
  return faults;
}

function periodFaults(protocol: Judged, { periods }: ListedPlan): readonly AllocationFault[] {
  if (periods === undefined) return [];
  const { arms } = protocol;
  const path = ['allocation', 'periods'];
  const faults: AllocationFault[] = [...startFaults(protocol, periods)];
  const fault = (at: readonly (string | number)[], message: string): void => {
    faults.push({ path: at, message });
  };
  const uneven = arms.findIndex(({ weight }) => weight !== 1);
  if (uneven >= 0) {
    fault(
      ['arms', uneven, 'weight'],
      'in a design over time every cluster has every arm: give each arm the weight 1',
    );
  }
  const factorial = arms.findIndex(({ factors }) => factors !== undefined);
  if (factorial >= 0) {
    fault(
      ['arms', factorial, 'factors'],
      'a design over time takes no factors: name the arms only',
    );
  }
  switch (periods.design) {
    case 'stepped-wedge':
      if (arms.length !== 2) {
        fault(
          path,
          `a stepped wedge has two arms, the control arm and one other, not ${arms.length}`,
        );
      }
      stepFaults(periods.steps ?? [], periods.starts.length).forEach(([i, message]) =>
        fault([...path, 'steps', i], message),
      );
      break;
    case 'crossover':
      sequenceFaults(protocol, periods).forEach(([i, message]) =>
        fault([...path, 'sequences', i], message),
      );
      break;
    case 'switchback':
      if (arms.length > mostSwitched) {
        fault(path, `a switchback has at most ${mostSwitched} arms`);
      }
      if (periods.starts.length % arms.length !== 0) {
        fault(
          [...path, 'starts'],
          `each block of periods holds every arm once: the number of periods must be a multiple of ${arms.length}, not ${periods.starts.length}`,
        );
      }
      break;
  }
  return faults;
}

function startFaults(
  { start, end }: Judged,
  { starts, washout = 0 }: PeriodPlan,
): readonly AllocationFault[] {
  const path = ['allocation', 'periods', 'starts'];
  const faults: AllocationFault[] = [];
  if (starts[0] !== start) {
    faults.push({
      path: [...path, 0],
      message: `the first period begins with the trial, on ${start}`,
    });
  }
  starts.forEach((day, i) => {
    const before = starts[i - 1];
    if (before !== undefined && day <= before) {
      faults.push({ path: [...path, i], message: 'periods must be in order of their days' });
    }
  });
  const last = starts.at(-1) ?? start;
  if (last > end) {
    faults.push({
      path: [...path, starts.length - 1],
      message: `the last period begins after the trial's last day, ${end}`,
    });
  }
  if (faults.length > 0) return faults;
  const lengths = starts.map((day, i) => {
    const next = starts[i + 1];
    return next === undefined ? daysBetween(day, end) + 1 : daysBetween(day, next);
  });
  const shortest = Math.min(...lengths);
  if (washout >= shortest) {
    faults.push({
      path: ['allocation', 'periods', 'washout'],
      message: `${washout} days leave nothing of a period of ${shortest} days`,
    });
  }
  return faults;
}

function greatestDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestDivisor(other, one % other);
}

type Indexed = readonly [index: number, message: string];

function stepFaults(steps: readonly number[], periods: number): readonly Indexed[] {
  const faults: Indexed[] = [];
  steps.forEach((step, i) => {
    const before = steps[i - 1];
    if (step < 2 || step > periods) {
      faults.push([
        i,
        `a step is the period in which the other arm begins, from 2 to ${periods}: in period 1 every cluster has the control arm`,
      ]);
    } else if (before !== undefined && step <= before) {
      faults.push([i, 'steps must rise: one sequence for each']);
    }
  });
  return faults;
}

function sequenceFaults(
  { arms }: Judged,
  { sequences = [], starts }: Extract<PeriodPlan, { readonly design: 'crossover' }>,
): readonly Indexed[] {
  const names = new Set(arms.map(({ name }) => name));
  const seen = new Set<string>();
  return sequences.flatMap((sequence, i) => {
    const key = JSON.stringify(sequence);
    const messages: string[] = [];
    if (sequence.length !== starts.length) {
      messages.push(`names ${sequence.length} arms for ${starts.length} periods: one for each`);
    }
    const unknown = sequence.find((arm) => !names.has(arm));
    if (unknown !== undefined) {
      messages.push(`"${unknown}" is not an arm: the arms are ${[...names].join(', ')}`);
    } else if (new Set(sequence).size < 2) {
      messages.push('holds one arm only: in a crossover every cluster changes its arm');
    }
    if (seen.has(key)) messages.push('stands there twice');
    seen.add(key);
    return messages.map((message) => [i, message] as const);
  });
}
