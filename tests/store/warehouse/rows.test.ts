import { describe, expect, test } from '@jest/globals';
import { StoreUnusableError } from '../../../src/errors.ts';
import type { ResultRow } from '../../../src/store/warehouse/index.ts';
import { dialects, unitRowsFrom, warehouseLedger } from '../../../src/store/warehouse/index.ts';
import { changed, trial } from '../fixtures.ts';

const row: ResultRow = {
  unit_id: 'u1',
  arm: 'usual',
  stratum: '',
  alerts: 23,
  alerts_by_opening: 20,
  silent: 1,
  accepted: 2,
  accepted_by_opening: 2,
  dismissed: 3,
  accepted_and_dismissed: 1,
  ordered: 4,
  exposed_days: 5,
  patients: 1,
  calendar_days: 7,
  midnight_days: 6,
  elapsed_days: 6.25,
};

const summary = {
  unitId: 'u1',
  arm: 'usual',
  stratum: '',
  alerts: 23,
  alertsByOpening: 20,
  silent: 1,
  accepted: 2,
  acceptedByOpening: 2,
  dismissed: 3,
  acceptedAndDismissed: 1,
  ordered: 4,
  exposedDays: 5,
  patients: 1,
  calendarDays: 7,
  midnightDays: 6,
  elapsedDays: 6.25,
};

const refusal = (changes: ResultRow): unknown => {
  try {
    return unitRowsFrom([row, { ...row, unit_id: 'secret-unit', ...changes }]);
  } catch (thrown) {
    return thrown;
  }
};

describe('The rows of a warehouse', () => {
  test('are unit summaries, by the names of the columns', () => {
    expect(unitRowsFrom([row])).toEqual([summary]);
    expect(unitRowsFrom([])).toEqual([]);
  });

  test('may have names in capitals or as in a unit summary', () => {
    const capitals = Object.entries(row).map(([name, value]) => [name.toUpperCase(), value]);
    expect(unitRowsFrom([Object.fromEntries(capitals)])).toEqual([summary]);
    expect(unitRowsFrom([summary])).toEqual([summary]);
  });

  test('may have numbers as big integers, texts, or objects of a driver', () => {
    const decimal = { digits: 7, toString: () => '7.000' };
    const others = { alerts: 23n, silent: '1', calendar_days: decimal, elapsed_days: '6.25e0' };
    expect(unitRowsFrom([{ ...row, ...others }])).toEqual([summary]);
  });

  test('are put in the order of their units by bytes', () => {
    const ids = ['ü', 'b', 'Z', '🏥', '￿'];
    const rows = unitRowsFrom(ids.map((unit_id) => ({ ...row, unit_id })));
    expect(rows.map(({ unitId }) => unitId)).toEqual(['Z', 'b', 'ü', '￿', '🏥']);
  });

  test.each<[string, ResultRow, RegExp]>([
    [
      'half an alert',
      { alerts: 0.5 },
      /Row 2 of the unit summaries: `alerts` must be a whole number/,
    ],
    ['too many alerts', { alerts: 2n ** 60n }, /`alerts` must be a whole number/],
    ['no number', { alerts: null }, /`alerts` must be a number/],
    ['an empty text', { calendar_days: '' }, /`calendarDays` must be a number/],
    ['a number in words', { calendar_days: 'seven' }, /`calendarDays` must be a number/],
    ['an infinite number', { elapsed_days: Infinity }, /`elapsedDays` must be a number/],
    ['an object without a number', { patients: {} }, /`patients` must be a number/],
    ['a boolean', { patients: true }, /`patients` must be a number/],
    ['a missing unit', { unit_id: null }, /`unit_id` must be a text/],
    ['a missing stratum', { stratum: undefined }, /`stratum` must be a text/],
  ])('are refused for %s, with the row and the column', (_, changes, words) => {
    const thrown = refusal(changes);
    expect(thrown).toBeInstanceOf(StoreUnusableError);
    expect(String(thrown)).toMatch(words);
    expect(String(thrown)).not.toContain('secret-unit');
  });

  test('are refused without a column', () => {
    const { ordered: _, ...rest } = row;
    expect(() => unitRowsFrom([rest])).toThrow(/there is no column `ordered`/);
  });

  test('are refused when a unit comes twice in an arm and stratum', () => {
    expect(() => unitRowsFrom([row, { ...row, stratum: 'site=1' }, row])).toThrow(/two rows/);
  });
});

describe('A ledger in a warehouse', () => {
  const options = { dialect: dialects.duckdb, table: 'event', trials: [trial] };
  const { fingerprint } = trial;
  const answering = (rows: readonly ResultRow[]) => warehouseLedger(async () => rows, options);

  test('knows its trials, when they were stopped, and no others', async () => {
    const other = changed({ round: 2 });
    const trials = [trial, { trial: other, stoppedAt: 5 }];
    const ledger = warehouseLedger(async () => [], { ...options, trials });
    expect(await ledger.trials()).toMatchObject([
      { fingerprint, round: 1, stoppedAt: null, retiredAt: null },
      { fingerprint: other.fingerprint, round: 2, stoppedAt: 5, protocol: { id: 'influenza' } },
    ]);
    expect(await ledger.allocation(fingerprint)).toBeUndefined();
    await expect(ledger.summaries(changed({ round: 3 }).fingerprint)).rejects.toMatchObject({
      code: 'ERR_PROTOCOL_MISMATCH',
    });
  });

  test('says that a query failed, and leaves to the cause why', async () => {
    const cause = new Error('cannot log in as clinic:password');
    const ledger = warehouseLedger(async () => Promise.reject(cause), options);
    const thrown: unknown = await ledger.flow(fingerprint).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'ERR_STORE_UNUSABLE', cause });
    expect(JSON.stringify(thrown)).toContain('DuckDB could not answer');
    expect(JSON.stringify(thrown)).not.toContain('password');
  });

  test.each([
    ['type', { type: 'click', reason: 'hashed' }],
    ['reason', { type: 'gap', reason: 'chance' }],
  ])('refuses events of a %s that is not known', async (_, changes) => {
    const ledger = answering([{ kind: null, arm: 'usual', events: 1, ...changes }]);
    await expect(ledger.flow(fingerprint)).rejects.toThrow(/not known/);
  });

  test('takes an empty kind for none', async () => {
    const flow = { type: 'gap', kind: '', arm: 'usual', reason: 'fault', events: '3' };
    expect(await answering([flow]).flow(fingerprint)).toEqual([{ ...flow, kind: null, events: 3 }]);
  });

  test('refuses days that are not written as in the ledger', async () => {
    await expect(answering([{ ...row, day: '6.10.2026' }]).days(fingerprint)).rejects.toThrow(
      /`day` must be a day such as/,
    );
    await expect(answering([{ ...row, day: new Date(0) }]).unitDays(fingerprint)).rejects.toThrow(
      /`day` must be a text/,
    );
  });

  test('refuses counts of which one is missing', async () => {
    const asked = { counts: [{ of: 'alerts' }, { of: 'silent' }], asOf: 0 } as const;
    await expect(answering([{ ...row, n0: 1 }]).counts(fingerprint, asked)).rejects.toThrow(
      /no column `n1`/,
    );
    expect(await answering([{ ...row, N0: 1n, N1: '2' }]).counts(fingerprint, asked)).toEqual([
      { unitId: 'u1', arm: 'usual', stratum: '', values: [1, 2] },
    ]);
  });
});
