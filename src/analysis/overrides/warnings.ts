import type { OverrideMap } from '../../events/override-map.ts';
import { sum } from '../../stats/index.ts';
import { count, percent } from '../text/words.ts';
import type { ArmOverrides } from './result.ts';

/** What has to be known to read the categories rightly. */
export function overrideWarnings(
  arms: readonly ArmOverrides[],
  map: OverrideMap = [],
): readonly string[] {
  const warnings: string[] = [];
  const given = sum(arms.map(({ withReason }) => withReason));
  const mapped = sum(arms.map((arm) => arm.mapped));
  if (mapped < given) {
    warnings.push(
      `${count(given - mapped)} of ${count(given)} alerts dismissed for a reason (${percent((given - mapped) / given)}) have none that is in a category: give what the site's reasons mean, nothing is guessed.`,
    );
  }
  const codes = new Set(map.map(({ code }) => code));
  const strangers = new Set(
    arms.flatMap(({ reasons }) =>
      reasons.flatMap(({ means, code, system }) =>
        means === null && codes.has(code) ? [JSON.stringify([code, system])] : [],
      ),
    ),
  );
  if (strangers.size > 0) {
    warnings.push(
      `${strangers.size} reason(s) have a code that the map knows, with another system or none: an entry tells only reasons of its own system.`,
    );
  }
  const unmatched = sum(arms.map((arm) => arm.unmatched));
  if (unmatched > 0) {
    warnings.push(
      `${count(unmatched)} alert(s) were dismissed that the ledger does not hold as shown; they are not counted.`,
    );
  }
  return warnings;
}
