import type { Measure, TrialAnalysis } from '../../analysis/index.ts';
import { verdictTitles } from '../../analysis/index.ts';
import {
  count,
  effectText,
  percent,
  points,
  rateText,
  significant,
} from '../../analysis/text/words.ts';
import type { TrialTruth } from '../../simulate/index.ts';
import type { LedgerAudit } from './audit.ts';

/** The truth that was simulated, of one measure. */
function truthText(metric: Measure['metric'], truth: TrialTruth): string {
  const { usual, redesign } = truth;
  const texts: Readonly<Record<string, string>> = {
    alertsPerPatientDay: `ratio ${significant(truth.alertsRatio)}  (usual ${significant(usual.alertsPerPatientDay)}, redesign ${significant(redesign.alertsPerPatientDay)})`,
    acceptanceRate: `difference ${points(truth.acceptanceDifference)} points  (usual ${percent(usual.acceptanceRate)}, redesign ${percent(redesign.acceptanceRate)})`,
    acceptedPerPatientDay: `ratio ${significant(truth.acceptedRatio)}`,
  };
  return texts[metric] ?? 'not among the truths of the simulation';
}

/** A measure with the truth beside it. */
function measureStory(measure: Measure, truth: TrialTruth): readonly string[] {
  const isRate = measure.kind === 'rate';
  return [
    '',
    measure.title,
    ...measure.arms.map(
      (arm) =>
        `  ${arm.arm.padEnd(9)} ${rateText(arm, measure.kind).padEnd(26)} ${count(arm.numerator)} / ${count(arm.denominator)}`,
    ),
    ...measure.comparisons.map(({ ratio, difference }) =>
      isRate
        ? `  ratio      ${effectText(ratio, 'ratio', measure.level)}`
        : `  difference ${effectText(difference, 'points', measure.level)}`,
    ),
    `  set truth  ${truthText(measure.metric, truth)}`,
  ];
}

/** What a demonstration found, as lines for a terminal. */
export function storyOf(
  analysis: TrialAnalysis,
  {
    truth,
    audit,
    replayed,
    disagreements,
  }: {
    readonly truth: TrialTruth;
    readonly audit: LedgerAudit;
    readonly replayed: number;
    readonly disagreements: number;
  },
): readonly string[] {
  const randomised = analysis.arms.map(
    ({ arm, units, patientDays }) =>
      `${arm} ${count(units)} patients, ${count(patientDays)} patient-days`,
  );
  return [
    `Randomised: ${randomised.join('; ')}`,
    ...[analysis.primary, ...analysis.guardrails, ...analysis.secondary].flatMap((measure) =>
      measureStory(measure, truth),
    ),
    ...analysis.verdicts.flatMap(({ arm, verdict, reasons }) => [
      '',
      `Verdict on ${arm}: ${verdictTitles[verdict]}`,
      ...reasons.map((reason) => `  ${reason}`),
    ]),
    '',
    `Ledger: ${count(replayed)} arms computed again, ${disagreements} disagree. ` +
      `${count(audit.acknowledged - audit.withoutAlert - audit.missing)} acknowledged answers are there, ${audit.missing} are missing.`,
    `  Counted one by one: ${count(audit.counted.alerts)} alerts, ${count(audit.counted.accepted)} accepted; ` +
      `by unit: ${count(audit.summed.alerts)} and ${count(audit.summed.accepted)}.`,
    ...(audit.withoutAlert > 0
      ? [
          `  ${audit.withoutAlert} answer(s) are kept apart: their alerts were returned in the instant in which the service ended, before they were on the disk.`,
        ]
      : []),
    ...analysis.warnings.map((warning) => `Warning: ${warning}`),
  ];
}

/** The truth that was simulated, in a sentence. */
export function truthNote(truth: TrialTruth): string {
  return (
    `Simulated truth: the redesign shows ${significant(truth.alertsRatio)} times as many alerts per patient-day, ` +
    `${percent(truth.redesign.acceptanceRate)} of its alerts are accepted against ${percent(truth.usual.acceptanceRate)}, ` +
    `and ${significant(truth.acceptedRatio)} times as many are accepted per patient-day. ` +
    'It is quiet in procedural areas, where few accept: dropping those alerts alone raises acceptance per alert.'
  );
}
