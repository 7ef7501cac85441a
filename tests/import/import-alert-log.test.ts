import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Impression } from '../../src/events/event.ts';
import { ImportError, StoreUnusableError } from '../../src/errors.ts';
import type { ImportAlertLogOptions } from '../../src/import/import-alert-log.ts';
import { importAlertLog } from '../../src/import/import-alert-log.ts';
import type { AlertLogMapping } from '../../src/import/mapping.ts';
import type { AlertLogReport } from '../../src/import/tally.ts';
import type { Store } from '../../src/store/index.ts';
import { openLog, openStore } from '../../src/store/index.ts';
import type { Trial } from '../../src/trial/trial.ts';
import { planted, plantedMarks } from '../planted.ts';
import { inFolder } from '../store/place.ts';
import { trialWith } from '../trials.ts';
import type { TestRow } from './alert-log.ts';
import { csvOf, eventsIn, mapping, row, store as newStore } from './alert-log.ts';
import { put, withExtracts } from './reading.ts';

const trial = trialWith();

interface Imported {
  readonly report: AlertLogReport;
  readonly store: Store;
  readonly trial: Trial;
  readonly events: Awaited<ReturnType<typeof eventsIn>>;
}

/** Imports lists of rows, each a file of its own, in one call. */
async function imported(
  files: readonly (readonly TestRow[] | string)[],
  {
    into = newStore(),
    of = trial,
    ...options
  }: Partial<ImportAlertLogOptions> & { readonly into?: Store; readonly of?: Trial } = {},
): Promise<Imported> {
  return withExtracts(async (folder) => {
    const paths = files.map((rows, index) =>
      put(folder, `${index}.csv`, typeof rows === 'string' ? rows : csvOf(rows)),
    );
    await using log = await openLog(of, into);
    const report = await importAlertLog(log, paths, { mapping, ...options });
    return { report, store: into, trial: of, events: await eventsIn(into, of.fingerprint) };
  });
}

const impressionsOf = (events: Imported['events']): readonly Impression[] =>
  events.filter((event) => event.type === 'impression') as unknown as readonly Impression[];

describe('An import of an alert log', () => {
  test('makes an impression of each row, and of what became of it a dismissal or an acceptance', async () => {
    const { report, events } = await imported([
      [
        row(1),
        row(2, { status: 'Overridden', reason: 'not now', answered: '2026-10-06 08:03:00' }),
        row(3, { status: 'Accepted' }),
        row(4, { status: 'Filtered' }),
      ],
    ]);
    expect(report).toMatchObject({
      rows: 4,
      showings: 3,
      imported: 3,
      duplicate: 0,
      answers: 2,
      dropped: 1,
      droppedBy: { filtered: 1 },
      rejected: 0,
    });
    expect(Object.values(report.arms).reduce((sum, count) => sum + count, 0)).toBe(3);
    const at = Date.UTC(2026, 9, 6, 12, 2);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'impression', at, stage: 'displayed', alert: 'influenza' }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'dismissal',
        at: at + 60_000,
        delay: 60_000,
        override: { system: 'urn:tests', code: 'not now' },
      }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'acceptance', at: at + 60_000, delay: 0 }),
    );
  });

  test('gives each subject the arm that the log gives it at that time', async () => {
    const { events, store } = await imported([Array.from({ length: 60 }, (_, i) => row(i))]);
    await using log = await openLog(trial, store);
    for (const event of impressionsOf(events)) {
      expect(event.randomized).toBe(true);
      expect(event.unitId).toBe(event.patient);
    }
    const { arm, ids } = log.assign({ patient: row(5).mrn ?? '' }, { at: trial.startsAt });
    const own = impressionsOf(events).filter(({ patient }) => patient === ids.patient);
    expect(new Set(own.map((event) => event.arm))).toEqual(new Set([arm]));
  });

  test('writes no identifier into the ledger, and no key of a showing', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const rows = Array.from({ length: 30 }, (_, i) =>
        row(i, { showing: `planted-mrn-key-${i}`, status: 'Overridden', reason: 'no' }),
      );
      await using store = await openStore(file, { key: '7'.repeat(64) });
      const { report } = await imported([rows], { into: store });
      expect(report.imported).toBe(30);
      await store.close();
      const bytes = [file, `${file}-wal`]
        .filter(existsSync)
        .map((each) => readFileSync(each, 'latin1'))
        .join('');
      expect(bytes).toContain('dismissal');
      for (const mark of plantedMarks) expect(bytes).not.toContain(mark);
    }));

  test('changes nothing when it is done again', async () => {
    const rows = Array.from({ length: 200 }, (_, i) =>
      row(i, { status: i % 2 === 0 ? 'Overridden' : 'Accepted', reason: i % 4 === 0 ? 'no' : '' }),
    );
    const first = await imported([rows]);
    const again = await imported([rows], { into: first.store });
    expect(again.events).toEqual(first.events);
    expect(again.report).toMatchObject({
      imported: 0,
      duplicate: first.report.imported,
      answers: 0,
      duplicateAnswers: first.report.answers,
      rejected: 0,
    });
  });

  test('adds only what is new of an extract that overlaps another', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => row(i));
    const { store } = await imported([rows.slice(0, 60)]);
    const { report, events } = await imported([rows.slice(40)], { into: store });
    expect(report).toMatchObject({ imported: 40, duplicate: 20 });
    expect(events).toEqual((await imported([rows])).events);
  });

  test('knows a repeat of an opening that an extract before has begun', async () => {
    const one = { mrn: 'planted-mrn-9', staff: 'planted-clinician-9' };
    const [e, f, g] = ['08:50', '08:58', '09:05'].map((time, index) =>
      row(index, { ...one, showing: `r${index}`, shown: `2026-10-06 ${time}:00` }),
    );
    if (e === undefined || f === undefined || g === undefined) throw new Error('there are three');
    const whole = await imported([[e, f, g]]);
    expect(new Set(impressionsOf(whole.events).map(({ opening }) => opening)).size).toBe(1);
    // The second extract begins within the opening, overlaps the first, and brings one that is new.
    const { store } = await imported([[e, f]]);
    const { events, report } = await imported([[f, g]], { into: store });
    expect(report).toMatchObject({ imported: 1, duplicate: 1, rejected: 0 });
    expect(events).toEqual(whole.events);
  });

  test('gives one ledger whatever the order of rows and files, and however often it is cut off', async () => {
    const generated = fc.array(
      fc.record({
        minute: fc.nat(200),
        patient: fc.nat(3),
        status: fc.constantFrom('Viewed', 'Overridden', 'Accepted', 'Filtered'),
        file: fc.nat(2),
        key: fc.nat(1_000),
      }),
      { minLength: 1, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(generated, fc.infiniteStream(fc.nat()), async (tellings, order) => {
        const rows = tellings.map(({ minute, patient, status, key }) =>
          row(minute, {
            showing: `${patient}-${minute}-${key}`,
            mrn: `planted-mrn-${patient}`,
            staff: 'planted-clinician-1',
            visit: '',
            shown: `2026-10-06 ${String(8 + Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00`,
            status,
          }),
        );
        const unique = [...new Map(rows.map((each) => [each.showing, each])).values()];
        const { events } = await imported([unique]);
        const shuffled = unique
          .map((each) => ({ each, place: order.next().value ?? 0 }))
          .sort((one, other) => one.place - other.place)
          .map(({ each }) => each);
        const parted = [0, 1, 2].map((file) =>
          shuffled.filter((_, index) => tellings[index]?.file === file),
        );
        expect((await imported(parted)).events).toEqual(events);
        // Cut off in the middle of the extract, and begun anew.
        const some = unique
          .toSorted((one, other) => (one.shown < other.shown ? -1 : 1))
          .slice(0, unique.length >> 1);
        const { store } = await imported([some]);
        const whole = await imported([unique, some], { into: store });
        expect(whole.events).toEqual(events);
        expect(whole.report.rejected).toBe(0);
      }),
      { numRuns: 15 },
    );
  }, 60_000);

  test('takes several rows of one showing together', async () => {
    const { report, events } = await imported([
      [
        row(1),
        row(1, { status: 'Accepted', answered: '2026-10-06 08:05:00' }),
        row(1, { status: 'Overridden', reason: 'no', answered: '2026-10-06 08:02:00' }),
        row(1, { status: 'Overridden', reason: 'no', answered: '2026-10-06 08:02:00' }),
      ],
    ]);
    expect(report).toMatchObject({ rows: 4, showings: 1, merged: 3, imported: 1, answers: 2 });
    expect(events.map(({ type }) => type).toSorted()).toEqual([
      'acceptance',
      'dismissal',
      'impression',
    ]);
  });

  test('rejects a row that says of a showing what another contradicts', async () => {
    const { report } = await imported([
      [row(1), row(1, { mrn: 'planted-mrn-99' }), row(1, { shown: '2026-10-06 12:00:00' }), row(2)],
    ]);
    expect(report).toMatchObject({
      imported: 2,
      rejectedBy: {
        'another row of the same showing tells another patient or place': 1,
        'another row of the same showing tells another time': 1,
      },
    });
  });

  test('rejects what contradicts the ledger, which stands', async () => {
    const { store, events } = await imported([[row(1), row(2)]]);
    const later = await imported([[row(1, { mrn: 'planted-mrn-99' }), row(2), row(3)]], {
      into: store,
    });
    expect(later.report).toMatchObject({ imported: 1, duplicate: 1, rejected: 1 });
    expect(Object.keys(later.report.rejectedBy)).toEqual([
      expect.stringMatching(/the ledger says something else/),
    ]);
    expect(later.events).toEqual(expect.arrayContaining([...events]));
    expect(later.events).toHaveLength(3);
  });

  test('does not double what was imported in the wrong zone: it is rejected', async () => {
    const { store } = await imported([[row(1), row(2)]]);
    const { report, events } = await imported([[row(1), row(2)]], {
      into: store,
      mapping: { ...mapping, zone: 'America/Chicago' },
    });
    expect(report).toMatchObject({ imported: 0, duplicate: 0, rejected: 2 });
    expect(events).toHaveLength(2);
  });

  test('takes up an answer that a later extract knows', async () => {
    const { store } = await imported([[row(1)]]);
    const answered = row(1, { status: 'Overridden', answered: '2026-10-06 08:09:00' });
    const { report } = await imported([[answered]], { into: store });
    expect(report).toMatchObject({ imported: 0, duplicate: 1, answers: 1, rejected: 0 });
  });

  test('rejects each row that it cannot read, with its line and reason, and loads the rest', () =>
    withExtracts(async (folder) => {
      const rejects = join(folder, 'rejects.ndjson');
      const { report } = await imported(
        [
          [
            row(1, { status: 'Snoozed' }),
            row(2, { shown: '10/06/2026 08:02' }),
            row(3, { shown: '2026-11-01 01:30:00' }),
            row(4, { showing: ' ' }),
            row(5, { shown: '2026-10-06' }),
            row(6, { status: 'Overridden', answered: 'later' }),
            row(7, { status: 'Overridden', reason: 'x'.repeat(600) }),
            row(8),
          ],
          `${csvOf([row(9)])}1,2\n`,
        ],
        { rejects },
      );
      expect(report).toMatchObject({ rows: 9, imported: 3, rejected: 8 });
      const lines = readFileSync(rejects, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(
        new Set(lines.map(({ file, line, column }) => [file, line, column].map(String).join(' '))),
      ).toEqual(
        new Set([
          '0.csv 2 status',
          '0.csv 3 shown',
          '0.csv 4 shown',
          '0.csv 5 showing',
          '0.csv 6 shown',
          '0.csv 7 answered',
          '0.csv 8 undefined',
          '1.csv 3 undefined',
        ]),
      );
      expect(lines.find(({ line }) => line === 2)).toMatchObject({
        reason: 'is a code that the mapping does not know',
        row: { status: 'Snoozed', mrn: row(1).mrn },
      });
      // What may be shown on a screen holds nothing of the rows.
      for (const mark of plantedMarks) expect(JSON.stringify(report)).not.toContain(mark);
      expect(report.firstRejected).toHaveLength(8);
    }));

  test('rejects ids that a program on the way has made of those of many, or of another', async () => {
    const { report, events } = await imported([
      [
        row(1, { mrn: 'NULL' }),
        row(2, { visit: String.raw`\N` }),
        row(3, { mrn: '1.23E+10' }),
        row(4, { staff: '70012.0' }),
        row(5, { mrn: '=""00123""' }),
        row(6, { showing: '4.2E+09' }),
        row(7, { showing: 'NaN' }),
        row(8, { staff: '' }),
      ],
    ]);
    const nothing = 'is a text for nothing, such as NULL: name it in "missing" of the mapping';
    const shortened = 'is a number that a spreadsheet has shortened: export it as a text';
    expect(report).toMatchObject({
      imported: 1,
      rejected: 7,
      rejectedBy: {
        [`mrn: ${nothing}`]: 1,
        [`visit: ${nothing}`]: 1,
        [`showing: ${nothing}`]: 1,
        [`mrn: ${shortened}`]: 1,
        [`showing: ${shortened}`]: 1,
        'staff: is an id with a decimal point that was not in it: export it as a text': 1,
        'mrn: stands in quotation marks of its own: nothing may stand between them and the delimiter': 1,
      },
    });
    expect(impressionsOf(events).map(({ clinician }) => clinician)).toEqual([undefined]);
  });

  test('takes the texts that its mapping names for nothing', async () => {
    const { report, events } = await imported(
      [[row(1, { visit: 'NULL', status: 'Overridden', reason: 'NULL' }), row(2, { mrn: 'NULL' })]],
      { mapping: { ...mapping, missing: ['NULL'] } },
    );
    expect(report).toMatchObject({
      imported: 2,
      rejected: 0,
      notRandomized: { 'unit-missing': 1 },
    });
    const dismissals = events.filter(({ type }) => type === 'dismissal');
    expect(dismissals).toHaveLength(1);
    expect(dismissals[0]).not.toMatchObject({ encounter: expect.anything() });
    expect(dismissals[0]).not.toMatchObject({ override: expect.anything() });
  });

  test('assigns by the ids that alerts are served with, where it is told them', async () => {
    const served = planted('mrn', 901);
    const ids = { patient: (id: string) => (id === planted('mrn', 1) ? served : undefined) };
    const crossed = await imported([[row(1), row(2)]], { ids });
    expect(crossed.report).toMatchObject({
      imported: 1,
      rejectedBy: { 'mrn: is not in the crosswalk': 1 },
    });
    const plain = await imported([[row(1, { mrn: served })]]);
    expect(crossed.events).toEqual(plain.events);
  });

  test('does not double a showing that is told again without its seconds: it is rejected', async () => {
    const into = newStore();
    await imported([[row(1, { shown: '2026-10-06 09:03:27' })]], { into });
    const { report, events } = await imported([[row(1, { shown: '2026-10-06 09:03' })]], { into });
    expect(report).toMatchObject({ imported: 0, duplicate: 0, rejected: 1 });
    expect(events).toHaveLength(1);
  });

  test('rejects an answer from before the showing, but for the seconds that it does not tell', async () => {
    const { report } = await imported([
      [
        row(1, { status: 'Overridden', answered: '2026-10-06 04:01:00' }),
        row(2, {
          shown: '2026-10-06 08:02:40',
          status: 'Overridden',
          answered: '2026-10-06 08:02',
        }),
      ],
    ]);
    expect(report).toMatchObject({
      imported: 1,
      answers: 1,
      rejectedBy: { 'answered: is before the alert was shown': 1 },
    });
  });

  test('does not take the end of a date for an offset from UTC', async () => {
    const { report } = await imported([[row(1, { shown: '09:03 06-10-2026' })]], {
      mapping: { ...mapping, zone: null, times: 'HH:mm DD-MM-YYYY' },
    });
    expect(report.rejectedBy).toEqual({
      'shown: has no offset from UTC: name the zone in the mapping': 1,
    });
  });

  test('takes a time that clocks showed twice as it is told', async () => {
    const rows = [row(1, { shown: '2026-11-01 01:30:00' })];
    const times = await Promise.all(
      (['earlier', 'later'] as const).map(async (ambiguous) => {
        const { events } = await imported([rows], { mapping: { ...mapping, ambiguous } });
        return events[0]?.at;
      }),
    );
    expect(times).toEqual([Date.UTC(2026, 10, 1, 5, 30), Date.UTC(2026, 10, 1, 6, 30)]);
  });

  test('drops rows from before and after the trial', async () => {
    const { report } = await imported([
      [
        row(1, { shown: '2026-10-04 23:59:59' }),
        row(2, { shown: '2026-10-05 00:00:00' }),
        row(3, { shown: '2026-11-15 23:59:59' }),
        row(4, { shown: '2026-11-16 00:00:00' }),
      ],
    ]);
    expect(report).toMatchObject({
      imported: 2,
      droppedBy: { 'before the trial': 1, 'after the trial': 1 },
    });
  });

  test('keeps an alert whose unit is not known, and does not count it as random', async () => {
    const { report, events } = await imported([[row(1, { mrn: '' }), row(2)]]);
    expect(report).toMatchObject({ imported: 2, notRandomized: { 'unit-missing': 1 } });
    expect(events).toContainEqual(
      expect.objectContaining({ reason: 'unit-missing', arm: 'usual' }),
    );
  });

  test('says so beside the impression when another arm was shown than was assigned', async () => {
    const armed: AlertLogMapping = {
      ...mapping,
      columns: { ...mapping.columns, arm: 'reason' },
      arms: { A: 'usual', B: 'redesign' },
    };
    const rows = Array.from({ length: 40 }, (_, i) => row(i, { reason: i % 2 === 0 ? 'A' : 'B' }));
    const { report, events, store } = await imported([[...rows, row(50, { reason: 'C' })]], {
      mapping: armed,
    });
    const { arms, deviations } = report;
    expect(Object.values(arms)).toEqual([expect.any(Number), expect.any(Number)]);
    expect(deviations).toBeGreaterThan(0);
    const told = events.filter(({ type }) => type === 'deviation');
    expect(told).toHaveLength(deviations);
    expect(told[0]).toMatchObject({ what: 'other-arm-shown', randomized: true });
    expect(report.rejectedBy).toEqual({ 'reason: is an arm that the mapping does not know': 1 });
    const again = await imported([rows], { mapping: armed, into: store });
    expect(again.events).toEqual(events);
  });

  test('says so when an alert was shown that the arm keeps silent', async () => {
    const silent = trialWith({
      arms: [
        { name: 'usual', weight: 1, content: { summary: 's' } },
        { name: 'redesign', weight: 1, silent: true },
      ],
    });
    const codes = { ...mapping.codes, Suppressed: 'silent' as const };
    const { report, events } = await imported(
      [[...Array.from({ length: 40 }, (_, i) => row(i)), row(50, { status: 'Suppressed' })]],
      { of: silent, mapping: { ...mapping, codes } },
    );
    const { redesign = 0 } = report.arms;
    const kept = impressionsOf(events).filter(
      ({ arm, stage }) => arm === 'redesign' && stage === 'silent',
    );
    expect(report.deviations).toBe(redesign - kept.length);
    expect(events).toContainEqual(expect.objectContaining({ what: 'silent-arm-shown' }));
    expect(events).toContainEqual(expect.objectContaining({ stage: 'silent' }));
  });

  test('reads alerts, orders, strata and practices from their columns', async () => {
    const practices = trialWith({ unit: 'practice', strata: ['size'] });
    const text = [
      'k,day,time,alert,dept,size,what,order',
      '1,10/06/2026,09:00:00,78000,d1,large,done,90686',
      '2,10/06/2026,09:01:00,78001,d1,large,done,',
      '',
    ].join('\n');
    const { report, events } = await imported([text], {
      of: practices,
      mapping: {
        source: 'tests',
        zone: 'America/New_York',
        times: 'MM/DD/YYYY HH:mm:ss',
        columns: {
          key: ['k', 'alert'],
          time: ['day', 'time'],
          practice: 'dept',
          strata: { size: 'size' },
          alert: 'alert',
          code: 'what',
          order: 'order',
        },
        alerts: { '78000': 'influenza' },
        codes: { done: 'accepted' },
        orderSystem: 'urn:cpt',
      },
    });
    expect(report).toMatchObject({ imported: 1, answers: 2, droppedBy: { 'another alert': 1 } });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'order',
        route: 'click',
        order: { system: 'urn:cpt', code: '90686' },
        practice: 'd1',
        unitId: 'd1',
        stratum: 'size=large',
        at: Date.UTC(2026, 9, 6, 13),
      }),
    );
  });

  test('keeps to the conditions of its mapping, and counts what it drops', async () => {
    const { report } = await imported([[row(1), row(2), row(3, { staff: '' }), row(4)]], {
      mapping: {
        ...mapping,
        where: [
          { column: 'showing', not: ['s1'], why: 'background' },
          { column: 'staff', empty: false },
          { column: 'status', in: ['Viewed'] },
        ],
      },
    });
    expect(report).toMatchObject({
      imported: 2,
      dropped: 2,
      droppedBy: { background: 1, 'staff is another': 1 },
    });
  });

  test('completes rows from a second file, and drops those that it does not have', () =>
    withExtracts(async (folder) => {
      const join_ = put(
        folder,
        'alerts.csv',
        'ID,MRN,BPA\ns1,planted-mrn-1,7\ns2,planted-mrn-2,8\n',
      );
      const { report, events } = await imported([[row(1), row(2), row(3)]], {
        mapping: {
          ...mapping,
          columns: { ...mapping.columns, patient: 'MRN' },
          join: {
            column: 'showing',
            key: 'ID',
            columns: ['MRN'],
            where: [{ column: 'BPA', in: ['7'] }],
          },
        },
        join: join_,
      });
      expect(report).toMatchObject({ imported: 1, droppedBy: { 'not in the joined file': 2 } });
      expect(events).toHaveLength(1);
    }));

  test('writes nothing in a dry run, and tells what it would do', () =>
    withExtracts(async (folder) => {
      const rows = [row(1, { status: 'Overridden' }), row(2), row(3, { status: 'Snoozed' })];
      const rejects = join(folder, 'rejects.ndjson');
      const dry = await imported([rows], { dryRun: true, rejects });
      expect(dry.events).toEqual([]);
      expect([existsSync(rejects), existsSync(`${rejects}.part`)]).toEqual([false, false]);
      const { report } = await imported([rows]);
      expect(dry.report).toEqual({ ...report, imported: 0 });
    }));

  test('tells how far it is', async () => {
    const told: number[] = [];
    let total = 0;
    await imported([[row(1)], Array.from({ length: 3_000 }, (_, i) => row(i))], {
      onProgress: ({ bytesRead, bytesTotal, rows }) => {
        told.push(bytesRead);
        total = bytesTotal;
        expect(rows).toBeGreaterThan(0);
      },
    });
    expect(told).toEqual([...told].toSorted((one, other) => one - other));
    expect(told.at(-1)).toBe(total);
  });

  test('ends when its signal is aborted, leaves what it wrote, and goes on when it is begun anew', async () => {
    const rows = Array.from({ length: 9_000 }, (_, i) =>
      row(i % 700, { showing: `t${i}`, mrn: `planted-mrn-${i}` }),
    );
    const store = newStore();
    const controller = new AbortController();
    const aborted = imported([rows], {
      into: store,
      signal: controller.signal,
      onProgress: ({ rows: read }) => {
        if (read > 4_000) controller.abort(new Error('enough'));
      },
    });
    await expect(aborted).rejects.toThrow('enough');
    const { report } = await imported([rows], { into: store });
    expect(report.imported + report.duplicate).toBe(9_000);
    const { events } = await imported([rows]);
    expect(await eventsIn(store, trial.fingerprint)).toEqual(events);
  });

  test('fails with the error of the ledger when that cannot be written, and counts nothing as lost', async () => {
    const broken: Store = {
      ...newStore(),
      append: () => Promise.reject(new StoreUnusableError('the disk is full')),
    };
    await withExtracts(async (folder) => {
      const file = put(folder, 'a.csv', csvOf([row(1)]));
      const log = await openLog(trial, broken);
      await expect(importAlertLog(log, file, { mapping })).rejects.toThrow('the disk is full');
      expect(log.counters).toMatchObject({ lost: 0, waiting: 0 });
      await log.close();
    });
  });

  test('tells the counters of its log what it wrote', () =>
    withExtracts(async (folder) => {
      const file = put(folder, 'a.csv', csvOf([row(1, { status: 'Overridden' }), row(2)]));
      await using log = await openLog(trial, newStore());
      await importAlertLog(log, file, { mapping });
      await importAlertLog(log, file, { mapping });
      expect(log.counters).toMatchObject({ durable: 3, duplicate: 3, rejected: 0, waiting: 0 });
    }));

  test('says what is wrong before it begins', async () => {
    const cases: readonly (readonly [Partial<ImportAlertLogOptions>, RegExp])[] = [
      [
        {
          mapping: {
            source: 'tests',
            zone: null,
            alert: 'a',
            columns: { key: 'showing', time: 'shown' },
          },
        },
        /randomises by patient/,
      ],
      [
        {
          mapping: {
            ...mapping,
            arms: { A: 'none' },
            columns: { ...mapping.columns, arm: 'reason' },
          },
        },
        /"none" is no arm/,
      ],
      [{ join: 'x.csv' }, /joins no file/],
      [
        { mapping: { ...mapping, columns: { ...mapping.columns, practice: 'dept' } } },
        /lacks the column\(s\) "dept"/,
      ],
    ];
    for (const [options, message] of cases) {
      const importing = imported([[row(1)]], options);
      await expect(importing).rejects.toThrow(ImportError);
      await expect(importing).rejects.toThrow(message);
    }
    await using log = await openLog(trial, newStore());
    await expect(importAlertLog(log, [], { mapping })).rejects.toThrow(/at least one/);
    await expect(importAlertLog(log, 'nowhere.csv', { mapping })).rejects.toThrow(/is not there/);
    const strata = imported([[row(1)]], { of: trialWith({ strata: ['size'] }) });
    await expect(strata).rejects.toThrow(/stratum size/);
    const other = { ...mapping, columns: { ...mapping.columns, strata: { sise: 'reason' } } };
    await expect(imported([[row(1)]], { mapping: other })).rejects.toThrow(/is no stratum of/);
  });
});
