import type { Measure, TrialAnalysis } from '../analysis/index.ts';
import { dotPlot } from './dot-plot.ts';
import { effectPlot } from './effect-plot.ts';
import type { Margin } from './effect-scale.ts';
import { marginOf, ownScale } from './effect-scale.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { armTable, comparisonTable } from './measure-table.ts';
import { definitionText, measureName, naiveText, perHundred } from './measure-words.ts';
import { details } from './table.ts';
import { warningList } from './warnings.ts';

/** All measures: the primary one, the guardrails, the secondary ones. */
export function measuresSection({
  trial,
  primary,
  guardrails,
  secondary,
  verdicts,
}: TrialAnalysis): Markup {
  return html`<section aria-labelledby="measures">
    <h2 id="measures">The measures</h2>
    <p class="lead">
      Each arm against the control arm, at the same time and by random assignment. For each measure
      first the arms themselves, then what the change did.
    </p>
    ${measureArticle(trial, primary, { id: 'primary', role: 'Primary outcome' })}
    ${guardrails.map((measure, i) =>
      measureArticle(trial, measure, {
        id: `guardrail-${i + 1}`,
        role: 'Guardrail',
        margin: marginOf(verdicts, i),
      }),
    )}
    ${secondary.map((measure, i) =>
      measureArticle(trial, measure, { id: `secondary-${i + 1}`, role: 'Secondary outcome' }),
    )}
  </section>`;
}

function measureArticle(
  trial: TrialAnalysis['trial'],
  measure: Measure,
  options: { readonly id: string; readonly role: string; readonly margin?: Margin | undefined },
): Markup {
  const { id, role, margin } = options;
  const scales = scalesOf(measure, margin);
  return html`<article class="measure" id="${id}">
    <h3><span class="role">${role}</span> ${measureName(measure)}</h3>
    <p class="definition">${definitionText(measure, margin)}</p>
    <div class="pair">
      <div>${dotPlot(trial, measure, { id: `${id}-arms` })}</div>
      <div>
        ${scales.map((on) => effectPlot(trial, measure, { id: `${id}-${on}`, on, margin }))}
      </div>
    </div>
    ${
      role === 'Guardrail' &&
      margin === undefined &&
      html`<p>No arm can be judged on this guardrail yet, so its margin is not drawn.</p>`
    }
    ${measure.comparisons.map((comparison) => {
      const sentence = perHundred(measure, comparison);
      return sentence !== undefined && html`<p>${sentence}</p>`;
    })}
    ${warningList(measure.warnings)}
    <p class="aside">${naiveText(measure, { brief: id !== 'primary' })}</p>
    ${details('The numbers', [armTable(measure), comparisonTable(measure)])}
  </article>`;
}

// Besides the measure's own scale: the scale of the margin, and the difference where there is no ratio.
function scalesOf(
  measure: Measure,
  margin: Margin | undefined,
): readonly ('ratio' | 'difference')[] {
  const own = ownScale(measure);
  const withoutRatio = measure.comparisons.some(
    ({ ratio, difference }) => !ratio.estimable && difference.estimable,
  );
  return [...new Set([own, margin?.scale ?? own, withoutRatio ? ('difference' as const) : own])];
}
