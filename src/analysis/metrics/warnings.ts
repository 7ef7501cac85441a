import type { Unit } from '../../trial/protocol.ts';
import type { Trial } from '../../trial/trial.ts';
import { sharesIn } from '../arm-totals.ts';
import type { ResolvedMetric } from '../definition.ts';
import { dependsOnArm } from '../definition.ts';
import type { UnitRow } from '../rows.ts';
import { wordsOf } from './words.ts';

/** Units of which one patient can have several at once or in turn. */
const severalOf: Readonly<Partial<Record<Unit, string>>> = {
  clinician: 'clinicians',
  encounter: 'encounters',
};

const isFirst = (each: string | undefined): boolean =>
  each === 'firstAlert' || each === 'firstFiring';

/** What has to be known to read a metric rightly, in this trial and with these rows. */
export function metricWarnings(
  trial: Trial,
  rows: readonly UnitRow[],
  { definition, numerator, denominator, alertsKnown }: ResolvedMetric,
): readonly string[] {
  const warnings: string[] = [];
  const { beside } = definition;
  if (dependsOnArm(denominator.count)) {
    const words = wordsOf(denominator.count, trial.protocol.responseWindow);
    const others = beside ?? ['acceptedPerPatientDay'];
    warnings.push(
      `The denominator (${words}) depends on what the arm did, so an effect may be one on the denominator alone: read it beside ${others.join(' and ')}.`,
    );
  }
  for (const share of alertsKnown) {
    const counted = sharesIn(rows, share);
    const missing = counted === undefined ? 0 : counted.whole - counted.known;
    if (missing > 0) {
      warnings.push(
        `${missing} of ${counted?.whole ?? 0} alerts carry no ${share.id} and are in none of what is counted by ${share.id}.`,
      );
    }
  }
  const several = severalOf[trial.unit];
  const isByPatient = [numerator, denominator].some(
    ({ count }) => 'each' in count && (count.each === 'patient' || isFirst(count.each)),
  );
  if (several !== undefined && isByPatient) {
    warnings.push(`A patient of several ${several} counts once in each of them.`);
  }
  return warnings;
}
