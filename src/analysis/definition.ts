import { AnalysisRefusedError } from '../errors.ts';
import type { AlertId, Count, LedgerCount } from '../trial/count.ts';
import { idsNeeded, isAlertCount, isBrought } from '../trial/count.ts';
import type { MetricDefinition } from '../trial/metric.ts';
import { isRegistered } from '../trial/metrics.ts';
import { metricNamed } from '../trial/outcome.ts';
import type { Outcome } from '../trial/protocol.ts';
import type { Resolved, Trial } from '../trial/trial.ts';
import { columnOf, isSummaryColumn } from './metrics/column.ts';

/** A count with the column in which unit summaries hold it. */
interface CountedColumn {
  readonly count: Count;
  readonly column: string;
}

/** Alerts that a count can only see when they carry an id: all of them, and those that do. */
export interface KnownShare {
  readonly id: AlertId;
  readonly whole: CountedColumn;
  readonly known: CountedColumn;
}

/** A metric as a trial counts it. */
export interface ResolvedMetric {
  readonly definition: MetricDefinition;
  readonly numerator: CountedColumn;
  readonly denominator: CountedColumn;
  /** The rate is of so many of the denominator. */
  readonly per: number;
  /** Whether every unit summary holds what is not brought, so that the ledger need not count. */
  readonly isSummarized: boolean;
  /** Alerts without an id that a count is by: they are in no encounter, patient, or clinician. */
  readonly alertsKnown: readonly KnownShare[];
  /** Patient-days without an encounter: with them, the encounters at risk are not known. */
  readonly riskKnown: KnownShare | undefined;
}

const counted = (count: Count): CountedColumn => ({ count, column: columnOf(count) });

/** A count of the registry, counted as an outcome says. */
function asCounted(count: Count, { alerts, patientDays }: Resolved<Outcome>): Count {
  if (isBrought(count)) return count;
  if (!isAlertCount(count)) {
    return count.each === 'patientDay' ? { ...count, days: patientDays } : count;
  }
  return alerts === 'opening' && count.each === undefined ? { ...count, each: 'opening' } : count;
}

function alertsKnown(counts: readonly Count[]): readonly KnownShare[] {
  const alerts = counts.filter(isAlertCount);
  const ids = new Set(alerts.flatMap((count) => [...idsNeeded(count)]));
  const of = alerts.some(({ each }) => each === 'firstFiring') ? 'fired' : 'alerts';
  return [...ids].map((id) => ({
    id,
    whole: counted({ of }),
    known: counted({ of, known: id }),
  }));
}

function riskKnown(counts: readonly Count[]): KnownShare | undefined {
  if (!counts.some((count) => 'of' in count && count.of === 'atRisk' && count.each === 'encounter'))
    return undefined;
  return {
    id: 'encounter',
    whole: counted({ of: 'atRisk', each: 'patientDay' }),
    known: counted({ of: 'atRisk', each: 'patientDay', known: 'encounter' }),
  };
}

/**
 * What an outcome of a trial divides.
 *
 * @throws AnalysisRefusedError when neither the registry nor the trial has the metric
 */
export function definitionOf(
  trial: Pick<Trial, 'metrics' | 'id'>,
  outcome: Resolved<Outcome>,
): ResolvedMetric {
  const definition = metricNamed(outcome.metric, trial.metrics);
  if (definition === undefined) {
    throw new AnalysisRefusedError(
      `No metric is named "${outcome.metric}": the registry \`metrics\` and the protocol of trial ${trial.id} have none.`,
    );
  }
  const read = isRegistered(outcome.metric)
    ? (count: Count): Count => asCounted(count, outcome)
    : (count: Count): Count => count;
  const counts = [read(definition.numerator), read(definition.denominator)] as const;
  const numerator = counted(counts[0]);
  const denominator = counted(counts[1]);
  const isSummarized = [numerator, denominator].every(
    ({ count, column }) => isBrought(count) || isSummaryColumn(column),
  );
  return {
    definition,
    numerator,
    denominator,
    per: definition.per ?? 1,
    isSummarized,
    alertsKnown: isSummarized ? [] : alertsKnown(counts),
    riskKnown: riskKnown(counts),
  };
}

/** The counts that a ledger has to make for a metric, beyond what its summaries hold. */
export function countsNeeded(metric: ResolvedMetric): readonly LedgerCount[] {
  if (metric.isSummarized) return [];
  const { numerator, denominator, alertsKnown, riskKnown } = metric;
  const shares = riskKnown === undefined ? alertsKnown : [...alertsKnown, riskKnown];
  return [numerator, denominator, ...shares.flatMap(({ whole, known }) => [whole, known])]
    .map(({ count }) => count)
    .filter((count): count is LedgerCount => !isBrought(count));
}

/** Whether a count depends on what the arm did, and so may not be the denominator of an effect alone. */
export function dependsOnArm(count: Count): boolean {
  if (isBrought(count) || !isAlertCount(count)) return false;
  // The first firing comes before anything that the arm did for its patient.
  return count.each !== 'firstFiring';
}
