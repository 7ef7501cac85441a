import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AcceptedOrder } from '../../src/events/event.ts';
import type { OrderRecorderOptions, ToldOrder } from '../../src/intake/order-recorder.ts';
import { orderRecorder } from '../../src/intake/order-recorder.ts';
import { rehearsalOf } from '../../src/intake/rehearsal.ts';
import { influenzaProtocol, influenzaTrial } from '../../src/simulate/index.ts';
import type { Store, TrialLog } from '../../src/store/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { defineTrial } from '../../src/trial/trial.ts';

const key = 'cd'.repeat(32);
const hour = 3_600_000;
const noon = Date.parse('2026-10-07T16:00:00Z');
const { fingerprint, responseWindow } = influenzaTrial;

const order = (name: string, from: number, rest: Partial<ToldOrder> = {}): ToldOrder => ({
  key: `MedicationRequest/${name}`,
  from,
  to: from,
  ...rest,
});

describe('A recorder of orders', () => {
  let store: Store;
  let log: TrialLog<(typeof influenzaTrial)['protocol']>;
  beforeEach(async () => {
    store = memoryStore({ key });
    log = await openLog(influenzaTrial, store, { now: () => noon });
  });
  afterEach(async () => {
    await log.close();
    await store.close();
  });

  const fire = async (
    patient: string,
    at: number,
    { stage = 'returned', encounter }: { stage?: 'returned' | 'silent'; encounter?: string } = {},
  ): Promise<string> => {
    const assignment = log.assign(
      { patient, ...(encounter !== undefined && { encounter }) },
      { at },
    );
    const { id, settled } = log.impression(assignment, { stage, alert: 'shot', at });
    await settled;
    return id;
  };
  const tell = async (
    patient: string,
    orders: readonly ToldOrder[],
    options: Partial<OrderRecorderOptions> = {},
  ) => {
    const recorder = await orderRecorder(log, { ledger: store, ...options });
    await recorder.record(patient, orders);
    await recorder.settle();
    return recorder.counts;
  };
  const written = async (): Promise<readonly AcceptedOrder[]> => {
    const orders: AcceptedOrder[] = [];
    for await (const { event } of store.read({ trial: fingerprint, types: ['order'] })) {
      if (event.type === 'order') orders.push(event);
    }
    return orders;
  };

  test('writes the first order of an opening within the window, and counts the others', async () => {
    const impression = await fire('a', noon);
    const counts = await tell('a', [
      order('later', noon + 3 * hour),
      order('first', noon + hour, { revoked: true }),
      order('before', noon - hour),
      order('much later', noon + responseWindow + 1),
      order('some day', noon - hour, { to: noon + hour }),
    ]);
    expect(counts).toMatchObject({
      orders: 5,
      durable: 1,
      further: 1,
      possible: 1,
      unmatched: 2,
      revoked: 1,
      tagged: 0,
      failed: 0,
    });
    expect(counts.units).toMatchObject([
      { openings: 1, ordered: 1, possible: 0, patients: 1, before: 1 },
    ]);
    expect(await written()).toMatchObject([
      { impression, route: 'window', at: noon + hour, delay: hour },
    ]);
  });

  test('changes nothing when it is told the same again, or twice at once', async () => {
    await fire('a', noon);
    const told = [order('1', noon + hour), order('1', noon + hour)];
    expect(await tell('a', told)).toMatchObject({ orders: 1, durable: 1, duplicate: 0 });
    expect(await tell('a', told)).toMatchObject({ orders: 1, durable: 0, duplicate: 1, failed: 0 });
    expect(await written()).toHaveLength(1);
  });

  test('writes no second order of an opening when an earlier one becomes known later', async () => {
    await fire('a', noon);
    await tell('a', [order('2', noon + 2 * hour)]);
    const counts = await tell('a', [order('1', noon + hour), order('2', noon + 2 * hour)]);
    expect(counts).toMatchObject({ durable: 0, duplicate: 1, further: 1 });
    expect(counts.units).toMatchObject([{ ordered: 1 }]);
    expect(await written()).toHaveLength(1);
    const [unit] = await store.summaries(fingerprint);
    expect(unit).toMatchObject({ ordered: 1 });
  });

  test('keeps an order with its alert when an alert between becomes known later', async () => {
    const first = await fire('a', noon);
    await tell('a', [order('1', noon + 5 * hour)]);
    await fire('a', noon + 3 * hour);
    expect(await tell('a', [order('1', noon + 5 * hour)])).toMatchObject({
      durable: 0,
      duplicate: 1,
      failed: 0,
    });
    expect(await written()).toMatchObject([{ impression: first }]);
  });

  test('finds the alert of an order that was told before the alert was', async () => {
    expect(await tell('a', [order('1', noon + hour)])).toMatchObject({ unmatched: 1, durable: 0 });
    const impression = await fire('a', noon);
    expect(await tell('a', [order('1', noon + hour)])).toMatchObject({ unmatched: 0, durable: 1 });
    expect(await written()).toMatchObject([{ impression }]);
  });

  test('writes an order that bears the tag of a card with that card, however late it is', async () => {
    const first = await fire('a', noon);
    await fire('a', noon + 2 * hour);
    const counts = await tell('a', [
      order('tagged', noon + 3 * hour, { tag: first }),
      order('untagged', noon + hour),
      order('another', noon + 4 * hour),
    ]);
    // The opening of the first alert has its order by the tag; that of the second one another.
    expect(counts).toMatchObject({ durable: 2, tagged: 1, further: 1, mistagged: 0 });
    expect(counts.units).toMatchObject([{ openings: 2, ordered: 2 }]);
    expect((await written()).map(({ route, impression }) => [route, impression === first])).toEqual(
      [
        ['tag', true],
        ['window', false],
      ],
    );
  });

  test('takes the time of a tagged order as near to its alert as it can be', async () => {
    const tag = await fire('a', noon);
    const day = { from: noon - 12 * hour, to: noon + 12 * hour };
    await tell('a', [order('1', 0, { ...day, tag })]);
    expect(await written()).toMatchObject([{ route: 'tag', at: noon, delay: 0 }]);
  });

  test('asks the same of an arm that shows a card and of one that shows none', async () => {
    const day = { from: noon - 12 * hour, to: noon + 12 * hour };
    const around = async (patient: string, tag?: string): Promise<unknown> => {
      const { units } = await tell(patient, [order(`of ${patient}`, 0, { ...day, tag })], {
        population: 'told',
      });
      return units.map(({ openings, ordered, possible }) => ({ openings, ordered, possible }));
    };
    const tag = await fire('a', noon);
    await fire('b', noon, { stage: 'silent' });
    const unknown = [{ openings: 1, ordered: 0, possible: 1 }];
    expect(await around('a', tag)).toEqual(unknown);
    expect(await around('b')).toEqual(unknown);
    expect(await written()).toMatchObject([{ route: 'tag', impression: tag }]);
  });

  test('does not believe a tag of another patient, of no card, or of one that was not shown', async () => {
    const foreign = await fire('b', noon);
    const silent = await fire('a', noon, { stage: 'silent' });
    const counts = await tell('a', [
      order('1', noon + hour, { tag: foreign }),
      order('2', noon + 2 * hour, { tag: silent }),
      order('3', noon + 3 * hour, { tag: '' }),
    ]);
    expect(counts).toMatchObject({ mistagged: 3, tagged: 0, durable: 1, further: 2, failed: 0 });
    expect(await written()).toMatchObject([{ route: 'window', impression: silent }]);
  });

  test('leaves clicks alone: they are told by feedback', async () => {
    const impression = await fire('a', noon);
    await log.acceptedOrder(impression, { route: 'click', at: noon + 60_000 }).settled;
    expect(await tell('a', [order('1', noon + hour)])).toMatchObject({ durable: 1 });
    expect((await written()).map(({ route }) => route)).toEqual(['click', 'window']);
  });

  test('looks before the first alert of a patient only, for what it may have led to is no baseline', async () => {
    await fire('a', noon);
    await fire('a', noon + 30 * hour);
    const counts = await tell('a', [order('1', noon + 20 * hour)], { after: 21 * hour });
    expect(counts.units).toMatchObject([{ openings: 2, ordered: 1, patients: 1, before: 0 }]);
  });

  test('counts no opening whose window is open at the cut-off, and nothing that came later', async () => {
    await fire('a', noon);
    await fire('a', noon + 30 * hour);
    const counts = await tell(
      'a',
      [order('1', noon + hour), order('2', noon + 31 * hour), order('3', noon + 40 * hour)],
      { cutOff: noon + 36 * hour },
    );
    expect(counts).toMatchObject({ orders: 3, late: 1, durable: 2 });
    expect(counts.units).toMatchObject([{ openings: 1, ordered: 1 }]);
  });

  test('counts the openings of everybody in the ledger, or of those who are told', async () => {
    await fire('a', noon);
    await fire('b', noon);
    const openings = async (population?: 'told'): Promise<number> => {
      const { units } = await tell('a', [], population && { population });
      return units.reduce((sum, unit) => sum + unit.openings, 0);
    };
    expect(await openings()).toBe(2);
    expect(await openings('told')).toBe(1);
  });

  test('keeps apart the encounters of a patient where it is told to', async () => {
    await fire('a', noon, { encounter: 'x' });
    const told = [order('1', noon + hour, { encounter: 'y' }), order('2', noon + hour)];
    expect(await tell('a', told, { sameEncounter: true })).toMatchObject({ unmatched: 2 });
    const own = [order('3', noon + hour, { encounter: 'x' })];
    expect(await tell('a', own, { sameEncounter: true })).toMatchObject({ durable: 1 });
  });

  test('refuses windows that cannot be', async () => {
    const open = (options: Partial<OrderRecorderOptions>) =>
      orderRecorder(log, { ledger: store, ...options });
    await expect(open({ after: responseWindow + 1 })).rejects.toThrow(/response window/);
    await expect(open({ after: -1 })).rejects.toThrow(RangeError);
    await expect(open({ before: Number.NaN })).rejects.toThrow(RangeError);
  });

  test('does not take the orders of a patient without a usable id', async () => {
    await fire('a', noon);
    expect(await tell('', [order('1', noon + hour)])).toMatchObject({ unmatched: 1, durable: 0 });
    expect(await tell('\ud800', [order('1', noon + hour)])).toMatchObject({ unmatched: 1 });
  });

  test('gives the same ledger whenever it is interrupted', async () => {
    const byPatient = defineTrial({ ...influenzaProtocol, repeatWindow: 'PT1H' });
    const run = async (ledger: Store, batches: readonly number[]): Promise<unknown> => {
      await using there = await openLog(byPatient, ledger, { now: () => noon });
      const ids = ['018f0000-0000-7000-8000-000000000000', '018f0000-0000-7000-8000-000000000100'];
      for (const [index, id] of ids.entries()) {
        const at = noon + index * 30 * hour;
        const assignment = there.assign({ patient: 'a' }, { at });
        there.impression(assignment, { stage: 'returned', alert: 'shot', at, id });
      }
      await there.flush();
      const told = [
        order('1', noon + hour),
        order('2', noon + 2 * hour, { tag: ids[0] }),
        order('3', noon + 31 * hour),
        order('4', noon + 90 * hour, { tag: ids[1] }),
      ];
      for (const writes of batches) {
        let left = writes;
        const stopping: typeof there.acceptedOrder = (id, details) => {
          if (left === 0) throw new Error('killed');
          left -= 1;
          return there.acceptedOrder(id, details);
        };
        const recorder = await orderRecorder(
          { trial: byPatient, acceptedOrder: stopping },
          { ledger },
        );
        await recorder.record('a', told).catch(() => undefined);
        await recorder.settle();
      }
      const orders = [];
      for await (const { event } of ledger.read({
        trial: byPatient.fingerprint,
        types: ['order'],
      })) {
        orders.push({ ...event, receivedAt: 0 });
      }
      return orders.sort((left, right) => left.at - right.at);
    };
    const undisturbed = await run(memoryStore({ key }), [Infinity]);
    expect(undisturbed).toHaveLength(3);
    expect(await run(memoryStore({ key }), [1, 0, 1, Infinity, Infinity])).toEqual(undisturbed);
  });

  test('in a rehearsal says what would become of everything, and writes nothing', async () => {
    await fire('a', noon);
    await tell('a', [order('1', noon + hour)]);
    await fire('b', noon);
    const rehearsal = rehearsalOf(log, { ledger: store, now: () => noon });
    const recorder = await orderRecorder(rehearsal, { ledger: store });
    await recorder.record('a', [order('1', noon + hour)]);
    await recorder.record('b', [order('2', noon + hour)]);
    await recorder.settle();
    expect(recorder.counts).toMatchObject({ durable: 1, duplicate: 1, failed: 0 });
    expect(await written()).toHaveLength(1);
    const day = { day: '2026-10-07', calendar: 1, midnight: 1, elapsed: 1 } as const;
    await log.patientDays({ patient: 'a' }, day).settled;
    const settled = (patient: string, elapsed: number) =>
      rehearsal.patientDays({ patient }, { ...day, elapsed }).settled;
    expect(await settled('a', 1)).toMatchObject({ status: 'duplicate' });
    expect(await settled('a', 0.5)).toMatchObject({ status: 'durable', amended: true });
    expect(await settled('b', 1)).toMatchObject({ status: 'durable' });
    expect(await settled('b', 7)).toMatchObject({ status: 'rejected' });
    const days = [];
    for await (const { event } of store.read({ trial: fingerprint, types: ['patient-days'] })) {
      days.push(event);
    }
    expect(days).toHaveLength(1);
  });
});
