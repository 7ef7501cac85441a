import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { amend } from '../../../src/allocation/index.ts';
import { EventError } from '../../../src/errors.ts';
import { memoryStore, openLog, openStore } from '../../../src/store/index.ts';
import type { OpenSpoolOptions, SpooledStore } from '../../../src/store/spool/index.ts';
import { openSpool } from '../../../src/store/spool/index.ts';
import { listedTrial, listOf } from '../../allocation/list/fixtures.ts';
import { answer, changed, gap, hour, impression, nine, trial, uuid } from '../fixtures.ts';
import type { Server } from './upstream.ts';
import { drained, idsIn, key, serverWith, until } from './upstream.ts';
import { planted } from '../../planted.ts';
import { discard, makeFolder } from '../place.ts';

const { fingerprint } = trial;
const away = {
  code: 'ERR_STORE_UNUSABLE',
  message: expect.stringMatching(/server's ledger is away/),
};

const several = (first: number, count: number): readonly ReturnType<typeof impression>[] =>
  Array.from({ length: count }, (_, index) => impression(first + index));
const idsOf = (events: readonly { readonly id: string }[]): readonly string[] =>
  events.map(({ id }) => id);

jest.setTimeout(30_000);

let folder: string;
let file: string;
const open: SpooledStore[] = [];

beforeEach(async () => {
  folder = makeFolder();
  file = join(folder, 'spool.db');
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((spool) => spool.close()));
  await discard(folder);
});

async function spoolTo(
  server: Server,
  options: Partial<OpenSpoolOptions> & { readonly file?: string } = {},
): Promise<SpooledStore> {
  const { file: place = file, ...rest } = options;
  const spool = await openSpool(place, { upstream: server.open, key, drainFor: 500, ...rest });
  open.push(spool);
  return spool;
}

describe('A server that was restored to an earlier state', () => {
  test('gets again what the spool still holds, each once, when that is asked for', async () => {
    const events = several(1, 600);
    const first = await spoolTo(serverWith(), { now: () => nine });
    await first.register(trial);
    await first.append(events);
    await drained(first);
    await first.close();

    const restored = serverWith();
    await restored.ledger.register(trial);
    await restored.ledger.append(events.slice(0, 100));
    const plain = await spoolTo(restored, { now: () => nine });
    await drained(plain);
    expect(await idsIn(restored.ledger)).toHaveLength(100);
    await plain.close();

    const again = await spoolTo(restored, { now: () => nine, again: true });
    await drained(again);
    expect(await idsIn(restored.ledger)).toEqual(idsOf(events));
    expect(again.state).toMatchObject({ waiting: 0, forwarded: 500, duplicate: 100, refused: 0 });
  });
});

describe('A spool', () => {
  test('forwards what is appended, in its order, and says so', async () => {
    const server = serverWith();
    const spool = await spoolTo(server, { now: () => nine });
    await spool.register(trial);
    const events = several(1, 700);
    expect(await spool.append(events)).toEqual({ accepted: 700, duplicate: 0, conflicting: [] });
    await drained(spool);
    expect(await idsIn(server.ledger)).toEqual(idsOf(events));
    expect(spool.state).toEqual({
      waiting: 0,
      oldestWaiting: null,
      forwarded: 700,
      duplicate: 0,
      refused: 0,
      connected: true,
      since: nine,
    });
  });

  test('reads what was just appended here, and what other services appended', async () => {
    const server = serverWith();
    const [one, two] = [
      await spoolTo(server),
      await spoolTo(server, { file: join(folder, 'other.db') }),
    ];
    await one.register(trial);
    await two.register(trial);
    await one.append(several(1, 400));
    await two.append(several(1_001, 400));
    expect((await idsIn(one)).filter((id) => id <= uuid(400))).toEqual(idsOf(several(1, 400)));
    await two.flow(fingerprint);
    expect((await one.flow(fingerprint)).map(({ events }) => events)).toEqual([800]);
    expect(await one.find(uuid(1_001))).toEqual(impression(1_001));
    expect((await one.statistics()).spool).toEqual(one.state);
  });

  test('sends again what it sent before a crash, and it is there once', async () => {
    const server = serverWith();
    const events = several(1, 300);
    // The crash came after the server had taken the first batch and before the spool knew.
    await server.ledger.register(trial);
    await server.ledger.append(events.slice(0, 250));
    const spool = await spoolTo(server);
    await spool.register(trial);
    await spool.append(events);
    await drained(spool);
    expect(await idsIn(server.ledger)).toEqual(idsOf(events));
    expect(spool.state).toMatchObject({ forwarded: 50, duplicate: 250, refused: 0 });
  });

  test.each([
    ['patience', -1],
    ['drainFor', 0.5],
    ['keepForwarded', Number.NaN],
    ['maxWaiting', 0],
  ])('refuses %s of %d', async (name, value) => {
    await expect(spoolTo(serverWith(), { [name]: value })).rejects.toThrow(
      new RegExp(`^${name} must be a whole number`),
    );
  });

  test('takes no more events than may wait', async () => {
    const server = serverWith();
    const spool = await spoolTo(server, { maxWaiting: 5 });
    await spool.register(trial);
    server.turn('away');
    await spool.append(several(1, 3));
    await expect(spool.append(several(4, 3))).rejects.toMatchObject({
      code: 'ERR_STORE_FULL',
      message: expect.stringMatching(/3 events are waiting for the server and at most 5 may/),
    });
    expect(await spool.append(several(7, 2))).toMatchObject({ accepted: 2 });
  });
});

describe('While the server is away', () => {
  test('from the start, a spool opens, a log on it works, and all of it is forwarded later', async () => {
    const server = serverWith();
    server.turn('away');
    const spool = await spoolTo(server);
    expect(spool.state).toMatchObject({ connected: false, error: 'the server was shut down' });
    const log = await openLog(trial, spool, { now: () => nine });
    const shown = log.impression(log.assign({ patient: planted('mrn', 1) }), {
      stage: 'displayed',
      alert: 'influenza',
    });
    expect(await shown.settled).toEqual({ status: 'durable' });
    await log.close();
    expect(spool.state).toMatchObject({ waiting: 1, oldestWaiting: nine });
    server.turn('there');
    await drained(spool);
    expect((await server.ledger.trials()).map((each) => each.fingerprint)).toEqual([fingerprint]);
    expect(await idsIn(server.ledger)).toEqual([shown.id]);
  });

  test('events are acknowledged, readings refused in words, and nothing is lost', async () => {
    const server = serverWith();
    const spool = await spoolTo(server);
    await spool.register(trial);
    await spool.append(several(1, 10));
    await drained(spool);
    server.turn('away');
    const later = several(11, 600);
    for (const event of later) await spool.append([event]);
    await expect(spool.summaries(fingerprint)).rejects.toMatchObject(away);
    await expect(idsIn(spool)).rejects.toMatchObject(away);
    await expect(spool.seal(fingerprint)).rejects.toMatchObject(away);
    await expect(spool.statistics()).rejects.toMatchObject(away);
    expect(spool.state).toMatchObject({ connected: false, waiting: 600, oldestWaiting: nine });
    server.turn('there');
    expect(await idsIn(spool)).toEqual(idsOf([...several(1, 10), ...later]));
    expect(spool.state.error).toBeUndefined();
  });

  test('in the middle of forwarding, the rest waits and the order is kept', async () => {
    let batches = 0;
    const server = serverWith(undefined, () => {
      batches += 1;
      if (batches === 3) server.turn('away');
    });
    const spool = await spoolTo(server);
    await spool.register(trial);
    await spool.append(several(1, 2_000));
    await until(() => !spool.state.connected);
    expect(spool.state).toMatchObject({ waiting: 1_500, forwarded: 500 });
    server.turn('there');
    await drained(spool);
    expect(await idsIn(server.ledger)).toEqual(idsOf(several(1, 2_000)));
  });

  test('and not answering either, an append is as fast as the local disk', async () => {
    const server = serverWith();
    const spool = await spoolTo(server, { drainFor: 0 });
    await spool.register(trial);
    server.turn('silent');
    for (let id = 1; id <= 300; id += 1) await spool.append([impression(id)]);
    expect(spool.state).toMatchObject({ waiting: 300, forwarded: 0 });
    // Nobody waits longer than a moment for what the server may have to say.
    expect((await spool.trials()).map((each) => each.stoppedAt)).toEqual([null]);
    server.turn('there');
    await drained(spool);
    expect(await idsIn(server.ledger)).toEqual(idsOf(several(1, 300)));
  });

  test('a close leaves what waits for the next opening', async () => {
    const server = serverWith();
    const spool = await spoolTo(server);
    await spool.register(trial);
    server.turn('away');
    await spool.append(several(1, 400));
    await spool.stop(fingerprint, nine + 5);
    await spool.close();
    await expect(spool.append([impression(999)])).rejects.toMatchObject({
      code: 'ERR_STORE_CLOSED',
    });
    await expect(spool.flow(fingerprint)).rejects.toMatchObject({ code: 'ERR_STORE_CLOSED' });
    server.turn('there');
    expect(await idsIn(server.ledger)).toEqual([]);
    const next = await spoolTo(server);
    await drained(next);
    expect(await idsIn(server.ledger)).toEqual(idsOf(several(1, 400)));
    expect((await server.ledger.trials())[0]?.stoppedAt).toBe(nine + 5);
  });

  test('a close forwards what it can in its time', async () => {
    const server = serverWith();
    const spool = await spoolTo(server, { drainFor: 60_000 });
    await spool.register(trial);
    void spool.append(several(1, 3_000));
    await spool.close();
    expect(await idsIn(server.ledger)).toHaveLength(3_000);
  });

  test('an event that is not in the file is waited for, and not said to be unknown', async () => {
    const server = serverWith();
    await server.ledger.register(trial);
    await server.ledger.append([impression(1)]);
    const spool = await spoolTo(server, { patience: 400 });
    await spool.register(trial);
    await spool.append([impression(2)]);
    await drained(spool);
    server.turn('away');
    expect(await spool.find(uuid(2))).toEqual(impression(2));
    await expect(spool.find(uuid(1))).rejects.toMatchObject(away);
    server.turn('there');
    await until(() => spool.state.connected);
    expect(await spool.find(uuid(9))).toBeUndefined();
    server.turn('away');
    const patient = await spoolTo(server, { file: join(folder, 'patient.db') });
    const found = patient.find(uuid(1));
    server.turn('there');
    expect(await found).toEqual(impression(1));
  });

  test('an answer to what another service showed finds it once that one has forwarded it', async () => {
    const server = serverWith();
    const [one, two] = [
      await spoolTo(server),
      await spoolTo(server, { file: join(folder, 'other.db') }),
    ];
    await Promise.all([one.register(trial), two.register(trial)]);
    server.turn('away');
    await one.trials();
    expect(one.state.connected).toBe(false);
    const found = one.find(uuid(1));
    server.turn('there');
    await until(() => one.state.connected);
    // The first is connected again before the second has anything to forward.
    await two.append([impression(1)]);
    expect(await found).toEqual(impression(1));
  });

  test('a log that opens knows the charts that this service opened last', async () => {
    const server = serverWith();
    const spool = await spoolTo(server);
    const details = { stage: 'displayed', alert: 'influenza' } as const;
    const first = await openLog(trial, spool, { now: () => nine });
    const shown = first.impression(first.assign({ patient: planted('mrn', 1) }), details);
    await first.close();
    server.turn('away');
    const second = await openLog(trial, spool, { now: () => nine + 60_000 });
    const again = second.impression(second.assign({ patient: planted('mrn', 1) }), details);
    await second.close();
    expect(await spool.find(again.id)).toMatchObject({ opening: shown.id });
  });
});

describe('Trials of a spool', () => {
  test('that are stopped on the server are stopped here, and still are when it is away', async () => {
    const server = serverWith();
    const spool = await spoolTo(server);
    const log = await openLog(trial, spool, { now: () => nine, refreshEvery: 10 });
    expect(log.assign({ patient: planted('mrn', 2) }).reason).toBe('hashed');
    await server.ledger.stop(fingerprint, nine - 1);
    await until(() => log.assign({ patient: planted('mrn', 2) }).reason === 'stopped');
    await log.close();
    await spool.close();
    server.turn('away');
    const next = await spoolTo(server);
    expect((await next.trials()).map(({ stoppedAt }) => stoppedAt)).toEqual([nine - 1]);
  });

  test('of another protocol than the server has are refused when it is there', async () => {
    const server = serverWith();
    await server.ledger.register(changed({ title: 'Another' }));
    const spool = await spoolTo(server);
    await expect(spool.register(trial)).rejects.toMatchObject({ code: 'ERR_PROTOCOL_MISMATCH' });
    await spool.close();
    await using kept = await openStore(file, { key });
    expect(await kept.trials()).toEqual([]);
  });

  test('of another protocol than the server turns out to have keep their events here, and hold up no other', async () => {
    const server = serverWith();
    await server.ledger.register(changed({ title: 'Another' }));
    server.turn('away');
    const spool = await spoolTo(server);
    const other = changed({ round: 2 });
    await spool.register(trial);
    await spool.register(other);
    await spool.append([impression(1), impression(2, { trial: other.fingerprint })]);
    server.turn('there');
    await drained(spool);
    expect(await idsIn(server.ledger, other.fingerprint)).toEqual([uuid(2)]);
    expect(spool.state).toMatchObject({
      connected: true,
      forwarded: 1,
      refused: 1,
      error: expect.stringMatching(/another protocol for round 1 of "influenza"/),
    });
    expect(await spool.append([impression(3)])).toMatchObject({ accepted: 1 });
    await spool.close();
    await using kept = await openStore(file, { key });
    expect(await idsIn(kept)).toEqual([uuid(1), uuid(3)]);
  });

  test('whose events were removed on the server take no more, and hold up no other', async () => {
    const server = serverWith();
    const spool = await spoolTo(server);
    await spool.register(trial);
    await spool.append([impression(1)]);
    await drained(spool);
    const other = changed({ round: 2 });
    await spool.register(other);
    await server.ledger.stop(fingerprint, nine);
    await server.ledger.retire(fingerprint, nine + 25 * hour);
    await spool.append([impression(2), impression(3, { trial: other.fingerprint })]);
    await until(async () => (await idsIn(server.ledger, other.fingerprint)).length === 1);
    await until(() => spool.state.refused === 1);
    expect(await spool.find(uuid(1))).toBeUndefined();
    await expect(spool.append([impression(4)])).rejects.toMatchObject({
      code: 'ERR_STORE_UNUSABLE',
      message: expect.stringMatching(/have been retired/),
    });
  });

  test('have the list and the amendments that the server keeps, which stay when it is away', async () => {
    const listed = listedTrial({ method: 'complete' }, { id: 'listed' });
    const list = listOf(listed);
    const amended = amend(listed, list, {
      from: '2026-10-20',
      reason: 'closed',
      change: { kind: 'withdraw', cluster: 'practice-1' },
    });
    const server = serverWith();
    server.turn('away');
    const spool = await spoolTo(server);
    await spool.register(listed);
    await spool.keepAllocation(list);
    expect(await spool.allocation(listed.fingerprint)).toEqual(list);
    server.turn('there');
    await until(() => spool.state.connected);
    expect(await server.ledger.allocation(listed.fingerprint)).toEqual(list);
    await server.ledger.keepAllocation(amended);
    expect(await spool.allocation(listed.fingerprint)).toEqual(amended);
    server.turn('away');
    expect(await spool.allocation(listed.fingerprint)).toEqual(amended);
  });

  test('with another list than the server turns out to keep are said so, and their events forwarded', async () => {
    const listed = listedTrial({ method: 'complete' }, { id: 'listed' });
    const server = serverWith();
    await server.ledger.register(listed);
    await server.ledger.keepAllocation(listOf(listed, 12, 'other'));
    server.turn('away');
    const spool = await spoolTo(server);
    await spool.register(listed);
    await spool.keepAllocation(listOf(listed));
    await spool.append([impression(1, { trial: listed.fingerprint })]);
    server.turn('there');
    await drained(spool);
    expect(await idsIn(server.ledger, listed.fingerprint)).toEqual([uuid(1)]);
    expect(spool.state.error).toMatch(/another list for round 1 of "listed"/);
  });
});

describe('A key', () => {
  const other = '8'.repeat(64);

  test.each<readonly [string, Partial<OpenSpoolOptions>, RegExp]>([
    ['that is not the server\u2019s is refused', { key: other }, /another key than the spool/],
    ['is needed', { key: undefined }, /needs the key/],
    ['must be in its file', { key: undefined, keyFile: '/none.key' }, /none\.key is not there/],
    ['must be one', { key: 'short' }, /malformed/],
  ])('%s, and leaves no file behind', async (_, options, message) => {
    await expect(spoolTo(serverWith(), options)).rejects.toMatchObject({
      code: 'ERR_KEY_INVALID',
      message: expect.stringMatching(message),
    });
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('may come from a file', async () => {
    const keyFile = join(folder, 'shared.key');
    await writeFile(keyFile, `${key}\n`, { mode: 0o600 });
    const server = serverWith();
    const spool = await spoolTo(server, { key: undefined, keyFile });
    expect(await spool.keyCheck()).toBe(await server.ledger.keyCheck());
    expect(spool.pseudonym('patient', 'MRN 1')).toBe(server.ledger.pseudonym('patient', 'MRN 1'));
  });

  test('that turns out to be another stops the forwarding with words, and loses nothing', async () => {
    const server = serverWith(memoryStore({ key: other }));
    server.turn('away');
    const spool = await spoolTo(server);
    await spool.register(trial);
    await spool.append(several(1, 3));
    server.turn('there');
    await until(() => /another key/.test(spool.state.error ?? ''));
    expect(spool.state).toMatchObject({ connected: false, waiting: 3 });
    expect(await server.ledger.trials()).toEqual([]);
    expect(await spool.append([impression(4)])).toMatchObject({ accepted: 1 });
  });
});

describe('What the server refuses', () => {
  test('for its content is set aside alone, and a gap says there what is missing', async () => {
    const poisoned = new Set([uuid(120), uuid(121), uuid(333)]);
    const server = serverWith(undefined, (ids) => {
      if (ids.some((id) => poisoned.has(id))) {
        throw new EventError([{ path: 'alert', message: 'must not hold the character U+0000' }]);
      }
    });
    const lines: unknown[] = [];
    const tell = (fields: object, message: string): void => void lines.push({ fields, message });
    const spool = await spoolTo(server, {
      logger: { info: tell, warn: tell, error: tell } as never,
    });
    await spool.register(trial);
    const events = several(1, 500).map((event) => ({
      ...event,
      arm: event.id === uuid(333) ? 'redesign' : 'usual',
    }));
    await spool.append(events);
    await spool.append([gap(600)]);
    poisoned.add(uuid(600));
    await drained(spool);
    expect(spool.state).toMatchObject({ refused: 4, forwarded: 497 });
    const stored = await idsIn(server.ledger);
    expect(stored.filter((id) => idsOf(events).includes(id))).toEqual(
      idsOf(events).filter((id) => !poisoned.has(id)),
    );
    const gaps: unknown[] = [];
    for await (const { event } of server.ledger.read({ trial: fingerprint, types: ['gap'] })) {
      if (event.type === 'gap') gaps.push([event.arm, event.from, event.to, event.count]);
    }
    expect(gaps).toEqual([
      ['usual', nine, nine, 1],
      ['usual', nine, nine, 1],
      ['redesign', nine, nine, 1],
      ['usual', nine - 9, nine, 3],
    ]);
    expect(JSON.stringify(lines)).toMatch(/a gap says so there/);
    expect(JSON.stringify(lines)).not.toMatch(/018f0000|u1/);
    await spool.close();
    const next = await spoolTo(server);
    expect(next.state).toMatchObject({ refused: 4, waiting: 0 });
  });

  test('because another event has the id stands there, and is counted here', async () => {
    const server = serverWith();
    await server.ledger.register(trial);
    await server.ledger.append([impression(2, { arm: 'redesign' })]);
    const spool = await spoolTo(server);
    await spool.register(trial);
    expect(await spool.append(several(1, 3))).toMatchObject({ accepted: 3, conflicting: [] });
    await drained(spool);
    expect(spool.state).toMatchObject({ forwarded: 2, refused: 1 });
    expect(await server.ledger.find(uuid(2))).toMatchObject({ arm: 'redesign' });
    expect((await server.ledger.flow(fingerprint)).map(({ type }) => type)).not.toContain('gap');
  });
});

describe('The file of a spool', () => {
  test('gives up what was forwarded long enough ago, keeps what was refused or waits, and goes on', async () => {
    const server = serverWith();
    await server.ledger.register(trial);
    await server.ledger.append([impression(3, { arm: 'redesign' })]);
    const day = 24 * hour;
    const spool = await spoolTo(server, { now: () => nine });
    const second = changed({ round: 2 });
    await spool.register(trial);
    await spool.register(second);
    await spool.append([...several(1, 1_500), impression(2_000, { trial: second.fingerprint })]);
    await spool.append([impression(1_600, { receivedAt: nine + hour })]);
    await drained(spool);
    await spool.close();
    const left = async (): Promise<readonly string[]> => {
      await using kept = await openStore(file, { key });
      return await idsIn(kept);
    };
    expect(await left()).toHaveLength(1_501);
    const later = await spoolTo(server, { now: () => nine + day + 1 });
    await until(async () => (await left()).length < 3);
    expect(await left()).toEqual([uuid(3), uuid(1_600)]);
    await later.close();

    const last = await spoolTo(server, { now: () => nine + 10 * day });
    server.turn('away');
    // Sent to the file a second time, long after it was forwarded: the server knows it.
    expect(await last.append([impression(1), impression(1_601)])).toMatchObject({ accepted: 2 });
    server.turn('there');
    await drained(last);
    expect(last.state).toMatchObject({ forwarded: 1, duplicate: 1 });
    expect(await idsIn(last)).toHaveLength(1_502);
    const rows = await last.summaries(fingerprint);
    expect(rows.map(({ arm, alerts }) => [arm, alerts])).toEqual([
      ['redesign', 1],
      ['usual', 1_501],
    ]);
  });

  test('keeps any Unicode, which arrives as it was', async () => {
    const server = serverWith();
    server.turn('away');
    const spool = await spoolTo(server);
    await spool.register(trial);
    const events = [
      impression(1, { unitId: '病棟 🏥', practice: '"|\\' }),
      answer('order', 2, 1, { order: { code: 'e\u0301', display: '\u{1F600}\u0000' } }),
    ];
    await spool.append(events);
    server.turn('there');
    await drained(spool);
    expect(await Promise.all(events.map(({ id }) => server.ledger.find(id)))).toEqual(events);
  });
});
