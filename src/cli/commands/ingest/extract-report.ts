import type { AlertLogReport, OrderImportCounts, StayImportCounts } from '../../../import/index.ts';
import { counted, grouped } from '../../words.ts';

/** What became of the rows of an extract. */
export type ExtractReport = AlertLogReport | StayImportCounts | OrderImportCounts;

const reasonsOf = (title: string, counts: Readonly<Record<string, number>>): readonly string[] =>
  Object.entries(counts)
    .sort(([, one], [, other]) => other - one)
    .map(([reason, count]) => `  ${title}: ${grouped(count)}, ${reason}`);

const armsOf = ({ arms }: AlertLogReport): string =>
  Object.entries(arms)
    .map(([arm, count]) => `${arm} ${grouped(count)}`)
    .join(', ');

function linesOfAlerts(report: AlertLogReport, dryRun: boolean): readonly string[] {
  const { rows, dropped, rejected, showings, imported, duplicate } = report;
  return [
    `${counted(rows, 'row')}: ${grouped(dropped)} dropped, ${grouped(rejected)} rejected, ${counted(showings, 'showing')}`,
    dryRun
      ? `Answers: ${grouped(report.answers)}. What the ledger knows is not looked up, and would not be written again.`
      : `Showings: ${grouped(imported)} new, ${grouped(duplicate)} known; answers: ${grouped(report.answers)} new, ${grouped(report.duplicateAnswers)} known`,
    `By arm: ${armsOf(report)}`,
    ...reasonsOf('not random', report.notRandomized),
    ...(report.deviations > 0
      ? [`${counted(report.deviations, 'showing')} of another arm than was assigned`]
      : []),
    ...reasonsOf('dropped', report.droppedBy),
    ...reasonsOf('rejected', report.rejectedBy),
    ...(rows > 0 && showings === 0
      ? [
          'No row is a showing of an alert of the trial: look at "alerts" and "codes" of the mapping.',
        ]
      : []),
  ];
}

function linesOfTable(report: StayImportCounts | OrderImportCounts): readonly string[] {
  const rows = counted(report.rows, 'row');
  if ('stays' in report) {
    return [
      `${rows}: ${counted(report.stays, 'stay')} of ${counted(report.patients, 'patient')}`,
      `Patient-days: ${grouped(report.durable)} new or amended, ${grouped(report.duplicate)} known, ${grouped(report.withdrawn)} taken back, ${grouped(report.leftStanding)} left standing, ${grouped(report.failed)} failed`,
    ];
  }
  return [
    `${rows}: ${counted(report.orders, 'order')} of ${counted(report.patients, 'patient')} with an alert`,
    `Orders: ${grouped(report.durable)} new, ${grouped(report.duplicate)} known, ${grouped(report.failed)} failed; ${grouped(report.unmatched)} belong to no alert, ${grouped(report.further)} to one that has one, ${grouped(report.possible)} perhaps`,
  ];
}

/** What became of an extract, in lines for a person. */
export function linesOf(report: ExtractReport, dryRun: boolean): readonly string[] {
  if ('showings' in report) return linesOfAlerts(report, dryRun);
  return [
    ...linesOfTable(report),
    ...reasonsOf('left out', report.leftOut),
    ...reasonsOf('rejected', report.rejected),
  ];
}

/** How many rows were rejected. */
export function rejectedOf({ rejected }: ExtractReport): number {
  if (typeof rejected === 'number') return rejected;
  return Object.values(rejected).reduce((sum, count) => sum + count, 0);
}
