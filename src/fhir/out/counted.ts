import type { Store, UnitCounts } from '../../store/port.ts';
import type { Count, LedgerCount } from '../../trial/count.ts';
import { isAlertCount, isBrought } from '../../trial/count.ts';
import type { MetricDefinition } from '../../trial/metric.ts';
import { isRegistered } from '../../trial/metrics.ts';
import { metricNamed } from '../../trial/outcome.ts';
import type { Outcome } from '../../trial/protocol.ts';
import type { Resolved, Trial } from '../../trial/trial.ts';

/** A measure of a trial that its ledger can count. */
export interface CountedMetric {
  readonly outcome: Resolved<Outcome>;
  readonly definition: MetricDefinition;
  readonly numerator: LedgerCount;
  readonly denominator: LedgerCount;
}

/** A count of the registry, counted as an outcome says. */
function asCounted(count: LedgerCount, { alerts, patientDays }: Resolved<Outcome>): LedgerCount {
  if (!isAlertCount(count)) {
    return count.each === 'patientDay' ? { ...count, days: patientDays } : count;
  }
  return alerts === 'opening' && count.each === undefined ? { ...count, each: 'opening' } : count;
}

function isOfLedger(count: Count): count is LedgerCount {
  return !isBrought(count);
}

/** The measures that the protocol names, each once, as far as a ledger can count them. */
export function countedMetrics(trial: Trial): readonly CountedMetric[] {
  const outcomes = [trial.primary, ...trial.guardrails, ...trial.secondary];
  const different = new Map(
    outcomes.map(({ metric, better, alerts, patientDays }) => [
      JSON.stringify([metric, alerts, patientDays]),
      { metric, better, alerts, patientDays },
    ]),
  );
  return [...different.values()].flatMap((outcome) => {
    const definition = metricNamed(outcome.metric, trial.metrics);
    if (definition === undefined) return [];
    const { numerator, denominator } = definition;
    if (!isOfLedger(numerator) || !isOfLedger(denominator)) return [];
    const read = (count: LedgerCount): LedgerCount =>
      isRegistered(outcome.metric) ? asCounted(count, outcome) : count;
    return [{ outcome, definition, numerator: read(numerator), denominator: read(denominator) }];
  });
}

/** What one arm adds to a measure. */
export interface ArmCounts {
  readonly arm: string;
  readonly numerator: number;
  readonly denominator: number;
}

/** Counts a measure in each arm of a trial, of random assignments only. */
export async function countsByArm(
  trial: Trial,
  store: Pick<Store, 'counts'>,
  { metric, asOf }: { readonly metric: CountedMetric; readonly asOf: number },
): Promise<readonly ArmCounts[]> {
  const counts = [metric.numerator, metric.denominator];
  const rows = await store.counts(trial.fingerprint, { counts, asOf });
  return trial.arms.map(({ name: arm }) => {
    const own = rows.filter((row) => row.arm === arm);
    const [numerator = 0, denominator = 0] = counts.map((count, i) =>
      totalOf(own, i, isOfUnit(count, trial)),
    );
    return { arm, numerator, denominator };
  });
}

/** Whether a count is of the units themselves: one that stands in several strata is still one. */
function isOfUnit(count: LedgerCount, { unit }: Trial): boolean {
  return count.each === unit;
}

function totalOf(rows: readonly UnitCounts[], index: number, once: boolean): number {
  const units = new Map<string, number>();
  for (const { unitId, values } of rows) {
    const before = units.get(unitId) ?? 0;
    const value = values[index] ?? 0;
    units.set(unitId, once ? Math.max(before, value) : before + value);
  }
  return [...units.values()].reduce((sum, value) => sum + value, 0);
}
