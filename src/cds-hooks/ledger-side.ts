import { assignControl } from '../allocation/assign.ts';
import type { SubjectIds } from '../allocation/subject.ts';
import type { LoggedAssignment, Recorded, TrialLog } from '../store/log/port.ts';
import type { Protocol } from '../trial/protocol.ts';

/** How an alert writes: never waits, never throws. */
export interface LedgerSide<P extends Protocol> {
  /** @returns `undefined` when the log itself is broken */
  assign(subject: SubjectIds, at: number): LoggedAssignment<P> | undefined;
  /** The same subject given the control arm because something broke. */
  standIn(assigned: LoggedAssignment<P> | undefined): LoggedAssignment<P>;
  impression(
    assignment: LoggedAssignment<P>,
    details: {
      readonly id: string;
      readonly at: number;
      readonly alert: string;
      readonly shown: boolean;
    },
  ): void;
  deviation(assignment: LoggedAssignment<P>, what: string, at: number): void;
}

/** Puts a log behind a wall that nothing gets through: neither what it throws nor what it rejects. */
export function ledgerSide<P extends Protocol>(
  log: TrialLog<P>,
  onBroken: (error: unknown) => void,
): LedgerSide<P> {
  const leave = (write: () => Recorded): void => {
    try {
      void Promise.resolve(write().settled).catch(onBroken);
    } catch (error) {
      onBroken(error);
    }
  };
  // A unit that is missing is expected at run time, though the type of a subject has it present.
  const assigner: {
    assign(subject: SubjectIds, options: { readonly at: number }): LoggedAssignment<P>;
  } = log;
  return {
    assign: (subject, at) => {
      try {
        return assigner.assign(subject, { at });
      } catch (error) {
        onBroken(error);
        return undefined;
      }
    },
    standIn: (assigned) => ({
      ...assignControl(log.trial, 'fault', assigned?.unitId ?? null),
      ids: assigned?.ids ?? {},
      stratum: assigned?.stratum ?? '',
    }),
    impression: (assignment, { shown, ...details }) =>
      leave(() => log.impression(assignment, { ...details, stage: shown ? 'returned' : 'silent' })),
    deviation: (assignment, what, at) => leave(() => log.deviation(assignment, what, { at })),
  };
}
