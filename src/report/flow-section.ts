import type { TrialAnalysis } from '../analysis/index.ts';
import { count, pText, significant, whyNot } from '../analysis/text/words.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { flowDiagram, flowWidth } from './flow-diagram.ts';
import { balanceTable, listPart } from './list-part.ts';
import { details, table } from './table.ts';
import { number } from './words.ts';

/** Who was randomised, what they saw, and whether the arms hold the units that they should. */
export function flowSection(analysis: TrialAnalysis): Markup {
  const wide = analysis.arms.length > 2;
  return html`<section aria-labelledby="flow-heading">
    <h2 id="flow-heading">Who was in the trial</h2>
    <div class="${wide ? 'stack' : 'pair'}">
      <div class="scroll" tabindex="0" role="group" aria-label="Flow of units and events">
        <div style="min-width:${flowWidth(analysis.arms.length)}px">${flowDiagram(analysis)}</div>
      </div>
      <div>${sampleRatio(analysis)}${listPart(analysis)}</div>
    </div>
    ${balanceTable(analysis)} ${details('The numbers', flowTable(analysis))}
  </section>`;
}

/** What the tests of the sample ratio are called. */
const tests = {
  'exact-binomial': 'exact binomial test',
  'exact-multinomial': 'exact multinomial test',
  'monte-carlo': 'chi-squared test by simulation',
  'chi-squared': 'chi-squared test',
  procedure: 'test by making the list again',
} as const;

function sampleRatio({ trial, sampleRatio: test }: TrialAnalysis): Markup {
  if (!test.estimable)
    return html`<p><strong>Sample ratio.</strong> Not estimable: ${whyNot(test)}.</p>`;
  const { mismatch, pValue, method, threshold } = test;
  const expected =
    method === 'procedure'
      ? 'that lists made in the same way give'
      : 'that the weights of the protocol give';
  return html`<p>
    <strong>Sample ratio: ${mismatch ? '✕ mismatch' : '✓ no mismatch'}.</strong> The numbers of
    randomised ${trial.unit}s are ${mismatch ? 'not those' : 'compatible with those'} ${expected}
    (${number(pValue, pText(pValue))}, ${tests[method]}; a mismatch is called below
    ${significant(threshold, 1)}). ${mismatch && 'Find out why before reading any effect.'}
  </p>`;
}

function flowTable({ trial, arms, notRandomized, sampleRatio: test }: TrialAnalysis): Markup {
  return html`${table({
    caption: 'Units and events by arm, random assignments only',
    columns: [
      'Arm',
      `Units (${trial.unit}s)`,
      'Expected',
      'Patients',
      'Patient-days',
      'Alerts shown',
      'Openings',
      'Silent',
      'Accepted',
      'Dismissed',
      'Ignored',
    ],
    rows: arms.map((arm, i) => {
      const expected = test.estimable ? test.arms[i]?.expected : undefined;
      return [
        arm.arm,
        number(arm.units, count(arm.units)),
        expected === undefined ? '–' : number(expected, count(expected)),
        ...[
          arm.patients,
          arm.patientDays,
          arm.alerts,
          arm.openings,
          arm.silent,
          arm.accepted,
          arm.dismissed,
          arm.ignored,
        ].map((value) => number(value, count(value))),
      ];
    }),
  })}${
    notRandomized.length > 0 &&
    table({
      caption: 'Alerts that were not random and are not counted',
      columns: ['Reason', 'Alerts'],
      rows: notRandomized.map(({ reason, alerts }) => [reason, number(alerts, count(alerts))]),
    })
  }`;
}
