import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, messageOf } from '../../src/errors.ts';
import type { TrialEvent } from '../../src/events/event.ts';
import { randomStream } from '../../src/stats/random.ts';
import { trial } from '../store/fixtures.ts';
import { batchesOf } from './happenings.ts';
import { openAt } from './place.ts';
import type { Message, WriterOptions } from './protocol.ts';

// A process of its own, to be killed: it writes to a ledger without end and says what has been
// acknowledged. Told to stop, it ends as a service does.

const { place, name, fault } = JSON.parse(process.argv[2] ?? '{}') as WriterOptions;
const { fingerprint } = trial;
const callers = 4;
// Long enough that a kill falls into it.
const faultLasts = 50;

const pause = new Int32Array(new SharedArrayBuffer(4));

// Written at once, so that what has been acknowledged is told even if the kill comes next. The pipe is
// full while the harness is busy with a server.
const say = (message: Message): void => {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`, 'utf8');
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
};

const stop = new AbortController();
process.stdin.once('end', () => stop.abort());
process.stdin.resume();

say({ is: 'opening' });
const store = await openAt(place, name);
await store.register(trial);

async function appendInParts(events: readonly TrialEvent[]): Promise<void> {
  for (const event of events) {
    await store.append([event]);
    await sleep(faultLasts);
  }
}

/** Appends until it is done: what was refused is appended again, as a service does that must not lose it. */
async function append(events: readonly TrialEvent[]): Promise<void> {
  const acknowledged: Message = { is: 'acknowledged', ids: events.map(({ id }) => id) };
  if (fault === 'early') {
    say(acknowledged);
    await sleep(faultLasts);
  }
  for (;;) {
    try {
      if (fault === 'torn') await appendInParts(events);
      else await store.append(events);
      if (fault !== 'early') say(acknowledged);
      return;
    } catch (error) {
      say({ is: 'refused', why: messageOf(error) });
      if (stop.signal.aborted) return;
      await sleep(20);
    }
  }
}

async function call(caller: number): Promise<void> {
  const stream = randomStream([name, 'caller'], caller);
  const { next } = batchesOf(`${name}.${caller}`, stream);
  while (!stop.signal.aborted) {
    const events = next();
    await append(events);
    // A repeat is what a service sends that was not told of its success.
    if (stream.integer(10) === 0) await append(events);
    await sleep(stream.integer(8));
  }
}

/** What takes transactions of its own, so that a kill meets it as well. */
async function upkeep(): Promise<void> {
  const { integer } = randomStream([name, 'upkeep']);
  while (!stop.signal.aborted) {
    try {
      if (integer(3) > 0) await store.summaries(fingerprint);
      else {
        const head = await store.seal(fingerprint);
        if (head !== undefined) say({ is: 'sealed', number: head.number, head: head.head });
      }
    } catch (error) {
      say({ is: 'unanswered', why: messageOf(error) });
    }
    await sleep(integer(20));
  }
}

await Promise.all([...Array.from({ length: callers }, (_, caller) => call(caller)), upkeep()]);
await store.close();
