import type { DaySums, FlowCount, Store } from '../store/port.ts';
import type { Arm, Governance } from '../trial/protocol.ts';
import { isRandom } from '../trial/reason.ts';
import type { Trial } from '../trial/trial.ts';
import type { Estimable } from './estimable.ts';
import { withText } from './estimable.ts';
import type { Identity } from './identity.ts';
import { identityOf } from './identity.ts';
import type { Measure } from './measure.ts';
import { measure } from './measure.ts';
import type { UnitRow } from './rows.ts';
import { rowsOf } from './rows.ts';
import type { SampleRatio } from './sample-ratio.ts';
import { sampleRatioOf } from './sample-ratio.ts';
import { analysisText } from './summary-text.ts';
import type { Verdict } from './verdict.ts';
import { verdictOf } from './verdict.ts';

/** How many units, patients and events an arm holds, random assignments only. */
export interface ArmFlow {
  readonly arm: string;
  readonly units: number;
  readonly patients: number;
  readonly patientDays: number;
  readonly alerts: number;
  readonly openings: number;
  readonly silent: number;
  readonly accepted: number;
  readonly dismissed: number;
  /** Alerts without an answer within the response window. */
  readonly ignored: number;
}

/** What a trial shows so far. Plain data: it survives JSON unchanged. */
export interface TrialAnalysis {
  readonly trial: {
    readonly id: string;
    readonly round: number;
    readonly title: string;
    readonly unit: string;
    readonly timeZone: string;
    readonly start: string;
    readonly end: string;
    readonly arms: readonly {
      readonly name: string;
      readonly weight: number;
      readonly description: string | null;
    }[];
    readonly control: string;
    readonly fingerprint: string;
    readonly governance: Governance;
  };
  /** ISO instant. */
  readonly asOf: string;
  /** Whether the trial and its last response window are over, or it was stopped. */
  readonly final: boolean;
  /** ISO instant, or `null`. */
  readonly stoppedAt: string | null;
  readonly arms: readonly ArmFlow[];
  /** Alerts that were not random and are not counted, by reason. */
  readonly notRandomized: readonly { readonly reason: string; readonly alerts: number }[];
  readonly sampleRatio: Estimable<SampleRatio>;
  readonly primary: Measure;
  readonly guardrails: readonly Measure[];
  readonly secondary: readonly Measure[];
  readonly identities: readonly Estimable<Identity>[];
  readonly verdicts: readonly Verdict[];
  /** The daily course; empty when only unit summaries were given. */
  readonly days: readonly DaySums[];
  readonly warnings: readonly string[];
  /** The analysis as lines of text. Not part of its JSON. */
  toString(): string;
}

/** A ledger, as far as the analysis needs it. */
export type Ledger = Pick<Store, 'summaries' | 'days' | 'flow' | 'trials'>;

export interface AnalyzeOptions {
  /** Milliseconds since 1970-01-01T00:00Z; default now. */
  readonly asOf?: number | undefined;
}

/**
 * Analyses a trial as its protocol says: both metrics by arm, integrity, and the verdict.
 *
 * @param source a ledger, or unit summaries from anywhere (then without flow and daily course)
 * @throws AnalysisRefusedError for rows of another trial
 */
export async function analyze(
  trial: Trial,
  source: Ledger | readonly UnitRow[],
  options: AnalyzeOptions = {},
): Promise<TrialAnalysis> {
  const { asOf = Date.now() } = options;
  const ledger = 'flow' in source ? source : undefined;
  const rows = await rowsOf(trial, source);
  const flow = (await ledger?.flow(trial.fingerprint)) ?? [];
  const registered = (await ledger?.trials())?.find(
    ({ fingerprint }) => fingerprint === trial.fingerprint,
  );
  const stoppedAt = registered?.stoppedAt ?? null;
  const final = stoppedAt !== null || asOf >= trial.endsAt + trial.responseWindow;

  const primary = measure(trial, rows, { outcome: trial.primary });
  const guardrails = trial.guardrails.map((outcome) => ({
    outcome,
    measure: measure(trial, rows, { outcome }),
  }));
  const sampleRatio = sampleRatioOf(trial, rows);
  const others = trial.arms.filter(({ name }) => name !== trial.control);
  const result: TrialAnalysis = {
    trial: headOf(trial),
    asOf: new Date(asOf).toISOString(),
    final,
    stoppedAt: stoppedAt === null ? null : new Date(stoppedAt).toISOString(),
    arms: trial.arms.map(({ name }) => armFlow(name, rows)),
    notRandomized: notRandomized(flow),
    sampleRatio,
    primary,
    guardrails: guardrails.map((guardrail) => guardrail.measure),
    secondary: trial.secondary.map((outcome) => measure(trial, rows, { outcome })),
    identities: others.map(({ name }) => identityOf(trial, rows, name, trial.primary)),
    verdicts: others.map(({ name }) =>
      verdictOf({ trial, rows, arm: name, final, primary, guardrails }),
    ),
    days: (await ledger?.days(trial.fingerprint)) ?? [],
    warnings: warningsOf(sampleRatio, flow, stoppedAt),
  };
  return withText(result, () => analysisText(result));
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

function armFlow(arm: string, rows: readonly UnitRow[]): ArmFlow {
  const own = rows.filter((row) => row.arm === arm);
  const total = (column: Exclude<keyof UnitRow, 'unitId' | 'arm' | 'stratum'>): number =>
    own.reduce((sum, row) => sum + (row[column] ?? 0), 0);
  return {
    arm,
    units: new Set(own.map(({ unitId }) => unitId)).size,
    patients: total('patients'),
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

function notRandomized(flow: readonly FlowCount[]): TrialAnalysis['notRandomized'] {
  const alerts = new Map<string, number>();
  for (const { type, reason, events } of flow) {
    if (type !== 'impression' || isRandom(reason)) continue;
    alerts.set(reason, (alerts.get(reason) ?? 0) + events);
  }
  return [...alerts]
    .map(([reason, events]) => ({ reason, alerts: events }))
    .sort((a, b) => b.alerts - a.alerts);
}

function warningsOf(
  sampleRatio: Estimable<SampleRatio>,
  flow: readonly FlowCount[],
  stoppedAt: number | null,
): readonly string[] {
  const warnings: string[] = [];
  if (sampleRatio.estimable && sampleRatio.mismatch) {
    warnings.push(
      `The arms do not hold the units that the protocol would give them (p = ${sampleRatio.pValue.toPrecision(2)}): find out why before reading any effect.`,
    );
  }
  const faults = flow.filter(({ type, reason }) => type === 'impression' && reason === 'fault');
  const faulty = faults.reduce((sum, { events }) => sum + events, 0);
  if (faulty > 0)
    warnings.push(
      `${faulty} alert(s) were served the control arm after a fault; they are not counted.`,
    );
  // An arm whose code fails loses its alerts to the control arm's cards, and would look quieter than it is.
  for (const { arm, events } of flow.filter(
    ({ type, reason }) => type === 'deviation' && isRandom(reason),
  )) {
    warnings.push(
      `${events} alert(s) of arm ${arm} could not be served as assigned and are missing from its counts: its rate is too low by as many.`,
    );
  }
  const gaps = flow
    .filter(({ type }) => type === 'gap')
    .reduce((sum, { events }) => sum + events, 0);
  if (gaps > 0)
    warnings.push(
      `${gaps} gap(s) are recorded: events were lost there, and the counts are too low.`,
    );
  if (stoppedAt !== null)
    warnings.push(
      'The trial was stopped before its planned end; its intervals do not allow for that.',
    );
  return warnings;
}
