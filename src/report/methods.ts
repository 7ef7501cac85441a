import type { Measure, TrialAnalysis } from '../analysis/index.ts';
import { count, levelText, significant } from '../analysis/text.ts';
import { ownScale } from './effect-scale.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { listed } from './words.ts';

/** How the numbers were made, said from the analysis itself, and what the words mean. */
export function methodsSection(analysis: TrialAnalysis): Markup {
  const { trial } = analysis;
  return html`<section aria-labelledby="methods">
    <h2 id="methods">Methods</h2>
    ${methodsText(analysis).map((paragraph) => html`<p>${paragraph}</p>`)}
    <h3>What the words mean</h3>
    <dl class="terms">
      ${termsFor(trial.unit).map(
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
  </section>`;
}

/** The methods in words, one paragraph an entry. */
function methodsText(analysis: TrialAnalysis): readonly string[] {
  const { trial, primary, guardrails, secondary, verdicts } = analysis;
  const measures = [primary, ...guardrails, ...secondary];
  const alpha = 1 - primary.level;
  const weights = trial.arms.map(({ name, weight }) => `${name} ${weight}`);
  return [
    `Design. ${trial.arms.length} arms ran at the same time; each ${trial.unit} was given one by hashed assignment with weights ${listed(weights)}, and every analysis is by ${trial.unit}. Alerts served for any other reason (opted out, forced, a fault) are not counted in any arm. Whether the arms hold the numbers of ${trial.unit}s that the weights give is tested on randomised ${trial.unit}s alone.`,
    `Estimates. The rate of an arm is its total numerator over its total denominator (ratio of totals). Its variance is that between ${trial.unit}s: the linearised variance with the leverage correction of Mancl and DeRouen. Intervals of arms use Student's t on the number of ${trial.unit}s less 1, on the logarithm (rates) or the logit (proportions). Arms are compared by ratio (t on its logarithm) and by difference, with t on the number of ${trial.unit}s in the two arms less 2. ${degreesText(measures)}`,
    `Re-randomisation. ${rerandomizationText(measures)} The assignment is drawn again ${trial.unit} by ${trial.unit} with the chances of the protocol, and the studentised effect is compared with those of the draws; the p value counts the actual assignment as one of them, so it is never 0.`,
    `Decision. Each question is one-sided at ${levelText(alpha / 2)} (half of the two-sided level of ${levelText(alpha)}): superiority on the primary outcome, non-inferiority to the margin on each guardrail. ${decidedBy(verdicts)} An arm is adopted only when every question is answered with yes (intersection-union test): the joint p value is the largest of them, and the level needs no division among the questions. Adoption and rejection wait for the planned end; before it, only harm beyond a guardrail's margin is called.${verdicts.length > 1 ? ` The ${verdicts.length} arms share the level by Holm's step-down.` : ''} Secondary outcomes are described, not decided on.`,
  ];
}

function degreesText(measures: readonly Measure[]): string {
  const parts = measures.flatMap((measure) =>
    measure.comparisons.flatMap((comparison) => {
      const effect = comparison[ownScale(measure)];
      return effect.estimable ? [{ arm: comparison.arm, degrees: effect.degreesOfFreedom }] : [];
    }),
  );
  const byArm = new Map<string, Set<number>>();
  for (const { arm, degrees } of parts) byArm.set(arm, (byArm.get(arm) ?? new Set()).add(degrees));
  if (byArm.size === 0) return 'No comparison could be made.';
  const words = [...byArm].map(
    ([arm, degrees]) => `${[...degrees].map((each) => count(each)).join(' or ')} for ${arm}`,
  );
  const several = [...byArm.values()].some((degrees) => degrees.size > 1);
  const why = `; they differ between measures where a ${measures[0]?.unit ?? 'unit'} has no denominator`;
  return `Here the degrees of freedom are ${listed(words)}${several ? why : ''}.`;
}

function rerandomizationText(measures: readonly Measure[]): string {
  const tests = measures.flatMap(({ comparisons }) =>
    comparisons.flatMap(({ rerandomization }) =>
      rerandomization.estimable ? [rerandomization] : [],
    ),
  );
  if (tests.length === 0) return 'No re-randomisation test could be made.';
  const draws = [...new Set(tests.map((test) => count(test.draws)))];
  const error = Math.max(...tests.map(({ monteCarloError }) => monteCarloError));
  return `Two-sided p values come also from ${listed(draws)} draws of a re-randomisation test (largest Monte Carlo error of a p value ${significant(error, 2)}).`;
}

function decidedBy(verdicts: TrialAnalysis['verdicts']): string {
  const methods = new Set(
    verdicts.flatMap(({ primary, guardrails }) =>
      [primary, ...guardrails].flatMap((answer) => (answer.estimable ? [answer.method] : [])),
    ),
  );
  if (methods.size === 0) return 'No question could be answered.';
  const words = [...methods].map((method) =>
    method === 'model' ? 'the t test' : 'the re-randomisation test',
  );
  return `Here ${listed(words)} decided.`;
}

function termsFor(unit: string): readonly (readonly [string, string])[] {
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
    [
      'Design effect',
      `How many times larger the variance is because what happens to one ${unit} is alike.`,
    ],
    [
      'Re-randomisation',
      'A test that asks how often chance assignment alone would have given an effect at least this large.',
    ],
    ['Fingerprint', 'A checksum of the protocol: another protocol, another fingerprint.'],
  ];
}
