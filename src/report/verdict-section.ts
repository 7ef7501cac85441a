import type { Answer, Estimable, TrialAnalysis, Verdict } from '../analysis/index.ts';
import { verdictTitles } from '../analysis/index.ts';
import { pText } from '../analysis/text.ts';
import { scaleFor } from './effect-scale.ts';
import type { Markup, Part } from './escape.ts';
import { html } from './escape.ts';
import { armLabel } from './look.ts';
import { details, table } from './table.ts';
import { number, onScale, unitOf } from './words.ts';

// Drawn, not typed: a sign that a font lacks would leave an empty box where it matters most.
const signs: Readonly<Record<Verdict['verdict'], string>> = {
  adopt: 'M5 13l5 5L19 7',
  discard: 'M6 6l12 12M18 6L6 18',
  harm: 'M12 4v10M12 18v1.5',
  'keep-testing': 'M5 12h.5M11.8 12h.5M18.5 12h.5',
  inconclusive: 'M8 9a4 4 0 1 1 5.5 3.7c-1 .5-1.5 1-1.5 2.3M12 18.5v1',
};

const meanings: Readonly<Record<Verdict['verdict'], string>> = {
  adopt: 'Better than the control arm, and no guardrail is worse than was tolerated.',
  discard: 'Do not adopt: worse than the control arm, or too little gain to be worth having.',
  harm: 'Stop this arm: a guardrail is shown to be worse than was tolerated.',
  'keep-testing': 'No decision yet: the trial has not reached its planned end.',
  inconclusive: 'The trial is over and decides neither for nor against this arm.',
};

/** The verdict on each arm, large, with its reasons. */
export function verdictSection(analysis: TrialAnalysis): Markup {
  const { verdicts } = analysis;
  return html`<section aria-labelledby="verdicts">
    <h2 id="verdicts">${verdicts.length === 1 ? 'The verdict' : 'The verdicts'}</h2>
    <div class="verdicts">${verdicts.map((verdict) => card(analysis, verdict))}</div>
    ${details('The questions of the decision rule', questionTable(analysis))}
  </section>`;
}

function card({ trial, stoppedAt }: TrialAnalysis, verdict: Verdict): Markup {
  const { arm, final, reasons, pValue } = verdict;
  const stage = !final
    ? 'Interim view.'
    : stoppedAt !== null
      ? 'Verdict after an early stop.'
      : 'Planned verdict.';
  return html`<article class="verdict ${verdict.verdict}">
    <svg class="sign" viewBox="0 0 24 24" width="44" height="44" aria-hidden="true">
      <circle cx="12" cy="12" r="11.5" />
      <path d="${signs[verdict.verdict]}" />
    </svg>
    <div>
      <h3><span class="word">${verdictTitles[verdict.verdict]}</span> ${armLabel(trial, arm)}</h3>
      <p class="meaning">${meanings[verdict.verdict]}</p>
      <ul>
        ${reasons.map((reason) => html`<li>${reason}</li>`)}
      </ul>
      <p class="small">
        ${stage}
        ${
          pValue === null
            ? 'No joint p value: at least one of the questions cannot be answered.'
            : html`Joint one-sided ${number(pValue, pText(pValue))}, the largest of
              ${1 + verdict.guardrails.length} question(s).`
        }
      </p>
    </div>
  </article>`;
}

function questionTable(analysis: TrialAnalysis): Markup {
  const { primary, guardrails, verdicts } = analysis;
  return table({
    caption: 'Each question of the decision rule with its answer',
    columns: [
      'Arm',
      'Question',
      'Effect',
      'Interval',
      'Null value',
      'Test',
      'One-sided p',
      'One-sided p of the opposite',
      'Answer',
    ],
    rows: verdicts.flatMap((verdict) => [
      [verdict.arm, ...cells(verdict.primary, primary, 'better than the control arm')],
      ...verdict.guardrails.map((answer, i) => [
        verdict.arm,
        ...cells(answer, guardrails[i] ?? primary, 'within the tolerated margin'),
      ]),
    ]),
  });
}

function cells(
  answer: Estimable<Answer>,
  measure: TrialAnalysis['primary'],
  question: string,
): readonly Part[] {
  const asked = `${measure.title}: ${question}?`;
  if (!answer.estimable) {
    return [
      asked,
      html`<span class="reason">not estimable: ${answer.reason}</span>`,
      ...Array.from({ length: 6 }, () => '–'),
    ];
  }
  const scale = scaleFor(measure, answer.scale);
  const show = (value: number | null): Part =>
    value === null ? '–' : number(value, onScale(value, scale));
  return [
    asked,
    html`${answer.scale} ${show(answer.estimate)}${unitOf(scale)}`,
    html`${show(answer.lower)} to ${show(answer.upper)}`,
    html`${number(answer.null, answer.null === 0 ? '0' : onScale(answer.null, scale))}${unitOf(scale)}`,
    answer.method === 'model' ? 't test' : 're-randomisation',
    number(answer.pValue, pText(answer.pValue)),
    number(answer.pOpposite, pText(answer.pOpposite)),
    answer.passed ? '✓ yes' : answer.reversed ? '✕ no, the opposite is shown' : '– not shown',
  ];
}
