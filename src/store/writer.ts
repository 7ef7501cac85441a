import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { openConnection, takeService } from './connection.ts';
import { failureOf } from './failure.ts';
import type { Ledger } from './ledger.ts';
import { ledgerOf } from './ledger.ts';
import type {
  Answer,
  AppendCall,
  AppendOutcome,
  Calls,
  RequestCall,
  WriterSetup,
} from './messages.ts';
import { watchFile } from './watch.ts';

// The thread of an embedded store: it owns the connection, so that no caller ever waits for a disk.

const port = parentPort;
if (port === null) throw new Error('the writer runs in a thread of its own');

// A transaction of this many events takes a fraction of a second; more wait for the next.
const groupLimit = 20_000;

function commit(
  ledger: Pick<Ledger, 'appendAll'>,
  calls: readonly AppendCall[],
): readonly Answer[] {
  const answer = (call: number, outcome: AppendOutcome): Answer =>
    'receipt' in outcome ? { call, value: outcome.receipt } : { call, failure: outcome.failure };
  try {
    const outcomes = ledger.appendAll(calls.map(({ rows }) => rows));
    return outcomes.map((outcome, index) => answer(calls[index]?.call ?? -1, outcome));
  } catch (error) {
    const [only] = calls;
    if (calls.length === 1 && only !== undefined) {
      return [{ call: only.call, failure: failureOf(error) }];
    }
    // Nothing of the group is stored. Alone, each can fail for its own reason only.
    return calls.flatMap((call) => commit(ledger, [call]));
  }
}

function perform(ledger: Ledger, { name, argument }: RequestCall): unknown {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each name comes with its own argument
  return (ledger[name] as unknown as (argument: unknown) => unknown)(argument);
}

/** Does some of what comes before a request; true when there is more. */
function prepareSome({ before }: Ledger, { name, argument }: RequestCall): boolean {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each name comes with its own argument
  return (before[name] as ((argument: unknown) => boolean) | undefined)?.(argument) ?? false;
}

function serve(ledger: Ledger, port: NonNullable<typeof parentPort>, checkFile: () => void): void {
  const guarded: Pick<Ledger, 'appendAll'> = {
    appendAll: (calls) => {
      checkFile();
      return ledger.appendAll(calls);
    },
  };
  const appends: AppendCall[] = [];
  const requests: RequestCall[] = [];
  let scheduled = false;
  // Whether what a retirement left when it was cut off has been removed.
  let tidied = false;

  const take = (calls: Calls): number => {
    appends.push(...calls.appends);
    requests.push(...calls.requests);
    return calls.appends.reduce((events, { rows }) => events + rows.length, 0);
  };
  const drain = (): void => {
    for (let events = 0; events < groupLimit;) {
      const next = receiveMessageOnPort(port);
      if (next === undefined) return;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the client sends nothing else
      events += take(next.message as Calls);
    }
  };
  const performNext = (): void => {
    const [request] = requests;
    if (request === undefined) return;
    try {
      // One batch at a time, so that appends are committed in between.
      if (prepareSome(ledger, request)) return;
      const value = perform(ledger, request);
      port.postMessage([{ call: request.call, value }] satisfies Answer[]);
    } catch (error) {
      port.postMessage([{ call: request.call, failure: failureOf(error) }] satisfies Answer[]);
    }
    requests.shift();
    if (request.name === 'close') {
      tidied = true;
      port.close();
    }
  };
  const tidy = (): void => {
    try {
      tidied = !ledger.removeSome();
    } catch {
      // Nobody asked for it: it is tried again at the next opening.
      tidied = true;
    }
  };
  const work = (): void => {
    scheduled = false;
    drain();
    if (appends.length > 0) port.postMessage(commit(guarded, appends.splice(0)));
    if (requests.length > 0) performNext();
    else if (!tidied) tidy();
    if (requests.length > 0 || !tidied) schedule();
  };
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(work);
  };
  port.on('message', (calls: Calls) => {
    take(calls);
    schedule();
  });
  schedule();
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the client gives nothing else
const setup = workerData as WriterSetup;
try {
  const giveBack = setup.service ? await takeService(setup.file) : undefined;
  const opened = ledgerOf(await openConnection(setup));
  const close = (): void => {
    try {
      opened.close();
    } finally {
      giveBack?.();
    }
  };
  const ledger: Ledger = { ...opened, close };
  serve(
    ledger,
    port,
    watchFile(setup.file, () => opened.checkpoint()),
  );
  port.postMessage({ call: 0, value: null });
} catch (error) {
  port.postMessage({ call: 0, failure: failureOf(error) });
}
