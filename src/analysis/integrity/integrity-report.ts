import type { Allocation } from '../../allocation/index.ts';
import type { Store } from '../../store/port.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Estimable } from '../estimable.ts';
import { allocationOf } from '../rows.ts';
import type { ArmChanges } from './arm-changes.ts';
import { armChanges } from './arm-changes.ts';
import type { Anomaly, AnomalyOptions } from './anomalies.ts';
import { anomalyObserver } from './anomalies.ts';
import type { Contamination } from './contamination.ts';
import { contaminationObserver } from './contamination.ts';
import type { MissingFeedback, SilentPractices } from './feedback.ts';
import { missingFeedback, silentPracticesObserver } from './feedback.ts';
import { observeAll } from './observer.ts';
import { reportWarnings } from './report-warnings.ts';
import type { SampleRatio } from './sample-ratio.ts';
import { sampleRatioOf } from './sample-ratio.ts';
import type { TriggerCourse } from './trigger-course.ts';
import { triggerCourse } from './trigger-course.ts';

/** Everything that was looked at before an effect is believed. Plain data: it survives JSON unchanged. */
export interface IntegrityReport {
  readonly sampleRatio: Estimable<SampleRatio>;
  readonly armChanges: ArmChanges;
  readonly contamination: Estimable<Contamination>;
  readonly feedback: MissingFeedback;
  readonly practices: SilentPractices;
  readonly trigger: TriggerCourse;
  /** What is wrong with single events; empty when nothing is. */
  readonly anomalies: readonly Anomaly[];
  /** What a reader of the effects has to know, in words. No ids of persons or units. */
  readonly warnings: readonly string[];
}

/** What the report depends on besides the ledger. */
export interface IntegrityOptions extends AnomalyOptions {
  /** The list of a trial that allocates from one; default the one that the ledger keeps. */
  readonly allocation?: Allocation | undefined;
}

/**
 * Looks at a whole ledger for what would make an effect misleading: a sample-ratio mismatch, units
 * that changed their arm, clinicians who saw several arms, feedback that is missing, a trigger that
 * drifted, and events that should not be there. Reads the events once.
 */
export async function integrityReport(
  trial: Trial,
  ledger: Pick<Store, 'summaries' | 'days' | 'read'> & Partial<Pick<Store, 'allocation'>>,
  options: IntegrityOptions = {},
): Promise<IntegrityReport> {
  const rows = await ledger.summaries(trial.fingerprint);
  const allocation = await allocationOf(trial, ledger, options.allocation);
  const days = await ledger.days(trial.fingerprint);
  const contamination = contaminationObserver(trial);
  const practices = silentPracticesObserver();
  const anomalies = anomalyObserver(trial, options);
  const events = ledger.read({
    trial: trial.fingerprint,
    types: ['impression', 'dismissal', 'acceptance', 'order', 'patient-days'],
  });
  await observeAll(events, [contamination, practices, anomalies]);
  const found = {
    sampleRatio: sampleRatioOf(trial, rows, allocation),
    armChanges: armChanges(trial, rows),
    contamination: contamination.result(),
    feedback: missingFeedback(trial, rows),
    practices: practices.result(),
    trigger: triggerCourse(trial, days),
    anomalies: anomalies.result(),
  };
  return { ...found, warnings: reportWarnings(trial, found) };
}
