import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cardId, newImpressionId } from '../../src/events/ids.ts';
import type {
  OrderImportOptions,
  OrderMapping,
  TableOrderRule,
} from '../../src/import/tables/index.ts';
import { importOrders, tablePresets } from '../../src/import/tables/index.ts';
import type { Store, TrialLog } from '../../src/store/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { planted } from '../planted.ts';
import { trialWith } from '../trials.ts';
import { extractFolder } from './tables-files.ts';

const key = 'cd'.repeat(32);
const trial = trialWith();
const rxnorm = 'http://www.nlm.nih.gov/research/umls/rxnorm';
const vaccine = { system: rxnorm, code: '1928536', display: 'influenza vaccine' };
const rule: TableOrderRule = { codes: [vaccine] };

const mapping: OrderMapping = {
  kind: 'orders',
  source: 'orders',
  zone: 'America/New_York',
  columns: { key: 'id', patient: 'mrn', encounter: 'visit', placed: { at: 'placed' }, tag: 'tag' },
  codes: [{ column: 'code', system: rxnorm }],
  status: { column: 'status', placed: ['sent'], revoked: ['cancelled'], left: ['draft'] },
};

const mrn = (number: number): string => planted('mrn', number);
const visit = (number: number): string => planted('encounter', number);
/** At nine in New York, on a day of October 2026. */
const nine = (day: number): number => Date.UTC(2026, 9, day, 13);

/** `id patient placed [status] [code] [tag]` of each order, parted by blanks; a time with a T. */
const table = (...rows: readonly string[]): string =>
  [
    'id,mrn,visit,placed,status,code,tag',
    ...rows.map((row) => {
      const [id, number = '', placed, status = 'sent', code = vaccine.code, tag = ''] =
        row.split(' ');
      const patient = Number(number);
      return [id, mrn(patient), visit(patient), placed, status, code, tag].join(',');
    }),
  ].join('\n');

describe('Orders of a table', () => {
  const folder = extractFolder();
  let store: Store;
  let log: TrialLog;
  let files = 0;
  beforeEach(async () => {
    store = memoryStore({ key });
    log = await openLog(trial, store, { now: () => Date.parse('2026-12-01T12:00:00Z') });
  });
  afterEach(async () => {
    await log.close();
    await store.close();
  });

  /** An alert for a patient at nine on a day. */
  const alertFor = async (patient: number, day: number): Promise<string> => {
    const at = nine(day);
    const subject = { patient: mrn(patient), encounter: visit(patient) };
    const { id, settled } = log.impression(log.assign(subject, { at }), {
      id: newImpressionId(),
      stage: 'returned',
      alert: 'influenza',
      at,
    });
    expect(await settled).toMatchObject({ status: 'durable' });
    return id;
  };
  const run = (text: string, options: Partial<OrderImportOptions> = {}) =>
    importOrders(log, folder.write(`orders ${(files += 1)}.csv`, text), {
      mapping,
      rule,
      ledger: store,
      ...options,
    });
  const ordersInLedger = async (): Promise<readonly object[]> => {
    const orders: object[] = [];
    for await (const { event } of store.read({ trial: trial.fingerprint })) {
      if (event.type === 'order') orders.push(event);
    }
    return orders;
  };

  test('belong to the alert before them, and what the trial is not about is left out', async () => {
    const impression = await alertFor(1, 7);
    await alertFor(2, 7);
    const counts = await run(
      table(
        'a 1 2026-10-07T10:00:00',
        'b 1 2026-10-07T11:00:00 cancelled',
        'c 1 2026-10-07T11:00:00 sent 999',
        'd 1 2026-10-09T11:00:00',
        'e 2 2026-10-07T11:00:00 draft',
        'f 3 2026-10-07T11:00:00',
      ),
    );
    expect(counts).toMatchObject({
      rows: 6,
      leftOut: { 'another code': 1, 'never placed': 1, 'a patient without an alert': 1 },
      rejected: {},
      patients: 1,
      orders: 3,
      durable: 1,
      further: 1,
      unmatched: 1,
      dryRun: false,
    });
    expect(counts.units.map(({ ordered }) => ordered).reduce((a, b) => a + b)).toBe(1);
    expect(await ordersInLedger()).toEqual([
      expect.objectContaining({
        impression,
        route: 'window',
        order: vaccine,
        at: nine(7) + 3_600_000,
      }),
    ]);
  });

  test('may be read again, and nothing changes', async () => {
    await alertFor(1, 7);
    const text = table('a 1 2026-10-07T10:00:00', 'b 1 2026-10-07T11:00:00');
    expect(await run(text)).toMatchObject({ durable: 1, duplicate: 0 });
    expect(await run(text)).toMatchObject({ durable: 0, duplicate: 1 });
    expect(await ordersInLedger()).toHaveLength(1);
  });

  test('known by their dates, or by the minute of the alert, are possible ones only', async () => {
    await alertFor(1, 7);
    await alertFor(2, 7);
    await alertFor(3, 7);
    const dated = table('a 1 2026-10-07', 'b 2 2026-10-07T09:00', 'c 3 2026-10-07T09:01');
    const counts = await run(dated);
    expect(counts).toMatchObject({ possible: 1, durable: 2 });
    await alertFor(4, 7);
    const late = await log.impression(log.assign({ patient: mrn(5) }, { at: nine(7) + 20_000 }), {
      stage: 'returned',
      alert: 'influenza',
      at: nine(7) + 20_000,
    }).settled;
    expect(late.status).toBe('durable');
    // Placed in the minute of an alert at 20 seconds past: before it, or after.
    const inMinute = table('e 5 2026-10-07T09:00');
    expect(await run(inMinute)).toMatchObject({ possible: 1, durable: 0 });
    const seconds = table('f 5 2026-10-07T09:00:00');
    expect(await run(seconds)).toMatchObject({ possible: 0, unmatched: 1 });
    const coarse = { ...rule, precision: 'minute' } as const;
    expect(await run(seconds, { rule: coarse })).toMatchObject({ possible: 1 });
  });

  test('with the tag of a card are written as such, whenever they were placed', async () => {
    const impression = await alertFor(1, 7);
    const card = cardId(impression, 0);
    const counts = await run(
      table(
        `a 1 2026-10-07T09:30:00 sent ${vaccine.code} urn:uuid:${card.toUpperCase()}`,
        `b 1 2026-10-07T09:40:00 sent ${vaccine.code} elsewhere`,
      ),
    );
    expect(counts).toMatchObject({ tagged: 1, mistagged: 1, further: 1 });
    expect(await ordersInLedger()).toEqual([expect.objectContaining({ route: 'tag', impression })]);
  });

  test('of another encounter do not count where the rule says so', async () => {
    await alertFor(1, 7);
    const elsewhere = table('a 1 2026-10-07T10:00:00').replace(visit(1), visit(9));
    const same = { ...rule, sameEncounter: true };
    expect(await run(elsewhere, { rule: same })).toMatchObject({ unmatched: 1, durable: 0 });
    expect(await run(elsewhere, { rule: same, ids: { encounter: () => visit(1) } })).toMatchObject({
      durable: 1,
    });
  });

  test('of several rows are one where only the status differs, and rejected where more does', async () => {
    await alertFor(1, 7);
    await alertFor(2, 7);
    const rejects = join(folder.path, 'orders rejected.ndjson');
    const counts = await run(
      table(
        'a 1 2026-10-07T10:00:00 sent',
        'a 1 2026-10-07T10:00:00 cancelled',
        'b 2 2026-10-07T10:00:00',
        'b 2 2026-10-07T10:30:00',
        'c 2 2026-10-07T10:30:00 lost',
        'd 2 soon',
        ' 2 2026-10-07T10:30:00',
      ),
      { rejects },
    );
    expect(counts).toMatchObject({ orders: 1, revoked: 1, durable: 1, patients: 1 });
    expect(counts.rejected).toEqual({
      'id: is of several rows that differ: an order is placed once': 2,
      'status: is a status that the mapping does not have': 1,
      'placed: is not written as ISO 8601, such as 2026-10-05 09:03:00': 1,
      'id: is empty or not well-formed: an order needs a key': 1,
    });
    expect(readFileSync(rejects, 'utf8').trim().split('\n')).toHaveLength(5);
  });

  test('are told in a dry run, and nothing is written', async () => {
    await alertFor(1, 7);
    const text = table('a 1 2026-10-07T10:00:00', 'b 2 2026-10-07T10:00:00');
    expect(await run(text, { dryRun: true })).toMatchObject({ durable: 1, dryRun: true });
    expect(await ordersInLedger()).toEqual([]);
    await run(text);
    expect(await run(text, { dryRun: true })).toMatchObject({ durable: 0, duplicate: 1 });
  });

  test('of PCORnet and of OMOP are found by their published columns', async () => {
    await alertFor(1, 7);
    await alertFor(2, 7);
    await alertFor(3, 7);
    const zone = 'America/New_York';
    const prescribing = [
      'PRESCRIBINGID,PATID,ENCOUNTERID,RX_ORDER_DATE,RX_ORDER_TIME,RXNORM_CUI',
      `17,${mrn(1)},,2026-10-07,10:15,${vaccine.code}`,
    ].join('\n');
    expect(
      await run(prescribing, { mapping: { ...tablePresets['pcornet-prescribing'], zone } }),
    ).toMatchObject({ durable: 1 });

    const cpt = { system: 'http://www.ama-assn.org/go/cpt', code: '90686' };
    const procedures = [
      'PROCEDURESID,PATID,ENCOUNTERID,PX_DATE,PX,PX_TYPE,PX_SOURCE',
      `17,${mrn(2)},,2026-10-07,90686,CH,OD`,
      `18,${mrn(2)},,2026-10-07,90686,LC,OD`,
      `19,${mrn(2)},,2026-10-07,90686,CH,BI`,
    ].join('\n');
    expect(
      await run(procedures, {
        mapping: { ...tablePresets['pcornet-procedures'], zone },
        rule: { codes: [cpt] },
      }),
    ).toMatchObject({ possible: 1, leftOut: { 'another code': 1, 'not from an order': 1 } });

    const concept = { system: 'https://fhir-terminology.ohdsi.org', code: '40213154' };
    const exposures = [
      'drug_exposure_id,person_id,drug_concept_id,drug_exposure_start_date,drug_exposure_start_datetime,drug_type_concept_id,visit_occurrence_id,drug_source_value',
      `17,${mrn(3)},40213154,2026-10-07,2026-10-07 10:15:00,32838,,x`,
      `18,${mrn(3)},40213154,2026-10-07,2026-10-07 10:15:00,32818,,x`,
      `19,${mrn(3)},40213154,2026-10-07,2026-10-07 00:00:00,38000177,,x`,
    ].join('\n');
    expect(
      await run(exposures, {
        mapping: { ...tablePresets['omop-drug-exposure'], zone },
        rule: { codes: [concept] },
      }),
    ).toMatchObject({ orders: 2, durable: 1, possible: 1, leftOut: { 'no prescription': 1 } });
  });

  test('are refused with a rule or a table that does not fit', async () => {
    await expect(run(table(), { rule: { codes: [] } })).rejects.toThrow(/at least one code/);
    await expect(run(table(), { rule: { ...rule, after: '1 day' } })).rejects.toThrow(
      /rule.after: must be an ISO 8601 duration/,
    );
    await expect(run(table(), { rule: { ...rule, after: 'PT25H' } })).rejects.toThrow(RangeError);
    await expect(run('id,mrn\n')).rejects.toThrow(/lacks the column/);
  });
});
