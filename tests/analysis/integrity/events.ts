import type { TrialEvent } from '../../../src/index.ts';
import type { Trial } from '../../../src/index.ts';
import type { SequencedEvent } from '../../../src/store/index.ts';

/** Makes events of a trial that are right, to be changed by a test. */
export function eventsOf(trial: Trial) {
  let sequence = 0;
  const noon = trial.startsAt + 5 * 86_400_000 + 12 * 3_600_000;
  const id = (): string =>
    `00000000-0000-7000-8000-${(sequence += 1).toString(16).padStart(12, '0')}`;
  const base = (changes: Partial<TrialEvent>) => {
    const at = changes.at ?? noon + sequence * 120_000;
    return {
      id: id(),
      trial: trial.fingerprint,
      arm: 'usual',
      randomized: true,
      reason: 'hashed' as const,
      unitId: 'u1',
      patient: 'u1',
      stratum: '',
      at,
      day: new Date(at - 4 * 3_600_000).toISOString().slice(0, 10),
      receivedAt: at,
    };
  };
  return {
    noon,
    alert: (changes: Readonly<Record<string, unknown>> = {}): TrialEvent => {
      const made = base(changes);
      return {
        ...made,
        type: 'impression',
        stage: 'returned',
        alert: 'flu',
        opening: made.id,
        ...changes,
      } as unknown as TrialEvent;
    },
    answer: (to: TrialEvent, changes: Readonly<Record<string, unknown>> = {}): TrialEvent =>
      ({
        ...base({}),
        type: 'dismissal',
        arm: to.arm,
        impression: to.id,
        opening: to.id,
        alertDay: to.day,
        delay: 60_000,
        at: to.at + 60_000,
        receivedAt: to.at + 60_000,
        ...changes,
      }) as unknown as TrialEvent,
    days: (changes: Readonly<Record<string, unknown>> = {}): TrialEvent =>
      ({
        ...base(changes),
        type: 'patient-days',
        calendar: 1,
        midnight: 1,
        elapsed: 1,
        ...changes,
      }) as unknown as TrialEvent,
  };
}

/** Events in the order of a ledger. */
export const stream = (events: readonly TrialEvent[]): readonly SequencedEvent[] =>
  events.map((event, i) => ({ sequence: i + 1, event }));
