import type { TrialAnalysis } from './trial-analysis.ts';
import { count, measureText, pText } from './text.ts';

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
  const { trial, sampleRatio } = analysis;
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
    sampleRatio.estimable
      ? `Sample ratio: ${pText(sampleRatio.pValue)} (${sampleRatio.mismatch ? 'MISMATCH' : 'as the protocol would give'})`
      : `Sample ratio: ${sampleRatio.reason}`,
    ...analysis.notRandomized.map(
      ({ reason, alerts }) => `Not random and not counted: ${count(alerts)} alert(s), ${reason}`,
    ),
    '',
    measureText(analysis.primary),
    ...[...analysis.guardrails, ...analysis.secondary].flatMap((each) => ['', measureText(each)]),
    '',
    ...analysis.identities.map((identity) =>
      identity.estimable
        ? `Identity (${identity.arm}): accepted per patient-day ${signed(identity.acceptedPerDay)} = alerts per patient-day ${signed(identity.alertsPerDay)} + accepted per alert ${signed(identity.acceptedPerAlert)} (logarithms of ratios)`
        : `Identity: ${identity.reason}`,
    ),
    ...analysis.verdicts.flatMap(({ arm, verdict, reasons }) => [
      '',
      `Verdict on ${arm}: ${verdictTitles[verdict]}`,
      ...reasons.map((reason) => `  ${reason}`),
    ]),
    ...analysis.warnings.map((warning) => `Warning: ${warning}`),
  ];
  return lines.join('\n');
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}
