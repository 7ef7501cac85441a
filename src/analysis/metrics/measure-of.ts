import { AnalysisRefusedError } from '../../errors.ts';
import type { Allocation } from '../../allocation/index.ts';
import type { CustomMetric } from '../../trial/metric.ts';
import { metricProblems } from '../../trial/metric-schema.ts';
import { metricNamed, outcomeFault } from '../../trial/outcome.ts';
import type { AlertCounting, MetricName, PatientDayCounting } from '../../trial/protocol.ts';
import type { Trial } from '../../trial/trial.ts';
import { notBrought } from '../arm-totals.ts';
import { definitionOf } from '../definition.ts';
import { measure } from '../measure.ts';
import type { Measure } from '../result.ts';
import type { AnalysisUnit, SummarySource } from '../rows.ts';
import { allocationOf, checkUnit } from '../rows.ts';
import type { BroughtCounts } from './counted-rows.ts';
import { countedRows } from './counted-rows.ts';

/** How a measure is counted and judged; what is left out comes from the trial. */
export interface DoorOptions {
  /** Default: as in the trial's own outcome of this name, else `fired`. */
  readonly alerts?: AlertCounting | undefined;
  /** Default: as in the trial's own outcome of this name, else `calendar`. */
  readonly patientDays?: PatientDayCounting | undefined;
  /** Confidence level; default 1 - the trial's alpha. */
  readonly level?: number | undefined;
  /** Number of re-randomisations; default the trial's. */
  readonly draws?: number | undefined;
  /** The unit of analysis: only the unit that was randomised is accepted. */
  readonly unit?: AnalysisUnit | undefined;
  /**
   * The instant of the analysis, milliseconds; default now. An alert without an answer is ignored
   * from the end of its response window on.
   */
  readonly asOf?: number | undefined;
  /** The list of a trial that allocates from one; default that of the ledger. */
  readonly allocation?: Allocation | undefined;
  /** Counts that a ledger of alerts cannot know, by unit. */
  readonly brought?: readonly BroughtCounts[] | undefined;
}

/** Which metric is measured, and how. */
export interface MeasureOfOptions extends DoorOptions {
  /** The name of a metric of the registry or of the trial's own, or a definition. */
  readonly metric: MetricName | CustomMetric;
}

/**
 * Any metric by arm, and each arm against the control arm: one of the registry `metrics`, one that
 * the protocol defines, or a definition of your own. Estimated and tested as `alertsPerPatientDay`.
 *
 * @example
 * const ignored = await measureOf(trial, store, { metric: 'ignoredRate' });
 *
 * @param source a ledger, or unit summaries from anywhere; a count that their columns do not hold
 *   stands in `counts` under its name (`columnOf`)
 * @throws AnalysisRefusedError for a metric that does not exist or is malformed, a count that the
 *   rows lack, a unit below the one that was randomised, or rows of another trial
 */
export async function measureOf(
  trial: Trial,
  source: SummarySource,
  options: MeasureOfOptions,
): Promise<Measure> {
  checkUnit(trial, options.unit);
  const { metric, asOf = Date.now(), brought } = options;
  const name = typeof metric === 'string' ? metric : metric.name;
  const widened = typeof metric === 'string' ? trial : withMetric(trial, metric);
  const named = [trial.primary, ...trial.guardrails, ...trial.secondary].find(
    (outcome) => outcome.metric === name,
  );
  const outcome = {
    metric: name,
    better: named?.better ?? metricNamed(name, widened.metrics)?.better ?? 'higher',
    alerts: options.alerts ?? named?.alerts ?? 'fired',
    patientDays: options.patientDays ?? named?.patientDays ?? 'calendar',
  };
  const fault = outcomeFault(outcome, widened.metrics);
  if (fault !== undefined)
    throw new AnalysisRefusedError(`The metric is refused: ${fault.message}.`);
  const rows = await countedRows(widened, source, { outcomes: [outcome], asOf, brought });
  const missing = rows.length > 0 ? notBrought(rows, definitionOf(widened, outcome)) : undefined;
  if (missing !== undefined) {
    throw new AnalysisRefusedError(
      `The count \`${missing}\` is missing, and a ledger of alerts cannot know it: give it by unit in \`brought\`, or in \`counts\` of every row.`,
    );
  }
  return measure(widened, rows, {
    outcome,
    level: options.level,
    draws: options.draws,
    allocation: await allocationOf(trial, source, options.allocation),
  });
}

/** The trial with one more metric of its own. */
function withMetric(trial: Trial, metric: CustomMetric): Trial {
  const problems = metricProblems(metric, trial.protocol.responseWindow);
  if (problems.length > 0) {
    const words = problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
    throw new AnalysisRefusedError(`The metric is refused: ${words}.`, { problems });
  }
  return { ...trial, metrics: [metric, ...trial.metrics] };
}
