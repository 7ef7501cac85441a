import { StoreUnusableError } from '../../errors.ts';
import { errorOf } from './failure.ts';
import type {
  Answer,
  Answers,
  AppendCall,
  RequestCall,
  RequestName,
  Requests,
  WriterSetup,
} from './messages.ts';
import type { AppendReceipt } from '../port.ts';
import type { Row } from '../row.ts';
import { startThread } from './thread.ts';

/** The caller's end of the writer's thread. */
export interface WriterClient {
  append(rows: readonly Row[]): Promise<AppendReceipt>;
  request<N extends RequestName>(name: N, argument: Requests[N][0]): Promise<Requests[N][1]>;
  /** Ends the thread without another word to it. */
  terminate(): Promise<void>;
}

interface Waiting {
  /** How many events were to be appended; 0 for a request. */
  readonly events: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts the writer of a ledger in a thread of its own.
 *
 * @throws StoreUnusableError when the ledger cannot be opened
 */
export async function startWriter(setup: WriterSetup): Promise<WriterClient> {
  const worker = startThread('writer', { name: 'rapidcycle writer', workerData: setup });
  const waiting = new Map<number, Waiting>();
  let appends: AppendCall[] = [];
  let requests: RequestCall[] = [];
  let calls = 0;
  let dead: StoreUnusableError | undefined;

  const die = (error: StoreUnusableError): void => {
    dead ??= error;
    for (const { reject } of waiting.values()) reject(dead);
    waiting.clear();
  };
  const release = (call: number): Waiting | undefined => {
    const waiter = waiting.get(call);
    waiting.delete(call);
    if (waiting.size === 0) worker.unref();
    return waiter;
  };
  const settle = (answer: Answer): void => {
    const waiter = release(answer.call);
    if ('failure' in answer) waiter?.reject(errorOf(answer.failure));
    else waiter?.resolve(answer.value);
  };
  const send = (): void => {
    worker.postMessage({ appends, requests });
    appends = [];
    requests = [];
  };
  const enlist = <T>(call: number, events: number): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      // An idle store does not keep a process alive, an unanswered call does.
      if (waiting.size === 0) worker.ref();
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the writer answers with what was asked for
      waiting.set(call, { events, resolve: resolve as unknown as Waiting['resolve'], reject });
    });
  const call = <T>(add: (call: number) => void, events = 0): Promise<T> => {
    if (dead !== undefined) return Promise.reject(dead);
    // What is called in one go travels together.
    if (appends.length + requests.length === 0) queueMicrotask(send);
    calls += 1;
    add(calls);
    return enlist(calls, events);
  };

  worker.on('message', ({ added, others }: Answers) => {
    for (const call of added) {
      const waiter = release(call);
      waiter?.resolve({ accepted: waiter.events, duplicate: 0, conflicting: [] });
    }
    others.forEach(settle);
  });
  worker.on('error', (cause) => {
    die(
      new StoreUnusableError('the writer of the ledger failed: open the ledger again', { cause }),
    );
  });
  worker.on('exit', () => {
    die(new StoreUnusableError('the writer of the ledger has ended: open the ledger again'));
  });

  const terminate = async (): Promise<void> => {
    await worker.terminate();
  };
  try {
    await enlist(0, 0);
  } catch (error) {
    await terminate();
    throw error;
  }
  return {
    append: (rows) => call((number) => appends.push({ call: number, rows }), rows.length),
    request: (name, argument) => call((number) => requests.push({ call: number, name, argument })),
    terminate,
  };
}
