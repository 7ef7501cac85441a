import type { Count } from './count.ts';
import { isAlertCount } from './count.ts';
import type { CustomMetric, MetricDefinition } from './metric.ts';
import type { MetricFault } from './metric-schema.ts';
import { isRegistered, metrics } from './metrics.ts';
import type { Outcome } from './protocol.ts';

/** The definition that a name stands for: of the registry, or of a protocol's own metrics. */
export function metricNamed(
  name: string,
  own: readonly CustomMetric[],
): MetricDefinition | undefined {
  return isRegistered(name) ? metrics[name] : own.find((metric) => metric.name === name);
}

/** Whether a count of firings can be taken by opening instead, and still means the same. */
function canBeByOpening(count: Count): boolean {
  if (!isAlertCount(count) || (count.each ?? 'alert') !== 'alert') return true;
  return (count.of === 'alerts' || count.of === 'accepted') && count.known === undefined;
}

/** What is wrong with an outcome, given the protocol's own metrics. */
export function outcomeFault(
  { metric, alerts }: Outcome,
  own: readonly CustomMetric[],
): MetricFault | undefined {
  const definition = metricNamed(metric, own);
  if (definition === undefined) {
    const names = [...Object.keys(metrics), ...own.map(({ name }) => name)];
    return {
      path: ['metric'],
      message: `no metric is named "${metric}": name one of ${names.join(', ')}, or define it in \`metrics\``,
    };
  }
  if (alerts !== 'opening') return undefined;
  if (!isRegistered(metric)) {
    return {
      path: ['alerts'],
      message: 'a metric of your own says in its counts what it counts: leave `alerts` out',
    };
  }
  return canBeByOpening(definition.numerator) && canBeByOpening(definition.denominator)
    ? undefined
    : { path: ['alerts'], message: `${metric} is not counted by opening: leave \`alerts\` out` };
}
