import { derivedId } from '../../events/ids.ts';
import { isRegistered } from '../../trial/metrics.ts';
import type { Trial } from '../../trial/trial.ts';
import type { CountedMetric } from './counted.ts';
import type { Names } from './names.ts';
import { labelsOf, plainText } from './names.ts';
import type { OutConcept, OutMeasure } from './resources.ts';

const concept = (system: string, code: string, display: string): OutConcept => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code, display }],
});
/** The codes of the two populations of a ratio. */
export const numeratorCode: OutConcept = concept('measure-population', 'numerator', 'Numerator');
export const denominatorCode: OutConcept = concept(
  'measure-population',
  'denominator',
  'Denominator',
);

/** Which direction is better. */
export function notationOf({ outcome }: CountedMetric): OutConcept {
  return outcome.better === 'higher'
    ? concept('measure-improvement-notation', 'increase', 'Increased score indicates improvement')
    : concept('measure-improvement-notation', 'decrease', 'Decreased score indicates improvement');
}

/** What tells a measure from the others of its trial. */
export function nameOf({ outcome: { metric, alerts, patientDays } }: CountedMetric): string {
  return [metric, alerts, patientDays].join('-');
}

/**
 * A measure of a trial as a FHIR R4 Measure: what is counted stands in its criteria as JSON, as in the
 * protocol.
 *
 * @see https://hl7.org/fhir/R4/measure.html
 */
export function measureOf(trial: Trial, metric: CountedMetric, names: Names): OutMeasure {
  const { outcome, definition, numerator, denominator } = metric;
  const criteria = (description: string, what: unknown) => ({
    description,
    language: 'application/json' as const,
    expression: JSON.stringify(what),
  });
  const id = derivedId('fhir', 'Measure', trial.fingerprint, nameOf(metric));
  return {
    resourceType: 'Measure',
    id,
    ...labelsOf(trial, { pseudonyms: false }),
    url: names.measure(id),
    name: `Measure_${id.replaceAll('-', '_')}`,
    title: plainText(definition.title),
    subtitle: isRegistered(outcome.metric)
      ? `alerts: ${outcome.alerts}; patient-days: ${outcome.patientDays}`
      : undefined,
    status: 'active',
    date: trial.protocol.start,
    description: plainText(
      `${definition.title}. Counts of random assignments alone, without inference: whether the arms differ is for an analysis by ${trial.unit} to say.`,
    ),
    scoring:
      definition.kind === 'proportion'
        ? concept('measure-scoring', 'proportion', 'Proportion')
        : concept('measure-scoring', 'ratio', 'Ratio'),
    improvementNotation: notationOf(metric),
    group: [
      {
        population: [
          { code: numeratorCode, criteria: criteria('What is counted', numerator) },
          { code: denominatorCode, criteria: criteria('Of what', denominator) },
        ],
        stratifier: [{ code: { text: 'Arm' }, criteria: criteria('By arm', { by: 'arm' }) }],
      },
    ],
  };
}
