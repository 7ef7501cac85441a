import type { Allocation } from '../allocation/index.ts';
import type { RegisteredTrial, Store } from '../store/port.ts';
import type { Arm } from '../trial/protocol.ts';
import type { Trial } from '../trial/trial.ts';
import { withText } from './estimable.ts';
import { gateOf } from './decision/gate.ts';
import { equityReport } from './equity/index.ts';
import { designOf } from './design.ts';
import { factorialOf } from './factors.ts';
import { identityOf } from './identity.ts';
import { integrityReport } from './integrity/index.ts';
import { listStateOf } from './integrity/list-state.ts';
import { responseTimes } from './metrics/response-time.ts';
import { integrityOf, notRandomized } from './integrity/integrity.ts';
import { judge } from './judge.ts';
import { measureBy } from './measure.ts';
import type { BroughtCounts } from './metrics/counted-rows.ts';
import { countedRows } from './metrics/counted-rows.ts';
import type { Column, UnitRow } from './rows.ts';
import { isOverTime } from './over-time.ts';
import { allocationOf } from './rows.ts';
import { sampleRatioOf } from './integrity/sample-ratio.ts';
import { analysisText } from './text/summary.ts';
import type { ArmFlow, TrialAnalysis } from './trial-analysis.ts';

/** A ledger, as far as the analysis needs it. */
export type Ledger = Pick<Store, 'summaries' | 'days' | 'flow' | 'trials'> &
  Partial<Pick<Store, 'counts' | 'delays' | 'read' | 'unitDays' | 'allocation'>>;

export interface AnalyzeOptions {
  /** Milliseconds since 1970-01-01T00:00Z; default now. */
  readonly asOf?: number | undefined;
  /** Counts that a ledger of alerts cannot know, by unit, for the metrics that name them. */
  readonly brought?: readonly BroughtCounts[] | undefined;
  /** The list of a trial that allocates from one; default the one that the ledger keeps. */
  readonly allocation?: Allocation | undefined;
  /**
   * Whether every event of the ledger is read for integrity and response times, which takes seconds
   * for a million of them; default true. Of a retired trial there is none to read.
   */
  readonly readEvents?: boolean | undefined;
}

/**
 * Analyses a trial as its protocol says: its metrics by arm, integrity, and the verdict.
 *
 * @param source a ledger, or unit summaries from anywhere (then without flow and daily course)
 * @throws AnalysisRefusedError for rows of another trial, or without a count that a metric needs, or
 *   when the trial allocates from a list and there is none
 * @throws AllocationError when the list is of another trial, or was not made as it says
 */
export async function analyze(
  trial: Trial,
  source: Ledger | readonly UnitRow[],
  options: AnalyzeOptions = {},
): Promise<TrialAnalysis> {
  const { asOf = Date.now(), brought, readEvents = true } = options;
  const ledger = 'flow' in source ? source : undefined;
  const outcomes = [trial.primary, ...trial.guardrails, ...trial.secondary];
  const rows = await countedRows(trial, source, { outcomes, asOf, brought });
  // Patients cannot be added up over periods.
  const wholeRows =
    isOverTime(trial) && ledger !== undefined ? await ledger.summaries(trial.fingerprint) : rows;
  const flow = (await ledger?.flow(trial.fingerprint)) ?? [];
  const days = (await ledger?.days(trial.fingerprint)) ?? [];
  const trials = (await ledger?.trials()) ?? [];
  const registered = trials.find(({ fingerprint }) => fingerprint === trial.fingerprint);
  const stoppedAt = stopOf(trial, registered, asOf);
  const final = asOf >= (stoppedAt ?? trial.endsAt) + trial.responseWindow;

  const allocation = await allocationOf(trial, source, options.allocation);
  const design = designOf(trial, allocation);

  const sampleRatio = sampleRatioOf(trial, rows, allocation);
  const { warnings, obstacles } = integrityOf(trial, { sampleRatio, flow, days, rows, stoppedAt });
  const others = trial.arms.filter(({ name }) => name !== trial.control);
  const { primary, guardrails, verdicts } = judge(trial, rows, { design, final, obstacles });
  const secondary = trial.secondary.map((outcome) => ({
    outcome,
    measure: measureBy(trial, rows, { outcome, design }),
  }));
  // Whether the events were removed, so that only their sums can be analysed.
  const retired = (registered?.retiredAt ?? null) !== null;
  const audited =
    readEvents && ledger !== undefined && !retired
      ? await auditOf(trial, ledger, allocation)
      : nothingRead;
  const result: TrialAnalysis = {
    trial: headOf(trial),
    asOf: new Date(asOf).toISOString(),
    final,
    stoppedAt: stoppedAt === null ? null : new Date(stoppedAt).toISOString(),
    arms: trial.arms.map(({ name }) => armFlow(trial, name, wholeRows)),
    notRandomized: notRandomized(flow),
    list: allocation === undefined ? null : listStateOf(trial, allocation, { rows }),
    sampleRatio,
    primary,
    guardrails: guardrails.map((guardrail) => guardrail.measure),
    secondary: secondary.map((each) => each.measure),
    gate: gateOf(trial, verdicts, { rows, design, secondary }),
    factorial: factorialOf(trial, rows, primary),
    identities: others.map(({ name }) => identityOf(trial, rows, name, trial.primary)),
    verdicts,
    ...audited,
    // Its subgroups are compared without regard to periods.
    equity: trial.strata.length > 0 && !isOverTime(trial) ? equityReport(trial, rows) : null,
    days,
    warnings: [
      ...new Set([
        ...warnings,
        ...(audited.integrity?.warnings ?? []),
        ...(retired ? [withoutEvents] : []),
      ]),
    ],
  };
  return withText(result, () => analysisText(result));
}

const withoutEvents =
  'The events of this trial were removed: its sums are what they were, and what only events can tell (integrity by event, response times) cannot be looked at any more.';

const nothingRead = { integrity: null, responseTimes: null } as const;

/** What only the events themselves can tell. */
async function auditOf(
  trial: Trial,
  ledger: Ledger,
  allocation: Allocation | undefined,
): Promise<Pick<TrialAnalysis, 'integrity' | 'responseTimes'>> {
  return {
    integrity: hasEvents(ledger) ? await integrityReport(trial, ledger, { allocation }) : null,
    responseTimes: hasDelays(ledger) ? await responseTimes(trial, ledger) : null,
  };
}

function hasEvents(ledger: Ledger): ledger is Ledger & Pick<Store, 'read'> {
  return ledger.read !== undefined;
}

function hasDelays(ledger: Ledger): ledger is Ledger & Pick<Store, 'counts' | 'delays'> {
  return ledger.counts !== undefined && ledger.delays !== undefined;
}

/** When the trial was stopped before its planned end, as known at an instant. */
function stopOf(
  trial: Trial,
  registered: Pick<RegisteredTrial, 'stoppedAt'> | undefined,
  asOf: number,
): number | null {
  const stoppedAt = registered?.stoppedAt ?? null;
  return stoppedAt !== null && stoppedAt < trial.endsAt && stoppedAt <= asOf ? stoppedAt : null;
}

function headOf(trial: Trial): TrialAnalysis['trial'] {
  const { id, round, title, unit, timeZone, control, fingerprint, protocol } = trial;
  return {
    id,
    round,
    title,
    unit,
    timeZone,
    start: protocol.start,
    end: protocol.end,
    arms: trial.arms.map(({ name, weight, description }: Arm) => ({
      name,
      weight,
      description: description ?? null,
    })),
    control,
    fingerprint,
    governance: protocol.governance,
  };
}

function armFlow(trial: Trial, arm: string, rows: readonly UnitRow[]): ArmFlow {
  const own = rows.filter((row) => row.arm === arm);
  const total = (column: Column): number => own.reduce((sum, row) => sum + (row[column] ?? 0), 0);
  return {
    arm,
    units: new Set(own.map(({ unitId }) => unitId)).size,
    // A patient who was at risk in two strata has two rows.
    patients:
      trial.unit === 'patient'
        ? new Set(own.filter(({ patients = 0 }) => patients > 0).map(({ unitId }) => unitId)).size
        : total('patients'),
    patientDays: total('calendarDays'),
    alerts: total('alerts'),
    openings: total('alertsByOpening'),
    silent: total('silent'),
    accepted: total('accepted'),
    dismissed: total('dismissed'),
    ignored:
      total('alerts') - total('accepted') - total('dismissed') + total('acceptedAndDismissed'),
  };
}
