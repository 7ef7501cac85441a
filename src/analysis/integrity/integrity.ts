import type { DaySums, FlowCount } from '../../store/port.ts';
import { isRandom } from '../../trial/reason.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Estimable } from '../estimable.ts';
import type { UnitRow } from '../rows.ts';
import type { SampleRatio } from './sample-ratio.ts';
import { pText } from '../text/words.ts';
import type { TrialAnalysis } from '../trial-analysis.ts';

/** What speaks against reading the effects of a trial. */
export interface Integrity {
  readonly warnings: readonly string[];
  /** Why nothing but harm may be concluded about an arm. */
  readonly obstacles: (arm: string) => readonly string[];
}

/** What deviated when an arm's code could not serve an alert that it was due to serve. */
const unserved: ReadonlySet<string> = new Set(['arm-failed', 'arm-late', 'cards-malformed']);

/** From this share of an arm's alerts on, failures of its code forbid a conclusion. */
const toleratedFailures = 0.01;

const sumOf = (flow: readonly FlowCount[]): number =>
  flow.reduce((sum, { events }) => sum + events, 0);

/** Looks for what would make an effect misleading. */
export function integrityOf(
  trial: Trial,
  found: {
    readonly sampleRatio: Estimable<SampleRatio>;
    readonly flow: readonly FlowCount[];
    readonly days: readonly DaySums[];
    readonly rows: readonly UnitRow[];
    readonly stoppedAt: number | null;
  },
): Integrity {
  const { sampleRatio, flow, days, rows, stoppedAt } = found;
  const warnings: string[] = [];
  const general: string[] = [];
  const ofArm = new Map<string, string>();

  if (sampleRatio.estimable && sampleRatio.mismatch) {
    general.push(
      `The arms do not hold the units that the protocol would give them (${pText(sampleRatio.pValue)}): find out why before reading any effect.`,
    );
  }
  if (stoppedAt !== null) {
    general.push(
      'The trial was stopped before its planned end, and its intervals do not allow for that: it cannot be adopted or discarded on them.',
    );
  }
  const failures = flow.filter(
    ({ type, reason, kind }) =>
      type === 'deviation' && isRandom(reason) && unserved.has(kind ?? ''),
  );
  for (const { name } of trial.arms) {
    const missing = sumOf(failures.filter(({ arm }) => arm === name));
    if (missing === 0) continue;
    // Such alerts get the control arm's cards: the arm would look quieter than it is.
    const text = `${missing} alert(s) of arm ${name} could not be served as assigned and are missing from its counts: its rate is too low by as many.`;
    const alerts = rows.reduce((sum, row) => sum + (row.arm === name ? (row.alerts ?? 0) : 0), 0);
    if (missing > toleratedFailures * (alerts + missing)) ofArm.set(name, text);
    else warnings.push(text);
  }
  const faulty = sumOf(
    flow.filter(({ type, reason }) => type === 'impression' && reason === 'fault'),
  );
  if (faulty > 0) {
    warnings.push(
      `${faulty} alert(s) were served the control arm after a fault; they are not counted.`,
    );
  }
  const others = sumOf(
    flow.filter(({ type, kind }) => type === 'deviation' && !unserved.has(kind ?? '')),
  );
  if (others > 0) warnings.push(`${others} other deviation(s) from the protocol are recorded.`);
  const gaps = sumOf(flow.filter(({ type }) => type === 'gap'));
  if (gaps > 0) {
    warnings.push(
      `${gaps} gap(s) are recorded: events were lost there, and the counts are too low.`,
    );
  }
  const lastDay = (column: 'alerts' | 'calendarDays'): string =>
    days.reduce((last, row) => (row[column] > 0 && row.day > last ? row.day : last), '');
  if (lastDay('alerts') > lastDay('calendarDays')) {
    warnings.push(
      `There are alerts up to ${lastDay('alerts')} but patient-days only up to ${lastDay('calendarDays') || 'no day'}: rates per patient-day are too high in every arm until they are brought up to date.`,
    );
  }
  return {
    warnings: [...general, ...ofArm.values(), ...warnings],
    obstacles: (arm) => {
      const own = [ofArm.get(arm), ofArm.get(trial.control)].filter((text) => text !== undefined);
      return [...general, ...own];
    },
  };
}

/** Alerts that were not random and are not counted, by reason, the most frequent first. */
export function notRandomized(flow: readonly FlowCount[]): TrialAnalysis['notRandomized'] {
  const alerts = new Map<string, number>();
  for (const { type, reason, events } of flow) {
    if (type !== 'impression' || isRandom(reason)) continue;
    alerts.set(reason, (alerts.get(reason) ?? 0) + events);
  }
  return [...alerts]
    .map(([reason, events]) => ({ reason, alerts: events }))
    .sort((a, b) => b.alerts - a.alerts);
}
