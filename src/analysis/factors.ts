import type { Trial } from '../trial/trial.ts';
import { armTotals, armWithout, scaleFor } from './arm-totals.ts';
import type { Estimable } from './estimable.ts';
import type { Factor, Factorial } from './methods/several/index.ts';
import { estimateArms, factorial } from './methods/several/index.ts';
import type { Measure } from './result.ts';
import type { UnitRow } from './rows.ts';

/** The primary outcome of a factorial trial by factor; nothing where the arms have no factors. */
export function factorialOf(
  trial: Trial,
  rows: readonly UnitRow[],
  { kind, level }: Pick<Measure, 'kind' | 'level'>,
): Estimable<Factorial> | null {
  const [first] = trial.arms;
  const reference = trial.arms.find(({ name }) => name === trial.control)?.factors;
  if (first?.factors === undefined || reference === undefined) return null;
  const factors = Object.keys(first.factors).map((name): Factor => {
    const own = reference[name] ?? '';
    const others = trial.arms.map(({ factors: levels }) => levels?.[name] ?? '');
    // The control arm's level is what the others are set against.
    return { name, levels: [...new Set([own, ...others])] };
  });
  const totals = armTotals(trial, rows, trial.primary);
  const names = trial.arms.map(({ name }) => name);
  const missing = armWithout(names, totals);
  if (missing !== undefined) return missing;
  const scale = scaleFor(totals, { kind, names });
  const arms = estimateArms(
    trial.arms.map(({ name }) => ({ arm: name, units: totals.units(name) })),
    { scale },
  );
  if (!arms.estimable) return arms;
  const cells = arms.arms.map((cell, i) => ({ ...cell, levels: trial.arms[i]?.factors ?? {} }));
  return factorial(cells, { factors, scale, level });
}
