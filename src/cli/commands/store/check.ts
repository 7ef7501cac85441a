import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { auditSums, checkLedger } from '../../../store/index.ts';
import { isOnServer, needLedger, openLedger } from '../../ledger.ts';
import type { Streams } from '../../streams.ts';
import { say } from '../../streams.ts';
import { counted, size, titleOf } from '../../words.ts';
import type { LedgerReport } from './stats.ts';
import { reportOn, reportText } from './stats.ts';

export interface CheckArguments {
  readonly ledger: string;
  readonly json: boolean;
}

/** How a ledger is doing, and what somebody should do about it. */
interface HealthReport extends LedgerReport {
  /** Space left where the ledger file lies, bytes; null for a server. */
  readonly free: number | null;
  /** What is wrong, and what to do; empty when nothing is. */
  readonly problems: readonly string[];
}

// A trial of 10 million events takes some 3 GB; below this a busy week may not fit.
const littleSpace = 1e9;

function spaceProblems(free: number | null): readonly string[] {
  if (free === null || free >= littleSpace) return [];
  return [`only ${size(free)} are free where the ledger lies: make room before events are lost`];
}

function trialProblems(trial: LedgerReport['trials'][number]): readonly string[] {
  return trial.lost === 0
    ? []
    : [
        `${titleOf(trial)}: ${counted(trial.lost, 'event')} could not be recorded; read the service's log of those times, and see what the analysis says of the gaps`,
      ];
}

/** `rapidcycle store check`. Exit code 1 when somebody should act. */
export async function checkCommand(options: CheckArguments, streams: Streams): Promise<number> {
  const { ledger, json } = options;
  needLedger(ledger);
  // First the file: a damaged one cannot even be opened.
  const damage = isOnServer(ledger) ? [] : (await checkLedger(ledger)).problems;
  if (damage.length > 0) {
    const problems = damage.map((problem) => `${problem}: restore the ledger from a backup`);
    say(
      streams,
      json ? JSON.stringify({ location: ledger, problems }, null, 2) : problems.join('\n'),
    );
    return 1;
  }
  await using store = await openLedger(ledger);
  const report = await reportOn(store);
  const problems: string[] = [];
  for (const trial of report.trials) {
    problems.push(...trialProblems(trial));
    if (trial.retiredAt !== null) continue;
    const { differences } = await auditSums(store, trial.fingerprint);
    if (differences.length > 0) {
      problems.push(
        `${titleOf(trial)}: ${counted(differences.length, 'sum')} differ from what the events give: see rapidcycle store verify`,
      );
    }
  }
  const disk = isOnServer(ledger) ? undefined : statfsSync(dirname(store.location));
  const free = disk === undefined ? null : disk.bavail * disk.bsize;
  const health: HealthReport = {
    ...report,
    free,
    problems: [...spaceProblems(free), ...problems],
  };
  if (json) {
    say(streams, JSON.stringify(health, null, 2));
  } else {
    say(streams, reportText(health));
    if (free !== null) say(streams, `${size(free)} free on its disk`);
    say(streams, health.problems.length === 0 ? 'All is well.' : 'To do:');
    for (const problem of health.problems) say(streams, `  ${problem}`);
  }
  return health.problems.length > 0 ? 1 : 0;
}
