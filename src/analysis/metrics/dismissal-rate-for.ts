import type { CustomMetric } from '../../trial/metric.ts';

/**
 * The share of alerts that were dismissed for one reason, as a metric for `measureOf` or for a
 * protocol's own `metrics`. An alert that was dismissed for two reasons counts for each.
 *
 * @example
 * const refused = await measureOf(trial, store, { metric: dismissalRateFor('patient-declined') });
 *
 * @param code the code of the override, as CDS Hooks feedback gives it
 */
export function dismissalRateFor(code: string): CustomMetric {
  return {
    name: `dismissalRateFor ${code}`,
    title: `Dismissal per alert, reason "${code}"`,
    numerator: { of: 'dismissed', reason: code },
    denominator: { of: 'alerts' },
    kind: 'proportion',
    better: 'lower',
    beside: ['dismissalRate', 'acceptedPerPatientDay'],
    source: 'CDS Hooks `overrideReason`',
  };
}
