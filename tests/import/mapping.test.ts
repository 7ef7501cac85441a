import { describe, expect, test } from '@jest/globals';
import { ImportError } from '../../src/errors.ts';
import { importAlertLog } from '../../src/import/import-alert-log.ts';
import { mappingFrom } from '../../src/import/mapping-schema.ts';
import { alertLogPresets } from '../../src/import/presets/index.ts';
import { openLog } from '../../src/store/index.ts';
import { trialWith } from '../trials.ts';
import { eventsIn, mapping, store } from './alert-log.ts';
import { put, withExtracts } from './reading.ts';

const problemsOf = (document: unknown): readonly string[] => {
  try {
    mappingFrom(document);
  } catch (cause) {
    if (cause instanceof ImportError) return cause.problems.map(({ path }) => path).toSorted();
    throw cause;
  }
  return [];
};

describe('A mapping', () => {
  test('is what it was after it was printed and read', () => {
    expect(mappingFrom(JSON.parse(JSON.stringify(mapping)))).toEqual(mapping);
  });

  test('is refused with every fault that it has', () => {
    const document = {
      ...mapping,
      source: '',
      zone: 'New York',
      times: 'HH:mm',
      delimiter: '||',
      columns: { time: [], patient: '__proto__', ward: 'x' },
      codes: { Viewed: 'seen' },
      where: [{ column: 'a' }, { column: 'a', in: ['x'], not: ['y'] }],
      more: 1,
    };
    expect(problemsOf(document)).toEqual(
      [
        'mapping',
        'mapping.codes.Viewed',
        'mapping.columns',
        'mapping.columns.key',
        'mapping.columns.patient',
        'mapping.columns.time',
        'mapping.delimiter',
        'mapping.source',
        'mapping.times',
        'mapping.where[0]',
        'mapping.where[1]',
        'mapping.zone',
      ].toSorted(),
    );
  });

  test('is refused where its parts do not go together', () => {
    const { codes, alert, ...rest } = mapping;
    expect(problemsOf({ ...rest, codes })).toEqual(['mapping.alert']);
    expect(problemsOf({ ...rest, alert })).toEqual(['mapping.codes']);
    expect(problemsOf({ ...mapping, meaning: 'displayed' })).toEqual(['mapping.meaning']);
    expect(problemsOf({ ...mapping, arms: { A: 'usual' } })).toEqual(['mapping.arms']);
    expect(problemsOf({ ...mapping, alerts: { a: 'b' } })).toEqual(['mapping.alerts']);
    expect(problemsOf(null)).toEqual(['mapping']);
    const columns = { ...mapping.columns, encounter: ' MRN' };
    expect(problemsOf({ ...mapping, columns })).toEqual(['mapping.columns.encounter']);
  });
});

describe('A mapping that comes with the library', () => {
  test.each(Object.entries(alertLogPresets))('%s can be printed and read', (_, preset) => {
    expect(mappingFrom(JSON.parse(JSON.stringify(preset)))).toEqual(preset);
  });

  const history = [
    'ALT_CSN_ID\tALT_ID\tALT_ACTION_INST\tALT_STATUS_C_NAME\tUSER_ID\tPATIENT_DEP_ID_EXTERNAL_NAME\tOVERALL_OVR_RSN_C_NAME',
    '1\t11\t10/6/2026 8:01:00 AM\tOverridden\tu1\td1\tNot clinically appropriate',
    '2\t11\t10/6/2026 8:04:00 PM\tViewed\tu1\td1\t',
    '3\t12\t10/6/2026 8:05:00 AM\tFiltered\tu1\td1\t',
    '4\t12\t10/6/2026 8:06:00 AM\tDeferred\tu1\td1\t',
    '5\t13\t10/6/2026 8:07:00 AM\tViewed\tu1\td1\t',
    '',
  ].join('\n');
  const alerts = [
    'ALT_ID\tPAT_ID\tPAT_CSN\tALERT_DESC',
    '11\tp1\t501\tInfluenza',
    '12\tp2\t\tInfluenza',
    '13\tp3\t503\tAnother',
    '',
  ].join('\n');

  test("reads Epic's two tables, drops what was filtered, and rejects what is not published", () =>
    withExtracts(async (folder) => {
      const files = [put(folder, 'ALT_HISTORY.tsv', history), put(folder, 'ALERT.tsv', alerts)];
      await using log = await openLog(trialWith(), store());
      const report = await importAlertLog(log, files[0] ?? '', {
        mapping: {
          ...alertLogPresets['epic-ehi'],
          zone: 'America/New_York',
          alerts: { Influenza: 'influenza' },
        },
        join: files[1],
      });
      expect(report).toMatchObject({
        rows: 5,
        imported: 2,
        answers: 1,
        droppedBy: { 'filtered: never shown': 1, 'another alert': 1 },
        rejectedBy: { 'ALT_STATUS_C_NAME: is a code that the mapping does not know': 1 },
      });
    }));

  test('imports nothing before the zone and the alert have been put in', () =>
    withExtracts(async (folder) => {
      const files = [put(folder, 'ALT_HISTORY.tsv', history), put(folder, 'ALERT.tsv', alerts)];
      await using log = await openLog(trialWith(), store());
      const preset = alertLogPresets['epic-ehi'];
      const import_ = (changes: object): Promise<object> =>
        importAlertLog(log, files[0] ?? '', { mapping: { ...preset, ...changes }, join: files[1] });
      expect(await import_({})).toMatchObject({ imported: 0, droppedBy: { 'another alert': 5 } });
      expect(await import_({ alerts: { Influenza: 'influenza' } })).toMatchObject({
        imported: 0,
        rejectedBy: {
          'ALT_ACTION_INST: has no offset from UTC: name the zone in the mapping': 2,
        },
      });
    }));

  test("reads Oracle's dialogues, and takes 0 for nothing", () =>
    withExtracts(async (folder) => {
      const dialogues = [
        'DLG_EVENT_ID,DLG_NAME,DLG_DT_TM,DLG_PRSNL_ID,PERSON_ID,ENCNTR_ID,ACTION_FLAG,OVERRIDE_REASON_CD',
        '1,FLU!MAIN,06-OCT-2026 08:00:00,71,501,601,3,90',
        '2,FLU!MAIN,06-OCT-2026 08:05:00,71,501,601,2,0',
        '3,FLU!MAIN,06-OCT-2026 08:06:00,71,502,0,3,0',
        '4,FLU!MAIN,06-OCT-2026 08:07:00,71,503,601,5,0',
        '5,FLU!MAIN,06-OCT-2026 08:08:00,71,504.00,601,1,0',
        '',
      ].join('\n');
      const file = put(folder, 'EKS_DLG_EVENT.csv', dialogues);
      const ledger = store();
      const trial = trialWith();
      await using log = await openLog(trial, ledger);
      const report = await importAlertLog(log, file, {
        mapping: {
          ...alertLogPresets['oracle-eks'],
          zone: 'America/New_York',
          alerts: { 'FLU!MAIN': 'influenza' },
        },
      });
      expect(report).toMatchObject({
        imported: 2,
        answers: 2,
        droppedBy: { 'logged by a rule: never shown': 1 },
        rejectedBy: {
          'ACTION_FLAG: is a code that the mapping does not know': 1,
          'PERSON_ID: is an id with a decimal point that was not in it: export it as a text': 1,
        },
      });
      const events = await eventsIn(ledger, trial.fingerprint);
      const dismissals = events.filter(({ type }) => type === 'dismissal');
      const reasoned = expect.objectContaining({
        override: expect.objectContaining({ code: '90' }),
      });
      expect(dismissals).toEqual(expect.arrayContaining([reasoned]));
      expect(dismissals.filter(({ encounter }) => encounter !== undefined)).toEqual([reasoned]);
    }));

  test('reads one JSON object a line, with dotted paths', () =>
    withExtracts(async (folder) => {
      const line = (id: number, status: string): string =>
        JSON.stringify({
          id,
          at: `2026-10-06T08:0${id}:00-04:00`,
          patient: { id: 'p1' },
          alert: 'influenza',
          status,
        });
      const text = `${line(1, 'displayed')}\n${line(2, 'overridden')}\n{"id":\n`;
      const file = put(folder, 'alerts.ndjson', text);
      await using log = await openLog(trialWith(), store());
      const { codes } = alertLogPresets.generic;
      const report = await importAlertLog(log, file, {
        mapping: {
          source: 'tests',
          zone: null,
          columns: { key: 'id', time: 'at', patient: 'patient.id', alert: 'alert', code: 'status' },
          ...(codes !== undefined && { codes }),
        },
      });
      expect(report).toMatchObject({ imported: 2, answers: 1, rejectedBy: { 'is no JSON': 1 } });
    }));
});
