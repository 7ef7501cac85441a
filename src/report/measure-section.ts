import type { Measure, TrialAnalysis } from '../analysis/index.ts';
import { gatedText } from '../analysis/text/gate.ts';
import { clusteringText, omnibusText } from '../analysis/text/words.ts';
import { dotPlot } from './dot-plot.ts';
import { effectPlot } from './effect-plot.ts';
import type { Margin } from './effect-scale.ts';
import { claimedMargin, marginOf, ownScale } from './effect-scale.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { armTable, comparisonTable } from './measure-table.ts';
import {
  definitionText,
  measureName,
  naiveText,
  perHundred,
  rerandomizedText,
} from './measure-words.ts';
import { overTimeChecks, overTimeText, periodFigures, periodNumbers } from './over-time-part.ts';
import { details } from './table.ts';
import { togetherTable } from './together-table.ts';
import { warningList } from './warnings.ts';

/** All measures: the primary one, the guardrails, the secondary ones. */
export function measuresSection(analysis: TrialAnalysis): Markup {
  const { primary, guardrails, secondary, verdicts } = analysis;
  return html`<section aria-labelledby="measures">
    <h2 id="measures">The measures</h2>
    <p class="lead">
      ${
        primary.overTime === null
          ? 'Each arm against the control arm, at the same time and by random assignment.'
          : 'Each arm against the control arm, within the same periods and by random order.'
      }
      For each measure first the arms themselves, then what the change did.
    </p>
    ${measureArticle(analysis, primary, {
      id: 'primary',
      role: 'Primary outcome',
      margin: claimedMargin(verdicts),
    })}
    ${guardrails.map((measure, i) =>
      measureArticle(analysis, measure, {
        id: `guardrail-${i + 1}`,
        role: 'Guardrail',
        margin: marginOf(verdicts, i),
      }),
    )}
    ${secondary.map((measure, i) =>
      measureArticle(analysis, measure, {
        id: `secondary-${i + 1}`,
        role: 'Secondary outcome',
        gated: gateWords(analysis, i),
      }),
    )}
  </section>`;
}

function measureArticle(
  analysis: TrialAnalysis,
  measure: Measure,
  options: {
    readonly id: string;
    readonly role: string;
    readonly margin?: Margin | undefined;
    /** What became of a secondary outcome behind its gate. */
    readonly gated?: string | undefined;
  },
): Markup {
  const { id, role, margin, gated } = options;
  const { trial } = analysis;
  const isPrimary = id === 'primary';
  const naive = naiveText(measure, { brief: !isPrimary });
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
    ${isPrimary && periodFigures(analysis, measure, { id })}
    ${
      role === 'Guardrail' &&
      margin === undefined &&
      html`<p>No arm can be judged on this guardrail yet, so its margin is not drawn.</p>`
    }
    ${measure.comparisons.map((comparison) => {
      const sentence = perHundred(measure, comparison);
      const drawn = rerandomizedText(measure, comparison);
      return [
        sentence !== undefined && html`<p>${sentence}</p>`,
        drawn !== undefined && html`<p>${drawn}</p>`,
      ];
    })}
    ${overTimeText(measure, { brief: !isPrimary })} ${isPrimary && overTimeChecks(measure)}
    ${measure.together !== null && html`<p>${omnibusText(measure)}</p>`}
    ${gated !== undefined && html`<p>${gated}</p>`} ${warningList(measure.warnings)}
    <p class="aside">${clusteringText(measure)}</p>
    ${naive !== undefined && html`<p class="aside">${naive}</p>`}
    ${details('The numbers', [
      armTable(measure),
      comparisonTable(measure),
      floorText(measure),
      togetherTable(measure),
      periodNumbers(analysis, measure),
      !isPrimary && overTimeChecks(measure),
    ])}
  </article>`;
}

/** What became of the secondary outcome at `index` in each arm. */
function gateWords(analysis: TrialAnalysis, index: number): string | undefined {
  const words = analysis.gate.flatMap((arm) => {
    const question = arm.questions[index];
    return question === undefined ? [] : [`${arm.arm}: ${gatedText(analysis, arm, question)}`];
  });
  return words.length === 0
    ? undefined
    : `Tested only when everything before it was shown. ${words.join('; ')}.`;
}

/** The smallest p values that so few assignments allow, where re-randomisation decides. */
function floorText({ comparisons }: Measure): Markup | undefined {
  const floors = comparisons.flatMap(({ arm, rerandomization, rerandomizationInterval }) =>
    rerandomizationInterval !== null && rerandomization.estimable
      ? [`${comparisons.length > 1 ? `${arm}: ` : ''}${rerandomization.floor}`]
      : [],
  );
  return floors.length === 0 ? undefined : html`<p class="small">${floors.join(' ')}</p>`;
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
