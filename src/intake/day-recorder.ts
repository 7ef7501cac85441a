import type { PatientDayDetails, Recorded, TrialLog } from '../store/log/port.ts';
import type { Store } from '../store/port.ts';
import type { Protocol, Unit } from '../trial/protocol.ts';
import type { KnownSubject } from './known-subject.ts';
import type { ToldDays } from './standing.ts';
import { standingDays } from './standing.ts';
import { underWay } from './under-way.ts';

/** What became of patient-days that were handed to a log. */
export interface DayCounts {
  /** Patient-days handed to the log, by what became of them. */
  readonly patientDays: number;
  readonly durable: number;
  readonly duplicate: number;
  /** Rejected or lost. */
  readonly failed: number;
  /** Of the durable ones, those that correct what stood in the ledger. */
  readonly amended: number;
  /** Of the amended ones, those that the record no longer tells. */
  readonly withdrawn: number;
  /**
   * Days that stand in the ledger though the record no longer tells them, because an encounter of the
   * patient could not be used or the unit is not told any more.
   */
  readonly leftStanding: number;
}

/** The days of one subject. */
export interface SubjectDays<U extends Unit> {
  readonly subject: KnownSubject<U>;
  readonly days: readonly PatientDayDetails[];
}

/** Everything that a record tells of one patient. */
export interface PatientTold<U extends Unit> {
  /** The id as the record has it. */
  readonly patient: string;
  readonly groups: readonly SubjectDays<U>[];
  /** Whether everything that the record holds of the patient could be used. */
  readonly isSound: boolean;
}

/** How to record what a record tells. */
export interface DayRecorderOptions {
  /** First instant that is told, milliseconds. */
  readonly from: number;
  /** First instant that is not. */
  readonly to: number;
  /** With it, days that stand there and that the record does not tell any more are taken back. */
  readonly ledger?: Pick<Store, 'pseudonym' | 'read'> | undefined;
}

/** Records the patient-days of patients, one after the other. */
export interface DayRecorder<U extends Unit> {
  readonly counts: DayCounts;
  /** Waits now and then for what is on its way, so that no more is than fits. */
  record(told: PatientTold<U>): Promise<void>;
  /** Resolves when everything has settled. */
  settle(): Promise<void>;
}

const noTime = { calendar: 0, midnight: 0, elapsed: 0 } as const;

/** A recorder of patient-days that corrects, and with a ledger takes back, what was told before. */
export async function dayRecorder<P extends Protocol>(
  log: Pick<TrialLog<P>, 'trial' | 'patientDays'>,
  { from, to, ledger }: DayRecorderOptions,
): Promise<DayRecorder<P['unit']>> {
  const { trial } = log;
  const standing = ledger && (await standingDays(ledger, { trial, from, to }));
  const counts = {
    patientDays: 0,
    durable: 0,
    duplicate: 0,
    failed: 0,
    amended: 0,
    withdrawn: 0,
    leftStanding: 0,
  };
  const way = underWay();

  const count = async (recorded: Recorded, withdraws: boolean): Promise<void> => {
    const { status, amended = false } = await recorded.settled;
    counts[status === 'durable' || status === 'duplicate' ? status : 'failed'] += 1;
    if (amended) counts.amended += 1;
    if (withdraws) counts[amended ? 'withdrawn' : 'leftStanding'] += 1;
  };
  const send = (recorded: Recorded, withdraws: boolean): void => {
    way.add(count(recorded, withdraws));
    counts.patientDays += 1;
  };

  return {
    get counts() {
      return { ...counts };
    },
    record: async ({ patient, groups, isSound }) => {
      const told: ToldDays<P['unit']>[] = [];
      for (const { subject, days } of groups) {
        told.push({ subject, days: new Set(days.map(({ day }) => day)) });
        for (const day of days) send(log.patientDays(subject, day), false);
      }
      for (const { day, subject } of standing?.untold(patient, told) ?? []) {
        if (isSound && subject !== undefined) {
          send(log.patientDays(subject, { day, ...noTime }), true);
        } else counts.leftStanding += 1;
      }
      await way.room();
    },
    settle: () => way.settle(),
  };
}
