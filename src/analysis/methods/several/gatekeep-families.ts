import { adjustPValues } from './adjust-p-values.ts';
import type { GatedQuestion, Question } from './gatekeep.ts';
import { answer, requireQuestions } from './gatekeep.ts';

/** How families of questions are tested one after the other. */
export interface GatekeepFamiliesOptions {
  /**
   * `serial` (default): a family is tested once every question before it was rejected. `parallel`:
   * once at least one of the family before it was, with that share of its α.
   */
  readonly gate?: 'serial' | 'parallel' | undefined;
  readonly alpha?: number | undefined;
}

/** From this α on, a family is tested with this share of α. */
interface Step {
  readonly from: number;
  readonly share: number;
}

/**
 * Tests families of questions in an order set before the data were seen, such as the arms against
 * control for the primary outcome, then the same for acceptance.
 *
 * Serial gate: Holm at the full α within each family, the next only when all before were rejected:
 * p̃ = max(p̃ of every question before, Holm's p within the family). Parallel gate: Bonferroni in every
 * family but the last, of which r rejected out of n hand on the share r/n of their α; Holm in the
 * last. Both keep the chance of any false rejection over all families at most α whatever the
 * dependence. R has no function for either in its own packages.
 *
 * @param families in the order set before the trial
 * @returns the answers, family by family in the order given
 * @throws RangeError when a p value is not a probability, a name stands twice, a family is empty, or α
 *   is not between 0 and 1
 * @see A. Dmitrienko, W. Offen and P. Westfall, Stat. Med. 22 (2003) 2387; A. Dmitrienko,
 *   A. C. Tamhane and B. L. Wiens, Biom. J. 50 (2008) 667.
 */
export function gatekeepFamilies(
  families: readonly (readonly Question[])[],
  { gate = 'serial', alpha = 0.05 }: GatekeepFamiliesOptions = {},
): readonly (readonly GatedQuestion[])[] {
  requireQuestions(families.flat(), alpha);
  if (families.some((family) => family.length === 0)) {
    throw new RangeError('a family without questions opens no gate: leave it out');
  }
  let steps: readonly Step[] = [{ from: 0, share: 1 }];
  return families.map((family, i) => {
    const last = i === families.length - 1;
    const inside = adjustPValues(
      family.map(({ pValue }) => pValue),
      gate === 'parallel' && !last ? 'bonferroni' : 'holm',
    );
    // Within a step the share is constant, and a later step only adds to it.
    const adjusted = inside.map((p) =>
      steps.reduce(
        (least, { from, share }) => Math.min(least, Math.max(from, p / share)),
        Infinity,
      ),
    );
    steps =
      gate === 'serial' ? [{ from: Math.max(...adjusted), share: 1 }] : opened(steps, adjusted);
    return answer(family, adjusted, alpha);
  });
}

/** The steps of the next family: its share grows whenever a question of this one is rejected. */
function opened(steps: readonly Step[], adjusted: readonly number[]): readonly Step[] {
  const turns = [...steps.map(({ from }) => from), ...adjusted];
  return turns
    .map((from) => ({
      from,
      share:
        (steps.findLast((step) => step.from <= from)?.share ?? 0) *
        (adjusted.filter((p) => p <= from).length / adjusted.length),
    }))
    .filter(({ share }) => share > 0)
    .sort((one, other) => one.from - other.from);
}
