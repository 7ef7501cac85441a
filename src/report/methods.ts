import type { TrialAnalysis } from '../analysis/index.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { methodsText } from './methods-text.ts';

/** How the numbers were made, said from the analysis itself, and what the words mean. */
export function methodsSection(analysis: TrialAnalysis): Markup {
  const { trial } = analysis;
  return html`<section aria-labelledby="methods">
    <h2 id="methods">Methods</h2>
    ${methodsText(analysis).map((paragraph) => html`<p>${paragraph}</p>`)}
    <h3>What the words mean</h3>
    <dl class="terms">
      ${termsFor(analysis).map(
        ([term, meaning]) =>
          html`<div>
            <dt>${term}</dt>
            <dd>${meaning}</dd>
          </div>`,
      )}
    </dl>
    <p class="fingerprint">
      Fingerprint of the protocol (SHA-256): <code>${trial.fingerprint}</code>
    </p>
    ${
      analysis.list !== null &&
      html`<p class="fingerprint">
        Checksum of the list (SHA-256): <code>${analysis.list.checksum}</code>
      </p>`
    }
  </section>`;
}

function termsFor({
  trial: { unit },
  factorial,
  equity,
  secondary,
  list,
}: TrialAnalysis): readonly (readonly [string, string])[] {
  return [
    [
      'Alert shown',
      'One firing of the alert that reached the record or the screen. A silent firing (would have fired, not shown) is counted apart.',
    ],
    [
      'Opening',
      'Firings on one patient that follow each other within the repeat window of the protocol, counted once.',
    ],
    [
      'Accepted',
      'The suggestion was accepted, or its order placed by click or tag, within the response window.',
    ],
    ['Dismissed', 'The alert was overridden within the response window.'],
    [
      'Ignored',
      'No answer within the response window. Until the window has passed, an alert without an answer stands here too.',
    ],
    [
      'Patient-day',
      'A day on which an eligible patient was at risk of the alert, whatever the arm then did.',
    ],
    ['Unit', `What was randomised: here the ${unit}.`],
    ['Interval', 'The values of the truth that these data do not contradict at the stated level.'],
    ['Guardrail, margin', 'A measure that must not get worse, and by how much it may at most.'],
    ...overTimeTerms(list, unit),
    [
      'Likeness within units',
      `How much more alike two events of one ${unit} are than two of different ${unit}s: an intraclass correlation of 0 is no more than by chance, 1 is wholly alike.`,
    ],
    ...(secondary.length > 0
      ? ([
          [
            'Gate',
            'What comes later in the order of the protocol is tested only when all before it was shown, so that looking at more outcomes adds no error.',
          ],
        ] as const)
      : []),
    ...(factorial !== null || equity !== null
      ? ([
          ['Interaction', 'How far an effect depends on something else: a factor, or a subgroup.'],
        ] as const)
      : []),
    [
      'Re-randomisation',
      'A test that asks how often chance assignment alone would have given an effect at least this large.',
    ],
    ['Fingerprint', 'A checksum of the protocol: another protocol, another fingerprint.'],
  ];
}

/** The words of a design over time; of others that of the naive interval, which only they show. */
function overTimeTerms(
  list: TrialAnalysis['list'],
  unit: string,
): readonly (readonly [string, string])[] {
  const schedule = list?.schedule ?? null;
  if (schedule === null) {
    return [
      [
        'Design effect',
        `How many times larger the variance is because what happens to one ${unit} is alike.`,
      ],
    ];
  }
  return [
    ['Period', 'A stretch of days in which no arm changes; all units have the same periods.'],
    ['Sequence', `The order in which a ${unit} has the arms, drawn by lot.`],
    ...(schedule.washout > 0
      ? ([
          ['Washout', 'Days after a change of arm that are left out, for the change to settle.'],
        ] as const)
      : []),
  ];
}
