import type { ChainReport, SumsAudit } from '../../../store/index.ts';
import { auditSums, readHeads, verifyChain } from '../../../store/index.ts';
import { chainLines, strangersAmong, strangersLine } from '../../chain-words.ts';
import { openLedger } from '../../ledger.ts';
import type { Streams } from '../../streams.ts';
import { say } from '../../streams.ts';
import { counted, titleOf } from '../../words.ts';

export interface VerifyStoreArguments {
  readonly ledger: string;
  readonly heads?: string | undefined;
  readonly json: boolean;
}

interface Finding {
  readonly trial: string;
  readonly round: number;
  readonly fingerprint: string;
  readonly chain: ChainReport;
  /** Null when the events were removed. */
  readonly sums: SumsAudit | null;
}

const shownAtMost = 20;

function sumsLines(sums: SumsAudit | null): readonly string[] {
  if (sums === null) return ['  sums: stand as they were when the events were removed'];
  const { units, differences } = sums;
  if (differences.length === 0) {
    return [
      `  sums: those of ${counted(units, 'unit')} are what the events give, each answer joined to its alert`,
    ];
  }
  const lines = differences
    .slice(0, shownAtMost)
    .map(
      ({ arm, sum, kept, counted: found }) =>
        `    ${arm}, ${sum}: ${kept}, the events give ${found}`,
    );
  const more = differences.length - lines.length;
  return [
    `  sums: WRONG in ${counted(differences.length, 'place')}: an answer without its alert, or a change by hand (see store rebuild)`,
    ...lines,
    ...(more > 0 ? [`    and ${more} more; --json lists them all`] : []),
  ];
}

/** `rapidcycle store verify`. Exit code 1 when a chain is broken or a sum is not what the events give. */
export async function verifyStoreCommand(
  options: VerifyStoreArguments,
  streams: Streams,
): Promise<number> {
  const published = options.heads === undefined ? [] : await readHeads(options.heads);
  await using store = await openLedger(options.ledger);
  const findings: Finding[] = [];
  const registered = await store.trials();
  for (const trial of registered) {
    const { id, round, fingerprint, retiredAt } = trial;
    findings.push({
      trial: id,
      round,
      fingerprint,
      chain: await verifyChain(store, trial, { published }),
      sums: retiredAt === null ? await auditSums(store, fingerprint) : null,
    });
  }
  const strangers = strangersAmong(published, registered);
  if (options.json) {
    say(streams, JSON.stringify({ findings, strangers }, null, 2));
  } else {
    if (findings.length === 0) say(streams, 'The ledger holds no trial yet.');
    for (const { trial: id, chain, sums, ...rest } of findings) {
      say(streams, titleOf({ id, ...rest }));
      for (const line of [...chainLines(chain), ...sumsLines(sums)]) say(streams, line);
    }
    if (strangers.length > 0) say(streams, strangersLine(strangers));
  }
  const wrong = findings.some(
    ({ chain, sums }) => chain.problems.length > 0 || (sums?.differences.length ?? 0) > 0,
  );
  return wrong || strangers.length > 0 ? 1 : 0;
}
