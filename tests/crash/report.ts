import type { Findings, Told } from './audit.ts';

/** What one ledger, or many of them, came to. */
export interface Report extends Findings {
  /** Writers killed, or stops of the server. */
  readonly crashes: number;
  /** Of the writers killed, those that were still opening the ledger. */
  readonly whileOpening: number;
  readonly acknowledged: number;
  /** Questions of a writer that were not answered, because the server was away. */
  readonly unanswered: number;
  /** What went wrong besides, in words. */
  readonly errors: readonly string[];
}

/** Nothing at all. */
export const blank: Report = {
  crashes: 0,
  whileOpening: 0,
  acknowledged: 0,
  stored: 0,
  unanswered: 0,
  errors: [],
  lost: 0,
  doubled: 0,
  torn: 0,
  wrongSums: 0,
  brokenChain: 0,
};

/** The reports of several ledgers as one. */
export function addReports(reports: readonly Report[]): Report {
  return reports.reduce(
    (left, right) => ({
      crashes: left.crashes + right.crashes,
      whileOpening: left.whileOpening + right.whileOpening,
      acknowledged: left.acknowledged + right.acknowledged,
      stored: left.stored + right.stored,
      unanswered: left.unanswered + right.unanswered,
      errors: [...left.errors, ...right.errors],
      lost: left.lost + right.lost,
      doubled: left.doubled + right.doubled,
      torn: left.torn + right.torn,
      wrongSums: left.wrongSums + right.wrongSums,
      brokenChain: left.brokenChain + right.brokenChain,
    }),
    blank,
  );
}

/** Nothing said yet, about a new ledger. */
export function newTold(): Told {
  return {
    acknowledged: new Set(),
    seen: new Set(),
    readUpTo: 0,
    heads: [],
    refusals: [],
    unanswered: [],
  };
}

/** Whether nothing is wrong. */
export function isSound(report: Report): boolean {
  const { lost, doubled, torn, wrongSums, brokenChain, errors } = report;
  return lost + doubled + torn + wrongSums + brokenChain + errors.length === 0;
}

/** A report in one line. */
export function lineOf(name: string, report: Report, seconds: number): string {
  const { crashes, whileOpening, acknowledged, stored, lost, doubled, torn } = report;
  const { wrongSums, brokenChain, unanswered, errors } = report;
  const count = (events: number): string => events.toLocaleString('en-GB');
  return [
    `${name.padEnd(20)} ${isSound(report) ? 'sound' : 'FAILED'}  ${crashes} crashes`,
    ...(whileOpening > 0 ? [`(${whileOpening} while opening)`] : []),
    `${count(acknowledged)} acknowledged, ${count(stored)} stored,`,
    `${lost} lost, ${doubled} doubled, ${torn} torn, ${wrongSums} wrong sums,`,
    `${brokenChain} faults of the chain, ${unanswered} unanswered, ${errors.length} errors; ${seconds.toFixed(0)} s`,
  ].join(' ');
}
