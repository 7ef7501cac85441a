import type {
  Allocation,
  AssignedRow,
  ReplayOptions,
  ReplayReport,
} from '../../allocation/index.ts';
import { allocationFrom, referenceSetOf, replay } from '../../allocation/index.ts';
import type { Problem } from '../../errors.ts';
import { AllocationError, UsageError } from '../../errors.ts';
import type { TrialEvent } from '../../events/event.ts';
import type { RegisteredTrial, Store } from '../../store/index.ts';
import { readHeads, verifyChain } from '../../store/index.ts';
import { keysBehind } from '../../store/keys/key.ts';
import { loadTrial } from '../../trial/load.ts';
import type { Trial } from '../../trial/trial.ts';
import { trialFrom } from '../../trial/trial.ts';
import { chainLines, strangersAmong, strangersLine } from '../chain-words.ts';
import { needLedger, openLedger, openWithKey } from '../ledger.ts';
import type { Streams } from '../streams.ts';
import { say, tell } from '../streams.ts';

export interface VerifyArguments {
  readonly ledger: string;
  readonly protocol?: string | undefined;
  /** Of a ledger that was re-keyed. */
  readonly keyFile?: string | undefined;
  /** A file of published heads. */
  readonly heads?: string | undefined;
  readonly json: boolean;
}

/** What the check of a trial's list found. */
interface ListFinding {
  readonly checksum: string;
  readonly amendments: number;
  /** Why it is not the list that its protocol and its seeds give; empty when it is. */
  readonly problems: readonly Problem[];
}

/** Runs a check of a list. */
function problemsIn(check: () => unknown): readonly Problem[] {
  try {
    check();
    return [];
  } catch (cause) {
    if (cause instanceof AllocationError) return cause.problems;
    throw cause;
  }
}

/**
 * Checks the list of a trial as a ledger keeps it: that it is whole, that each amendment could have been
 * made, and that the method and the seeds give these very arms.
 *
 * @returns undefined of a trial that has no list; null where there should be one
 */
async function checkList(
  store: Store,
  registered: RegisteredTrial,
  trial: Trial,
): Promise<ListFinding | null | undefined> {
  if (trial.allocation.kind === 'hashed') return undefined;
  const kept = await store.allocation(registered.fingerprint);
  if (kept === undefined) return null;
  const { checksum, amendments } = kept;
  const problems = problemsIn(() => referenceSetOf(trial, allocationFrom(trial, kept)));
  return { checksum, amendments: amendments.length, problems };
}

/** What a replay needs of an event. An answer has the assignment of its alert, at the time of that. */
function assignedRow(event: TrialEvent): AssignedRow {
  return { ...event, assignedAt: 'delay' in event ? event.at - event.delay : event.at };
}

async function* assignedRows(store: Store, fingerprint: string): AsyncGenerator<AssignedRow> {
  for await (const { event } of store.read({ trial: fingerprint })) {
    // A gap has an arm but no unit: nobody was assigned.
    if (event.type !== 'gap') yield assignedRow(event);
  }
}

/** The list that a ledger keeps; undefined where it is none of the trial, which `checkList` tells. */
async function wholeList(
  store: Store,
  { fingerprint }: RegisteredTrial,
  trial: Trial,
): Promise<Allocation | undefined> {
  const kept = await store.allocation(fingerprint);
  if (kept === undefined || trial.allocation.kind === 'hashed') return undefined;
  // With mergers that go in a circle, a replay would never end.
  return problemsIn(() => allocationFrom(trial, kept)).length === 0 ? kept : undefined;
}

/** What the replay of a trial needs of its ledger: its stop, its list, and the trial that it lies within. */
async function replayOptions(
  store: Store,
  registered: RegisteredTrial,
  trial: Trial,
): Promise<ReplayOptions> {
  const { within } = trial.protocol;
  const trials = within === undefined ? [] : await store.trials();
  const found = trials.find(({ fingerprint }) => fingerprint === within?.fingerprint);
  const first = found && trialFrom(found.protocol);
  return {
    stoppedAt: registered.stoppedAt ?? undefined,
    allocation: await wholeList(store, registered, trial),
    original: store.pseudonym.original,
    within: first && { trial: first, ...(await replayOptions(store, found, first)) },
  };
}

/** Replays every row of a trial in a ledger. */
export async function verifyTrial(
  store: Store,
  registered: RegisteredTrial,
  trial: Trial,
): Promise<ReplayReport> {
  const options = await replayOptions(store, registered, trial);
  return replay(trial, assignedRows(store, registered.fingerprint), options);
}

/** Arms are hashed from the pseudonyms of the first key, which only the whole ring leads back to. */
async function checkRing(store: Store, { keyFile }: VerifyArguments): Promise<void> {
  const check = await store.keyCheck();
  if (keyFile === undefined && check !== undefined && keysBehind(check) > 1) {
    throw new UsageError(
      'The ledger was re-keyed, so its arms can be computed again only with its keys: give --key-file <file>. rapidcycle store verify checks the rest without them.',
    );
  }
}

const shownAtMost = 20;

function sayList(list: ListFinding | null | undefined, streams: Streams): void {
  if (list === undefined) return;
  if (list === null) {
    say(streams, '  no list is kept: the trial allocates from one, so nobody can have been random');
    return;
  }
  const { checksum, amendments, problems } = list;
  const name = `  list ${checksum.slice(0, 12)}, ${amendments} amendment(s)`;
  say(streams, `${name}: ${problems.length === 0 ? 'follows from its seed' : 'is WRONG'}`);
  for (const { path, message } of problems.slice(0, shownAtMost)) {
    say(streams, `    ${path}: ${message}`);
  }
  const more = problems.length - shownAtMost;
  if (more > 0) say(streams, `    and ${more} more; --json lists them all`);
}

/**
 * `rapidcycle verify`. Exit code 1 when any row disagrees with the protocol, the list with its seed, or the
 * chain with its events.
 */
export async function verifyCommand(options: VerifyArguments, streams: Streams): Promise<number> {
  needLedger(options.ledger);
  await using store =
    options.keyFile === undefined
      ? await openLedger(options.ledger)
      : await openWithKey(options.ledger, options);
  await checkRing(store, options);
  const published = options.heads === undefined ? [] : await readHeads(options.heads);
  const given = options.protocol === undefined ? undefined : loadTrial(options.protocol);
  const held = await store.trials();
  const strangers = strangersAmong(published, held);
  const trials = held.filter(
    ({ id, round }) => given === undefined || (id === given.id && round === given.round),
  );
  const findings = [];
  for (const registered of trials) {
    const { id, round, fingerprint } = registered;
    const trial = given ?? trialFrom(registered.protocol);
    findings.push({
      trial: id,
      round,
      fingerprint,
      list: await checkList(store, registered, trial),
      chain: await verifyChain(store, registered, { published }),
      ...(await verifyTrial(store, registered, trial)),
    });
  }
  if (options.json) {
    say(streams, JSON.stringify(findings, null, 2));
  } else {
    if (findings.length === 0)
      say(
        streams,
        given === undefined
          ? 'The ledger holds no trial yet.'
          : `The ledger holds no trial ${given.id}, round ${given.round}.`,
      );
    for (const finding of findings) {
      say(
        streams,
        `${finding.trial}, round ${finding.round} (${finding.fingerprint.slice(0, 12)}): ${finding.rows} rows, ${finding.replayed} arms computed again, ${finding.disagreements.length} disagreement(s)`,
      );
      sayList(finding.list, streams);
      const { missing } = finding;
      if (missing !== undefined) {
        say(
          streams,
          `  its ${finding.rows} row(s) cannot be replayed: it lies within ${missing.trial}, round ${missing.round} (${missing.fingerprint.slice(0, 12)}), which this ledger does not hold`,
        );
      }
      const reasons = missing === undefined ? Object.entries(finding.notReplayable) : [];
      for (const [reason, count] of reasons) {
        say(
          streams,
          `  ${count} row(s) not random, ${reason}: this does not follow from the protocol alone`,
        );
      }
      for (const { id, field, recorded, expected } of finding.disagreements.slice(0, shownAtMost)) {
        say(streams, `  ${id}: ${field} is ${recorded}, should be ${expected}`);
      }
      const more = finding.disagreements.length - shownAtMost;
      if (more > 0) say(streams, `  and ${more} more; --json lists them all`);
      for (const line of chainLines(finding.chain)) say(streams, line);
    }
  }
  if (strangers.length > 0) tell(streams, strangersLine(strangers));
  const wrong = findings.some(
    ({ list, chain, disagreements }) =>
      disagreements.length > 0 || chain.problems.length > 0 || (list?.problems.length ?? 0) > 0,
  );
  return wrong || strangers.length > 0 || (given !== undefined && findings.length === 0) ? 1 : 0;
}
