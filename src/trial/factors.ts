import type { Arm } from './protocol.ts';

/** What is wrong with the factors of the arms, and where. */
export interface FactorFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const most = 4;

/**
 * What is wrong with arms as the cells of a factorial trial: each arm has a level of each factor, and
 * each combination of levels is one arm. Nothing is, when no arm has factors.
 */
export function factorFaults(arms: readonly Arm[]): readonly FactorFault[] {
  const first = arms.find(({ factors }) => factors !== undefined);
  if (first?.factors === undefined) return [];
  const names = Object.keys(first.factors).sort();
  if (names.length < 2 || names.length > most) {
    return [
      {
        path: ['arms', arms.indexOf(first), 'factors'],
        message: `a factorial trial has 2 to ${most} factors, not ${names.length}`,
      },
    ];
  }
  const faults: FactorFault[] = [];
  const cells = new Map<string, string>();
  const levels = new Map(names.map((name) => [name, new Set<string>()]));
  arms.forEach(({ name: arm, factors = {} }, index) => {
    const path = ['arms', index, 'factors'];
    const own = Object.keys(factors).sort();
    if (own.join(' ') !== names.join(' ')) {
      faults.push({
        path,
        message: `every arm of a factorial trial needs a level of ${names.join(', ')} and of nothing else`,
      });
      return;
    }
    for (const name of names) levels.get(name)?.add(factors[name] ?? '');
    const cell = JSON.stringify(names.map((name) => factors[name]));
    const other = cells.get(cell);
    if (other !== undefined) {
      faults.push({
        path,
        message: `arm ${other} has the same levels: each combination is one arm`,
      });
    }
    cells.set(cell, arm);
  });
  const combinations = [...levels.values()].reduce((product, { size }) => product * size, 1);
  const single = names.find((name) => (levels.get(name)?.size ?? 0) < 2);
  if (faults.length === 0 && single !== undefined) {
    faults.push({ path: ['arms'], message: `factor ${single} has one level only: leave it out` });
  } else if (faults.length === 0 && cells.size < combinations) {
    faults.push({
      path: ['arms'],
      message: `${combinations} combinations of levels are possible, and ${cells.size} have an arm: give each one an arm`,
    });
  }
  return faults;
}
