import type { Answer, Estimable, TrialAnalysis, Verdict } from '../analysis/index.ts';
import { verdictTitles } from '../analysis/index.ts';
import { gatedText } from '../analysis/text/gate.ts';
import { pText } from '../analysis/text/words.ts';
import { scaleFor } from './effect-scale.ts';
import type { Markup, Part } from './escape.ts';
import { html } from './escape.ts';
import { armLabel } from './look.ts';
import { details, table } from './table.ts';
import { noNumber, number, onScale, unitOf } from './words.ts';

// Drawn, not typed: a sign that a font lacks would leave an empty box where it matters most.
const signs: Readonly<Record<Verdict['verdict'], string>> = {
  adopt: 'M5 13l5 5L19 7',
  discard: 'M6 6l12 12M18 6L6 18',
  harm: 'M12 4v10M12 18v1.5',
  'keep-testing': 'M5 12h.5M11.8 12h.5M18.5 12h.5',
  inconclusive: 'M8 9a4 4 0 1 1 5.5 3.7c-1 .5-1.5 1-1.5 2.3M12 18.5v1',
};

/** What was claimed of the primary outcome, when it is shown and when its opposite is. */
const claims: Readonly<
  Record<Answer['question'], { readonly shown: string; readonly opposite: string }>
> = {
  superiority: {
    shown: 'Better than the control arm',
    opposite: 'worse than the control arm, or too little gain to be worth having',
  },
  'non-inferiority': {
    shown: 'Not worse than the control arm by more than was tolerated',
    opposite: 'worse than the control arm by more than was tolerated',
  },
  equivalence: {
    shown: 'As good as the control arm, within the range that counts as equal',
    opposite: 'outside the range that counts as equal to the control arm',
  },
};

const meanings: Readonly<Record<Exclude<Verdict['verdict'], 'adopt' | 'discard'>, string>> = {
  harm: 'Stop this arm: a guardrail is shown to be worse than was tolerated.',
  'keep-testing': 'No decision yet: the trial has not reached its planned end.',
  inconclusive: 'The trial is over and decides neither for nor against this arm.',
};

/** The verdict in a sentence, by what was claimed. */
function meaningOf({ verdict, primary, guardrails }: Verdict): string {
  const { shown, opposite } = claims[primary.estimable ? primary.question : 'superiority'];
  if (verdict === 'discard') return `Do not adopt: ${opposite}.`;
  if (verdict !== 'adopt') return meanings[verdict];
  return guardrails.length === 0
    ? `${shown}.`
    : `${shown}, and no guardrail is worse than was tolerated.`;
}

/** The verdict on each arm, large, with its reasons. */
export function verdictSection(analysis: TrialAnalysis): Markup {
  const { verdicts } = analysis;
  return html`<section aria-labelledby="verdicts">
    <h2 id="verdicts">${verdicts.length === 1 ? 'The verdict' : 'The verdicts'}</h2>
    <div class="verdicts">${verdicts.map((verdict) => card(analysis, verdict))}</div>
    ${details('The questions of the decision rule', [questionTable(analysis), gateTable(analysis)])}
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
      <p class="meaning">${meaningOf(verdict)}</p>
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
      [verdict.arm, ...cells(verdict.primary, primary)],
      ...verdict.guardrails.map((answer, i) => [
        verdict.arm,
        ...cells(answer, guardrails[i] ?? primary, 'non-inferiority'),
      ]),
    ]),
  });
}

/** The secondary outcomes of each arm in their order, behind the verdict. */
function gateTable(analysis: TrialAnalysis): Markup | undefined {
  const { gate, secondary, primary } = analysis;
  const rows = gate.flatMap((arm) =>
    arm.questions.map((question, i): readonly Part[] => {
      const { answer, adjustedPValue } = question;
      const asked = cells(answer, secondary[i] ?? primary);
      return [
        arm.arm,
        ...asked.slice(0, 3),
        ...asked.slice(4, 6),
        adjustedPValue === null ? '–' : number(adjustedPValue, pText(adjustedPValue)),
        gatedText(analysis, arm, question),
      ];
    }),
  );
  if (rows.length === 0) return undefined;
  return table({
    caption: `Secondary outcomes in their order: one is tested when all before it were shown${gate.length > 1 ? ' and every arm is adopted' : ''}`,
    columns: [
      'Arm',
      'Question',
      'Effect',
      'Interval',
      'Test',
      'One-sided p',
      'Adjusted p',
      'Answer',
    ],
    rows,
  });
}

const questions: Readonly<Record<Answer['question'], string>> = {
  superiority: 'better than the control arm',
  'non-inferiority': 'within the tolerated margin',
  equivalence: 'between the bounds that count as equal',
};

/** The interval that belongs to the test; it may lack an end, or both. */
function intervalOf(
  { lower, upper, withoutInterval = 'no effect can be excluded' }: Answer,
  show: (value: number | null) => Part,
): Part {
  if (lower !== null && upper !== null) return html`${show(lower)} to ${show(upper)}`;
  if (lower !== null) return html`from ${show(lower)} on`;
  if (upper !== null) return html`up to ${show(upper)}`;
  return html`<span class="reason">none: ${withoutInterval}</span>`;
}

function cells(
  answer: Estimable<Answer>,
  measure: TrialAnalysis['primary'],
  otherwise: Answer['question'] = 'superiority',
): readonly Part[] {
  const question = answer.estimable ? answer.question : otherwise;
  const asked = `${measure.title}: ${questions[question]}?`;
  if (!answer.estimable) {
    return [asked, noNumber(answer), ...Array.from({ length: 6 }, () => '–')];
  }
  const scale = scaleFor(measure, answer.scale);
  const show = (value: number | null): Part =>
    value === null ? '–' : number(value, onScale(value, scale));
  return [
    asked,
    html`${answer.scale} ${show(answer.estimate)}${unitOf(scale)}`,
    intervalOf(answer, show),
    html`${(answer.bounds ?? [answer.null]).map((value, i) => [
      i > 0 && ' and ',
      number(value, value === 0 ? '0' : onScale(value, scale)),
    ])}${unitOf(scale)}`,
    answer.method === 'model' ? 't test' : 're-randomisation',
    number(answer.pValue, pText(answer.pValue)),
    number(answer.pOpposite, pText(answer.pOpposite)),
    answer.passed ? '✓ yes' : answer.reversed ? '✕ no, the opposite is shown' : '– not shown',
  ];
}
