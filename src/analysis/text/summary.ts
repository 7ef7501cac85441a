import { interactionOf } from './equity.ts';
import { cautionsOf, effectsOf, sizeWords } from './factorial.ts';
import { findingsOf } from './findings.ts';
import { gatedText } from './gate.ts';
import { scheduleWords } from './list.ts';
import { measureText } from './measure-text.ts';
import type { TrialAnalysis } from '../trial-analysis.ts';
import { comparedOn, count, effectText, pText, whyNot } from './words.ts';

/** How a verdict is said. */
export const verdictTitles = {
  adopt: 'ADOPT',
  discard: 'DISCARD',
  harm: 'HARM',
  'keep-testing': 'KEEP TESTING',
  inconclusive: 'INCONCLUSIVE',
} as const;

/** An analysis as lines of text. */
export function analysisText(analysis: TrialAnalysis): string {
  const { trial, sampleRatio, list } = analysis;
  const synthetic = trial.governance.determination === 'synthetic';
  const lines = [
    trial.title,
    `${trial.id}, round ${trial.round}; ${trial.start} to ${trial.end} (${trial.timeZone}); fingerprint ${trial.fingerprint.slice(0, 12)}`,
    ...(synthetic ? ['SYNTHETIC DATA: none of this happened in a hospital.'] : []),
    '',
    ...analysis.arms.map(
      (arm) =>
        `${arm.arm}: ${count(arm.units)} ${trial.unit}(s), ${count(arm.patientDays)} patient-days, ${count(arm.alerts)} alerts shown ` +
        `(${count(arm.openings)} openings), ${count(arm.accepted)} accepted, ${count(arm.dismissed)} dismissed, ${count(arm.ignored)} ignored`,
    ),
    ...(list === null
      ? []
      : [
          `Allocated from a list by the method "${list.method}": ${count(list.clusters)} ${trial.unit}s, seed "${list.seed}", checksum ${list.checksum.slice(0, 12)}`,
          ...(list.schedule === null ? [] : [scheduleWords(list.schedule)]),
          ...list.diagnostics.warnings.map((warning) => `Warning: ${warning}`),
        ]),
    sampleRatio.estimable
      ? `Sample ratio: ${pText(sampleRatio.pValue)} (${sampleRatio.mismatch ? 'MISMATCH' : 'as the protocol would give'})`
      : `Sample ratio: ${whyNot(sampleRatio)}`,
    ...analysis.notRandomized.map(
      ({ reason, alerts }) => `Not random and not counted: ${count(alerts)} alert(s), ${reason}`,
    ),
    '',
    measureText(analysis.primary),
    ...[...analysis.guardrails, ...analysis.secondary].flatMap((each) => ['', measureText(each)]),
    ...factorialLines(analysis),
    ...equityLines(analysis),
    ...(analysis.responseTimes === null ? [] : ['', String(analysis.responseTimes)]),
    '',
    ...identityLines(analysis),
    ...analysis.verdicts.flatMap(({ arm, verdict, reasons }) => [
      '',
      `Verdict on ${arm}: ${verdictTitles[verdict]}`,
      ...reasons.map((reason) => `  ${reason}`),
    ]),
    ...gateLines(analysis),
    ...integrityLines(analysis),
    ...analysis.warnings.map((warning) => `Warning: ${warning}`),
  ];
  return lines.join('\n');
}

/** Why there is no identity in a design over time. */
export const withoutIdentity =
  'In a design over time each effect is adjusted for periods by itself, so those on alerts per patient-day and on acceptance per alert need not multiply to that on accepted alerts: read the three side by side.';

function identityLines({ identities, primary }: TrialAnalysis): readonly string[] {
  if (primary.overTime !== null) return [];
  return identities.map((identity) =>
    identity.estimable
      ? `Identity (${identity.arm}): accepted per patient-day ${signed(identity.acceptedPerDay)} = alerts per patient-day ${signed(identity.alertsPerDay)} + accepted per alert ${signed(identity.acceptedPerAlert)} (logarithms of ratios)`
      : `Identity: ${whyNot(identity)}`,
  );
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}

function factorialLines({ factorial, primary }: TrialAnalysis): readonly string[] {
  if (factorial === null) return [];
  const title = `Factors, on ${primary.title}`;
  if (!factorial.estimable) return ['', `${title}: not estimable, ${whyNot(factorial)}`];
  const scale = comparedOn(primary);
  return [
    '',
    `${title} (no effect without its interaction)`,
    ...effectsOf(factorial)
      .filter(({ kind }) => kind !== 'simple')
      .map((each) => {
        const { kind, name, at, effect } = each;
        const what = kind === 'main' ? name : `${name} (${at})`;
        return `  ${what}, ${sizeWords(each, scale)} ${effectText(effect, scale, primary.level)}`;
      }),
    ...cautionsOf(factorial).map((caution) => `  Caution: ${caution}`),
  ];
}

function equityLines({ equity }: TrialAnalysis): readonly string[] {
  if (equity === null) return [];
  return [
    '',
    'Whether the effect is the same for all (test of interaction; effects by subgroup: `equity`)',
    ...equity.divisions.flatMap(({ name, subgroups, comparisons }) =>
      comparisons.map(({ arm, effects, adjustedPValue }) => {
        const head = `  by ${name} (${subgroups.length} subgroups), ${arm}: `;
        const test = interactionOf(effects);
        if (!test.estimable) return `${head}not estimable, ${whyNot(test)}`;
        const adjusted =
          adjustedPValue === null || equity.divisions.length < 2
            ? ''
            : `, adjusted ${pText(adjustedPValue)} (Holm)`;
        return `${head}${pText(test.pValue)}${adjusted}`;
      }),
    ),
  ];
}

function gateLines(analysis: TrialAnalysis): readonly string[] {
  return analysis.gate.flatMap((arm) =>
    arm.questions.length === 0
      ? []
      : [
          '',
          `Secondary outcomes of ${arm.arm}, in order behind the verdict`,
          ...arm.questions.map((question, i) => {
            const { answer, adjustedPValue, title } = question;
            const what = gatedText(analysis, arm, question);
            const tested =
              !answer.estimable || adjustedPValue === null || what.startsWith('not tested')
                ? ''
                : ` (one-sided ${pText(answer.pValue)}; adjusted ${pText(adjustedPValue)})`;
            return `  ${i + 1}. ${title}: ${what}${tested}`;
          }),
        ],
  );
}

const marks = { fine: 'ok', note: 'note', warning: 'WARNING', unknown: '-' } as const;

function integrityLines(analysis: TrialAnalysis): readonly string[] {
  const findings = findingsOf(analysis);
  return findings.length === 0
    ? []
    : [
        '',
        'Integrity',
        ...findings.map(
          ({ lookedAt, found, state }) => `  ${marks[state].padEnd(8)}${lookedAt}: ${found}`,
        ),
      ];
}
