import type { Trial } from '../../trial/trial.ts';

/** When a trial is looked at. */
export interface PhaseOptions {
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly asOf: number;
  /** When it was stopped, if it was, milliseconds. */
  readonly stoppedAt?: number | null | undefined;
}

/** Where a trial stands at an instant. */
export interface Phase {
  /** `following`: nothing is assigned any more, and answers to the last alerts still count. */
  readonly name: 'before' | 'running' | 'following' | 'over';
  /** Whether it was stopped before its planned end. */
  readonly early: boolean;
  /** First instant at which nothing is assigned any more, milliseconds. */
  readonly endsAt: number;
}

/** Where a trial stands at an instant: before it, it has not yet been stopped. */
export function phaseAt(trial: Trial, { asOf, stoppedAt }: PhaseOptions): Phase {
  if (!Number.isSafeInteger(asOf) || asOf < 0 || asOf > 253_402_300_799_999) {
    throw new RangeError('asOf must be whole milliseconds since 1970-01-01T00:00Z');
  }
  const stop = stoppedAt ?? Infinity;
  const early = stop < trial.endsAt && stop <= asOf;
  const endsAt = early ? stop : trial.endsAt;
  const phase = (name: Phase['name']): Phase => ({ name, early, endsAt });
  if (asOf >= endsAt + trial.responseWindow) return phase('over');
  if (asOf >= endsAt) return phase('following');
  return phase(asOf < trial.startsAt ? 'before' : 'running');
}
