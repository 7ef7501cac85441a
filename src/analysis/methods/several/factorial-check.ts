import { requireDistinct } from '../check.ts';
import type { Factor, FactorLevels } from './factorial-contrasts.ts';
import { levelsOf } from './factorial-contrasts.ts';

/**
 * Refuse factors that make no full factorial with the cells.
 *
 * @throws RangeError that names the factor, the level or the combination at fault
 */
export function requireCrossed(
  cells: readonly { readonly arm: string; readonly levels: FactorLevels }[],
  factors: readonly Factor[],
): void {
  if (factors.length < 2 || factors.length > 4) {
    throw new RangeError(`a factorial trial has 2 to 4 factors, got ${factors.length}`);
  }
  requireDistinct(
    'the factor',
    factors.map(({ name }) => name),
  );
  for (const { name, levels } of factors) {
    if (levels.length < 2) throw new RangeError(`factor "${name}" needs 2 levels or more`);
    requireDistinct(`in factor "${name}" the level`, levels);
  }
  for (const { arm, levels } of cells) {
    for (const factor of factors) {
      const at = levels[factor.name];
      if (at === undefined) throw new RangeError(`"${arm}" has no level of "${factor.name}"`);
      if (!factor.levels.includes(at)) {
        throw new RangeError(`"${at}" of "${arm}" is not a level of "${factor.name}"`);
      }
    }
  }
  for (const combination of levelsOf(factors, { reference: true })) {
    const count = cells.filter(({ levels }) =>
      factors.every(({ name }) => levels[name] === combination[name]),
    ).length;
    if (count !== 1) {
      const text = factors.map(({ name }) => `${name} ${combination[name]}`).join(', ');
      throw new RangeError(`one cell must have ${text}, got ${count}`);
    }
  }
}
