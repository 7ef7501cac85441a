import type { TrialAnalysis } from '../analysis/index.ts';
import type { NamedEffect } from '../analysis/text/factorial.ts';
import { cautionsOf, effectsOf, sizeWords } from '../analysis/text/factorial.ts';
import { comparedOn, levelText, pText, whyNot } from '../analysis/text/words.ts';
import type { Markup, Part } from './escape.ts';
import { html } from './escape.ts';
import { details, table } from './table.ts';
import type { Scale } from './words.ts';
import { noNumber, number, onScale, unitOf } from './words.ts';

/** The factors of a factorial trial: no main effect without its interactions. */
export function factorialSection({ factorial, primary }: TrialAnalysis): Markup | undefined {
  if (factorial === null) return undefined;
  const head = html`<h2 id="factors">The factors</h2>`;
  if (!factorial.estimable) {
    return html`<section aria-labelledby="factors">
      ${head}
      <p class="reason">Not estimable: ${whyNot(factorial)}.</p>
    </section>`;
  }
  const scale = comparedOn(primary);
  const effects = effectsOf(factorial);
  const show = (caption: string, rows: readonly NamedEffect[]): Markup =>
    effectTable(rows, { caption, scale, level: primary.level });
  return html`<section aria-labelledby="factors">
    ${head}
    <p class="lead">
      Each arm is one combination of levels, so every ${primary.unit} tells of every factor. A main
      effect is the mean over the levels of the other factors; it holds at each of them only where
      the interaction is nil.
    </p>
    ${show(
      `${primary.title} by factor, with every interaction`,
      effects.filter(({ kind }) => kind !== 'simple'),
    )}
    <p class="aside">
      By t on ${factorial.degreesOfFreedom} degrees of freedom; the p values are not adjusted for
      the number of factors.
    </p>
    ${cautionsOf(factorial).map((caution) => html`<p><strong>Caution.</strong> ${caution}</p>`)}
    ${details(
      'The effect of each factor at each level of the others',
      show(
        `${primary.title}: simple effects, which need no assumption on the interaction`,
        effects.filter(({ kind }) => kind === 'simple'),
      ),
    )}
  </section>`;
}

function effectTable(
  rows: readonly NamedEffect[],
  {
    caption,
    scale,
    level,
  }: { readonly caption: string; readonly scale: Scale; readonly level: number },
): Markup {
  return table({
    caption,
    columns: ['Effect', 'At', 'Size', `${levelText(level)} interval`, 'Two-sided p'],
    rows: rows.map((each): readonly Part[] => {
      const { name, at, effect } = each;
      return effect.estimable
        ? [
            name,
            at,
            html`${sizeWords(each, scale)}
            ${number(effect.estimate, onScale(effect.estimate, scale))}${unitOf(scale)}`,
            html`${number(effect.lower, onScale(effect.lower, scale))} to
            ${number(effect.upper, onScale(effect.upper, scale))}`,
            number(effect.pValue, pText(effect.pValue)),
          ]
        : [name, at, noNumber(effect), '–', '–'];
    }),
  });
}
