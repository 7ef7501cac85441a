import type { Trial } from '../../trial/trial.ts';
import { count, percent, points, pText, significant } from '../text/words.ts';
import type { IntegrityReport } from './integrity-report.ts';

/** From this share of alerts on, exposure of clinicians to several arms is worth a warning. */
const notableContamination = 0.1;

/** What a reader of the effects has to know, the gravest first. */
export function reportWarnings(
  trial: Trial,
  found: Omit<IntegrityReport, 'warnings'>,
): readonly string[] {
  const { sampleRatio, armChanges, contamination, feedback, practices, trigger, anomalies } = found;
  const warnings: string[] = [];
  if (sampleRatio.estimable && sampleRatio.mismatch) {
    warnings.push(
      `The arms do not hold the units that the protocol would give them (${pText(sampleRatio.pValue)}): find out why before reading any effect.`,
    );
  }
  if (armChanges.advice !== null) {
    warnings.push(
      `${count(armChanges.units)} ${trial.unit}(s) stand in more than one arm. ${armChanges.advice}`,
    );
  }
  for (const { arm, control, drift, drifts } of trigger.drifts) {
    if (!drifts || !drift.estimable) continue;
    warnings.push(
      `The trigger drifts between ${arm} and ${control}: the ratio of firings per patient-day is multiplied by ${significant(drift.effect.estimate)} a week (${pText(drift.effect.pValue)}). The trigger should not know the arm, unless the arm changes how often it fires.`,
    );
  }
  const { change } = trigger;
  if (trigger.changed && change.estimable) {
    warnings.push(
      `The trigger changed in all arms about ${change.day}: ${significant(change.rateBefore)} firings per patient-day before, ${significant(change.rateAfter)} after (${pText(change.pValue)}). The arms stay comparable, but not with another time; a season can do this too.`,
    );
  }
  for (const { arm, control, difference, differs } of feedback.comparisons) {
    if (!differs || !difference.estimable) continue;
    warnings.push(
      `Alerts without an answer differ between ${arm} and ${control} by ${points(difference.estimate)} points (${pText(difference.pValue)}): clinicians ignore one arm more, or its answers are lost. Find out which before reading acceptance.`,
    );
  }
  if (practices.withoutAnswer > 0) {
    warnings.push(
      `${count(practices.withoutAnswer)} of ${count(practices.practices)} practices with ${practices.least} alerts or more never sent an answer; they hold ${percent(practices.alertShare)} of these alerts. Check that their EHR sends feedback.`,
    );
  }
  if (
    contamination.estimable &&
    contamination.advice !== null &&
    contamination.alertShare >= notableContamination
  ) {
    warnings.push(
      `${percent(contamination.share)} of clinicians, who saw ${percent(contamination.alertShare)} of the alerts, saw more than one arm. ${contamination.advice}`,
    );
  }
  for (const { serious, total, what, advice } of anomalies) {
    if (serious) warnings.push(`${count(total)} ${what}. ${advice}`);
  }
  return warnings;
}
