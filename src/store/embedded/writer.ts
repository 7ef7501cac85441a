import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { codeOf } from '../../errors.ts';
import { openConnection, takeService } from './connection.ts';
import { failureOf } from './failure.ts';
import type { Ledger } from './ledger.ts';
import { ledgerOf } from './ledger.ts';
import type {
  Answer,
  Answers,
  AppendCall,
  AppendOutcome,
  Calls,
  RequestCall,
  RequestName,
  WriterSetup,
} from './messages.ts';
import { watchFile } from './watch.ts';

// The thread of an embedded store: it owns the connection, so that no caller ever waits for a disk.

const port = parentPort;
if (port === null) throw new Error('the writer runs in a thread of its own');

// A transaction of this many events takes a fraction of a second; more wait for the next.
const groupLimit = 20_000;

const other = (answer: Answer): Answers => ({ added: [], others: [answer] });

function commit(ledger: Pick<Ledger, 'appendAll'>, calls: readonly AppendCall[]): Answers {
  const answer = (call: number, outcome: AppendOutcome): Answer =>
    'receipt' in outcome ? { call, value: outcome.receipt } : { call, failure: outcome.failure };
  const added: number[] = [];
  const others: Answer[] = [];
  try {
    const outcomes = ledger.appendAll(calls.map(({ rows }) => rows));
    calls.forEach(({ call, rows }, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) return;
      if ('receipt' in outcome && outcome.receipt.accepted === rows.length) added.push(call);
      else others.push(answer(call, outcome));
    });
    return { added, others };
  } catch (error) {
    // A lock that another process holds would be waited for again with each of them.
    const isHeld = codeOf(error)?.startsWith('SQLITE_BUSY') === true;
    if (calls.length === 1 || isHeld) {
      const failure = failureOf(error);
      return { added, others: calls.map(({ call }) => ({ call, failure })) };
    }
    // Nothing of the group is stored. Alone, each can fail for its own reason only.
    const alone = calls.map((call) => commit(ledger, [call]));
    return {
      added: alone.flatMap((answers) => answers.added),
      others: alone.flatMap((answers) => answers.others),
    };
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

// What is acknowledged of these has to be in the file that was opened.
const writing: ReadonlySet<RequestName> = new Set<RequestName>([
  'register',
  'keepAllocation',
  'stop',
  'seal',
  'retire',
  'rebuild',
]);

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
      if (writing.has(request.name)) checkFile();
      // One batch at a time, so that appends are committed in between, and short requests answered.
      if (prepareSome(ledger, request)) {
        const isClosing = requests.some(({ name }) => name === 'close');
        if (!isClosing) requests.push(...requests.splice(0, 1));
        return;
      }
      const value = perform(ledger, request);
      port.postMessage(other({ call: request.call, value }));
    } catch (error) {
      port.postMessage(other({ call: request.call, failure: failureOf(error) }));
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
    if (!scheduled) work();
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
  port.postMessage(other({ call: 0, value: null }));
} catch (error) {
  port.postMessage(other({ call: 0, failure: failureOf(error) }));
}
