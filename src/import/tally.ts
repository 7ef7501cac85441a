import type { BackfillReceipt, PastFiring } from '../store/log/backfill-port.ts';
import type { Trial } from '../trial/trial.ts';
import type { Ordered } from './in-order.ts';
import type { ReasonCounts, RejectedRow } from './rejects.ts';
import { reasonTally } from './rejects.ts';

/** A rejected row without what it held. */
export type RejectedLine = Omit<RejectedRow, 'row'> & { readonly file: string };

/** What became of an alert log. In a dry run, what would have, but for what the ledger holds already. */
export interface AlertLogReport {
  /** Rows that could be read as such. */
  readonly rows: number;
  /** Showings that the kept rows tell of: `imported`, `duplicate`, or rejected by the ledger. */
  readonly showings: number;
  /** Impressions that are in the ledger now, and were not before; 0 in a dry run. */
  readonly imported: number;
  /** Impressions that were in the ledger before. */
  readonly duplicate: number;
  /** Dismissals, acceptances and orders that are in the ledger now; in a dry run, that were told. */
  readonly answers: number;
  readonly duplicateAnswers: number;
  /** Rows that tell more of a showing than another row did. */
  readonly merged: number;
  /** Rows that are none of the trial's alerts. */
  readonly dropped: number;
  readonly droppedBy: ReasonCounts;
  readonly rejected: number;
  readonly rejectedBy: ReasonCounts;
  /** The first rejected rows, to look at. */
  readonly firstRejected: readonly RejectedLine[];
  /** Showings of another arm than was assigned. */
  readonly deviations: number;
  /** Showings by arm, of random assignments. */
  readonly arms: Readonly<Record<string, number>>;
  /** Showings whose arm is not random, by the reason. */
  readonly notRandomized: Readonly<Record<string, number>>;
  /**
   * Showings that came so much later than their time that openings of charts beside them may be told apart
   * wrongly: where there are many, sort the extract by time.
   */
  readonly outOfOrder: number;
}

const mostShown = 20;

/** Counts what becomes of an alert log. */
export interface Tally {
  readonly progress: { readonly rows: number; readonly rejected: number };
  readonly read: (rows: number) => void;
  readonly drop: (why: string) => void;
  readonly reject: (rejected: RejectedRow, file: string) => void;
  readonly assign: (firings: readonly PastFiring[]) => void;
  readonly settle: (receipt: BackfillReceipt) => void;
  readonly report: (ordered: Pick<Ordered, 'late' | 'merged'>) => AlertLogReport;
}

/** An empty tally for a trial. */
export function tallyOf({ arms }: Pick<Trial, 'arms'>): Tally {
  const dropped = reasonTally();
  const rejected = reasonTally();
  const firstRejected: RejectedLine[] = [];
  const byArm = new Map(arms.map(({ name }) => [name, 0]));
  const byReason = new Map<string, number>();
  let rows = 0;
  let showings = 0;
  let told = 0;
  let deviations = 0;
  const settled = { durable: 0, duplicate: 0, answers: 0, duplicateAnswers: 0 };
  let isSettled = false;
  const add = (counts: Map<string, number>, name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  return {
    get progress() {
      return { rows, rejected: rejected.count };
    },
    read: (count) => {
      rows += count;
    },
    drop: (why) => dropped.add({ reason: why }),
    reject: ({ line, reason, column }, file) => {
      rejected.add({ reason, column });
      if (firstRejected.length < mostShown) firstRejected.push({ file, line, reason, column });
    },
    assign: (firings) => {
      for (const { assignment, answers, deviations: departed } of firings) {
        showings += 1;
        told += answers.length;
        deviations += departed.length;
        if (assignment.randomized) add(byArm, assignment.arm);
        else add(byReason, assignment.reason);
      }
    },
    settle: (receipt) => {
      isSettled = true;
      settled.durable += receipt.durable;
      settled.duplicate += receipt.duplicate;
      settled.answers += receipt.answers;
      settled.duplicateAnswers += receipt.duplicateAnswers;
    },
    report: ({ late, merged }) => ({
      rows,
      showings,
      imported: settled.durable,
      duplicate: settled.duplicate,
      answers: isSettled ? settled.answers : told,
      duplicateAnswers: settled.duplicateAnswers,
      merged,
      dropped: dropped.count,
      droppedBy: dropped.byReason,
      rejected: rejected.count,
      rejectedBy: rejected.byReason,
      firstRejected,
      deviations,
      arms: Object.fromEntries(byArm),
      notRandomized: Object.fromEntries(byReason),
      outOfOrder: late,
    }),
  };
}
