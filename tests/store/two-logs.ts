import type { TrialEvent } from '../../src/events/event.ts';
import type { SubjectIds, Trial } from '../../src/index.ts';
import type { OpenLogOptions, Store, TrialLog } from '../../src/store/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { first, list, secondWith } from '../allocation/two-step.ts';
import { planted } from '../planted.ts';
import { during } from '../trials.ts';

/** Decides the arms of patients: with a key at random, numbers would differ from run to run. */
export const fixedKey: string = 'ab'.repeat(32);

export const now = (): number => during;

export const second: Trial = secondWith();

export const shown = { stage: 'displayed', alert: 'influenza' } as const;

export const wholeDay = { day: '2026-11-01', calendar: 1, midnight: 1, elapsed: 1 } as const;

const places = [...list.clusters.map(({ id }) => id), 'not on the list'];

/** A patient of one of the practices, of one that is not listed, or of none that is known. */
function subjectOf(i: number): SubjectIds & { readonly patient: string } {
  return {
    patient: planted('mrn', i),
    ...(i % 26 === 25 ? {} : { practice: places[i % places.length] }),
  };
}

/** The logs of both steps. */
export interface Logs {
  readonly outer: TrialLog;
  readonly inner: TrialLog;
}

/** Opens the logs of both steps on one store. */
export async function openBoth(
  store: Store,
  options: { readonly outer?: OpenLogOptions } = {},
): Promise<Logs & AsyncDisposable> {
  const outer = await openLog(first, store, { now, allocation: list, ...options.outer });
  const inner = await openLog(second, store, { now, within: outer });
  const close = async (): Promise<void> => {
    await inner.close();
    await outer.close();
  };
  return { outer, inner, [Symbol.asyncDispose]: close };
}

/** One alert, and a patient-day, of each of so many patients, in both logs. */
export async function fill({ outer, inner }: Logs, patients: number): Promise<void> {
  for (let i = 0; i < patients; i += 1) {
    const subject = subjectOf(i);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a subject without its practice is part of the test
    const known = subject as typeof subject & { readonly practice: string };
    const delivery = outer.assign(known);
    outer.impression(delivery, delivery.silent ? { ...shown, stage: 'silent' } : shown);
    outer.patientDays(known, wholeDay);
    const { id } = inner.impression(inner.assign(subject), shown);
    if (i % 3 === 0) inner.acceptance(id);
    inner.patientDays(subject, wholeDay);
  }
  await outer.flush();
  await inner.flush();
}

/** What a store holds of a trial. */
export async function eventsOf(trial: Trial, store: Store): Promise<readonly TrialEvent[]> {
  const events: TrialEvent[] = [];
  for await (const { event } of store.read({ trial: trial.fingerprint })) events.push(event);
  return events;
}

/** The rows of the second step in a ledger of their own, beside those trials that are named. */
export async function copyTo(
  copy: Store,
  trials: readonly Trial[],
  change: (event: TrialEvent) => TrialEvent = (event) => event,
): Promise<void> {
  await using store = memoryStore({ key: fixedKey });
  await using logs = await openBoth(store);
  await fill(logs, 52);
  for (const trial of trials) await copy.register(trial);
  if (trials.includes(first)) await copy.keepAllocation(list);
  await copy.append((await eventsOf(second, store)).map(change));
}
