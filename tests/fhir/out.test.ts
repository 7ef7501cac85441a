import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { analyze } from '../../src/analysis/index.ts';
import { countedMetrics } from '../../src/fhir/out/counted.ts';
import type { FhirExportManifest } from '../../src/fhir/out/index.ts';
import {
  armGroups,
  auditEvents,
  exportFhir,
  measureReports,
  researchStudy,
  researchSubjects,
} from '../../src/fhir/out/index.ts';
import { measureReport } from '../../src/fhir/out/measure-report.ts';
import { namesOf } from '../../src/fhir/out/names.ts';
import { phaseAt } from '../../src/fhir/out/phase.ts';
import type { OutMeasureReport, OutPopulation } from '../../src/fhir/out/resources.ts';
import type { Store } from '../../src/store/index.ts';
import { listOf } from '../allocation/list/fixtures.ts';
import { plantedMarks, planted } from '../planted.ts';
import { discard, inFolder, makeFolder } from '../store/place.ts';
import { during, trialWith } from '../trials.ts';
import { all, ledgerOf, linesOf, over, running, trialOf } from './out-ledger.ts';

const trial = trialOf('patient');
const asOf = over;

describe('A ResearchStudy', () => {
  const day = 86_400_000;

  test.each([
    ['approved', trial.startsAt - 1, null],
    ['active', trial.startsAt, null],
    ['active', trial.endsAt - 1, null],
    ['closed-to-accrual-and-intervention', trial.endsAt, null],
    ['completed', trial.endsAt + trial.responseWindow, null],
    ['active', during, during + day],
    ['closed-to-accrual-and-intervention', during, during],
    ['administratively-completed', during + day, during],
    ['completed', over, trial.endsAt + 1],
    ['withdrawn', over, trial.startsAt - day],
  ])('is %s', (status, asOf, stoppedAt) => {
    expect(researchStudy(trial, { asOf, stoppedAt }).status).toBe(status);
  });

  test('has the days of the protocol, or the day of the stop where the trial is', () => {
    const period = (stoppedAt: number | null) => researchStudy(trial, { asOf, stoppedAt }).period;
    expect(period(null)).toEqual({ start: '2026-10-05', end: '2026-11-15' });
    // Half past eleven in the evening in New York is the next day in Greenwich.
    expect(period(Date.UTC(2026, 9, 21, 3, 30)).end).toBe('2026-10-20');
    expect(period(trial.startsAt - day)).toEqual({ start: '2026-10-05', end: undefined });
  });

  test('is known by the fingerprint of its protocol', () => {
    const study = researchStudy(trial, { asOf, base: 'https://hospital.example/trials/' });
    expect(study.id).toBe(trial.fingerprint);
    expect(study.identifier).toEqual([
      { system: 'https://hospital.example/trials/identifier/protocol', value: trial.fingerprint },
      { system: 'https://hospital.example/trials/identifier/trial', value: 'influenza/1' },
    ]);
    expect(study.meta?.security.map(({ code }) => code)).toEqual(['HTEST']);
  });

  test('names its arms and outcomes as the protocol does', () => {
    const { arm, objective } = researchStudy(trial, { asOf });
    expect(arm.map(({ name, extension }) => [name, extension[0]?.valueId])).toEqual([
      ['usual', 'arm-1'],
      ['redesign', 'arm-2'],
    ]);
    expect(objective[0]).toMatchObject({
      name: 'Alerts per patient-day (lower is better)',
      type: { coding: [{ code: 'primary' }] },
    });
    expect(objective[1]).toMatchObject({
      type: { coding: [{ code: 'secondary' }], text: 'Guardrail' },
    });
  });

  test.each(['', 'hospital', 'https://hospital.example/?a=b', 'https://hospital.example/a b'])(
    'refuses the base "%s"',
    (base) => {
      expect(() => researchStudy(trial, { asOf, base })).toThrow(/absolute address/);
    },
  );

  test('refuses an instant that is none', () => {
    expect(() => researchStudy(trial, { asOf: Number.NaN })).toThrow(/asOf/);
  });
});

describe('ResearchSubjects', () => {
  test('are the patients who were randomised, each with the arm of the ledger', async () => {
    const store = await ledgerOf(trial);
    const subjects = await all(researchSubjects(store, trial, { asOf }));
    const rows = await store.summaries(trial.fingerprint);
    const expected = new Map(rows.map(({ unitId, arm }) => [unitId, arm]));
    expect(expected.size).toBe(14);
    expect(
      new Map(
        subjects.map(({ individual, assignedArm }) => [individual.identifier?.value, assignedArm]),
      ),
    ).toEqual(expected);
    expect(new Set(subjects.map(({ status }) => status))).toEqual(new Set(['off-study']));
    const [known] = subjects;
    expect(known?.individual).toEqual({
      type: 'Patient',
      identifier: {
        system: expect.stringMatching(/^urn:uuid:/),
        value: store.pseudonym('patient', planted('mrn', 0)),
      },
    });
    expect(known?.period).toEqual({
      start: '2026-11-01T04:00:00.000Z',
      end: new Date(during).toISOString(),
    });
  });

  test('are still on the study while it runs, without an end', async () => {
    const [first] = await all(researchSubjects(await ledgerOf(trial), trial, { asOf: running }));
    expect(first).toMatchObject({ status: 'on-study', period: { end: undefined } });
  });

  test('have no actual arm where a fault gave them another one', async () => {
    const store = await ledgerOf(trial, 6);
    const events = await all(store.read({ trial: trial.fingerprint, types: ['impression'] }));
    const own = events.map(({ event }) => event).find(({ arm }) => arm === 'redesign');
    if (own === undefined) throw new Error('no one was randomised to the redesign');
    const id = '018f0000-0000-7000-8000-00000000eeee';
    const fault = { arm: 'usual', randomized: false, reason: 'fault', opening: id, id } as const;
    await store.append([{ ...own, ...fault }]);
    const subjects = await all(researchSubjects(store, trial, { asOf }));
    const mixed = subjects.filter(({ actualArm }) => actualArm === undefined);
    expect(mixed.map(({ individual }) => individual.identifier?.value)).toEqual([own.unitId]);
    expect(mixed[0]?.assignedArm).toBe('redesign');
  });

  test('of two ledgers with two keys have two systems', async () => {
    const systems = await Promise.all(
      ['ab', 'cd'].map(async (key) => {
        const store = await ledgerOf(trial, 1);
        const keyed = { ...store, keyCheck: async () => key } as Store;
        return (await all(researchSubjects(keyed, trial, { asOf })))[0]?.individual.identifier
          ?.system;
      }),
    );
    expect(new Set(systems).size).toBe(2);
  });

  test('are there with their arms after the events were removed', async () => {
    const store = await ledgerOf(trial);
    const before = await all(researchSubjects(store, trial, { asOf }));
    await store.retire(trial.fingerprint, over);
    const after = await all(researchSubjects(store, trial, { asOf }));
    const said = (subjects: typeof before) =>
      new Map(
        subjects.map(({ individual, assignedArm }) => [individual.identifier?.value, assignedArm]),
      );
    expect(said(after)).toEqual(said(before));
    expect(after[0]?.period).toBeUndefined();
    expect(await all(auditEvents(store, trial))).toEqual([]);
    expect(await all(measureReports(store, trial, { asOf }))).toEqual([]);
  });

  test('of a trial by encounter are its encounters, and of one by practice there are none', async () => {
    const byEncounter = trialOf('encounter');
    const store = await ledgerOf(byEncounter, 3);
    const subjects = await all(researchSubjects(store, byEncounter, { asOf }));
    expect(subjects.map(({ identifier }) => identifier[1]?.value)).toEqual(
      [0, 1, 2].map((i) => store.pseudonym('encounter', planted('encounter', i))),
    );
    expect(subjects[1]?.individual.identifier?.value).toBe(
      store.pseudonym('patient', planted('mrn', 1)),
    );
    const byPractice = trialOf('practice');
    expect(
      await all(researchSubjects(await ledgerOf(byPractice, 3), byPractice, { asOf })),
    ).toEqual([]);
  });

  test('of a trial that the ledger does not hold are refused', async () => {
    const store = await ledgerOf(trial, 1);
    const other = trialWith({ title: 'Another' });
    await expect(all(researchSubjects(store, other, { asOf }))).rejects.toThrow(/does not hold/);
  });
});

describe('Groups', () => {
  test('hold the practices of each arm, also those in which nothing happened yet', async () => {
    const listed = trialOf('practice');
    const groups = await all(armGroups(await ledgerOf(listed), listed, { asOf }));
    const list = listOf(listed, 4);
    for (const { name } of listed.arms) {
      const group = groups.find((each) => each.name.endsWith(`: ${name}`));
      const members = (group?.member ?? []).map(({ entity }) => entity.identifier?.value);
      const own = list.clusters.flatMap(({ id, arms }) => (arms[0] === name ? [id] : []));
      expect(new Set(members)).toEqual(new Set(own));
      expect([members.length, group?.quantity]).toEqual([own.length, own.length]);
    }
    expect(groups.map(({ id }) => `Group/${id}`)).toEqual(
      researchStudy(listed, { asOf }).arm.map(
        ({ extension }) => extension[1]?.valueReference?.reference,
      ),
    );
  });

  test('of clinicians know them by their pseudonyms', async () => {
    const byClinician = trialOf('clinician');
    const store = await ledgerOf(byClinician);
    const groups = await all(armGroups(store, byClinician, { asOf }));
    const members = groups.flatMap(({ member }) => member ?? []);
    expect(new Set(members.map(({ entity }) => entity.identifier?.value))).toEqual(
      new Set([0, 1, 2, 3, 4].map((i) => store.pseudonym('clinician', planted('clinician', i)))),
    );
    expect(members).toHaveLength(5);
  });

  test('are none in a trial of patients', async () => {
    expect(await all(armGroups(await ledgerOf(trial, 1), trial, { asOf }))).toEqual([]);
  });
});

describe('AuditEvents', () => {
  test('are the events of the log, in its order, none left out', async () => {
    const store = await ledgerOf(trial);
    const events = await all(store.read({ trial: trial.fingerprint }));
    const audit = await all(auditEvents(store, trial));
    expect(audit.map(({ id }) => id)).toEqual(events.map(({ event }) => event.id));
    expect(audit.map(({ subtype }) => subtype[0]?.code)).toEqual(
      events.map(({ event }) => event.type),
    );
    expect(new Set(audit.map(({ subtype }) => subtype[0]?.code)).size).toBe(7);
  });

  test('say what happened, when, when it was learnt, and who did it', async () => {
    const store = await ledgerOf(trial);
    const audit = await all(auditEvents(store, trial));
    const of = (code: string) => audit.filter(({ subtype }) => subtype[0]?.code === code);
    const details = (event: (typeof audit)[number] | undefined) =>
      Object.fromEntries(
        event?.entity[0]?.detail?.map(({ type, valueString }) => [type, valueString]) ?? [],
      );
    const clinician = store.pseudonym('clinician', planted('clinician', 1));

    const [dismissal] = of('dismissal');
    expect(dismissal).toMatchObject({ action: 'E', outcome: '0' });
    expect(dismissal?.agent[0]).toMatchObject({
      requestor: true,
      who: { type: 'Practitioner', identifier: { value: clinician } },
    });
    expect(details(dismissal)).toMatchObject({
      event: 'dismissal',
      trial: 'influenza',
      round: '1',
      randomized: 'true',
      'override-code': ' not  now',
      'delay-milliseconds': '0',
    });
    const impressions = of('impression').map(({ id }) => id);
    expect(impressions).toContain(details(dismissal)['impression']);

    const [gap] = of('gap');
    expect(gap).toMatchObject({
      outcome: '8',
      outcomeDesc: '3 event(s) could not be recorded',
      period: {
        start: new Date(during - 9).toISOString(),
        end: new Date(during).toISOString(),
      },
    });
    expect(gap?.agent.map(({ who, requestor }) => [who.type, requestor])).toEqual([
      ['Device', true],
    ]);
    expect(of('deviation')[0]).toMatchObject({ outcome: '4', outcomeDesc: 'arm-failed' });
    expect(of('order').map(({ action }) => action)).toContain('C');
    expect(of('patient-days').map(({ action }) => action)).toEqual(
      expect.arrayContaining(['C', 'U']),
    );
    const seen = of('order').filter((each) => details(each)['route'] === 'window');
    expect(seen.length).toBeGreaterThan(0);
    for (const order of seen) expect(order.agent.map(({ who }) => who.type)).toEqual(['Device']);
  });

  test('since an instant are those that happened then or later', async () => {
    const store = await ledgerOf(trial);
    expect(await all(auditEvents(store, trial, { since: during + 1 }))).toEqual([]);
    const late = await all(auditEvents(store, trial, { since: during }));
    expect(late.length).toBeGreaterThan(0);
    expect(late.every(({ period }) => Date.parse(period.end) >= during)).toBe(true);
    await expect(all(auditEvents(store, trial, { since: -1 }))).rejects.toThrow(/since/);
  });
});

const isReport = (resource: { readonly resourceType: string }): resource is OutMeasureReport =>
  resource.resourceType === 'MeasureReport';

const countsIn = (population: readonly OutPopulation[] | undefined) =>
  population?.map(({ count }) => count);

const countable = [
  { metric: 'acceptedPerPatientDay', better: 'higher', patientDays: 'elapsed' },
  { metric: 'orderRate', better: 'higher' },
  { metric: 'acceptancePerEligiblePatient', better: 'higher' },
];

describe('MeasureReports', () => {
  test.each(['patient', 'practice', 'encounter'])(
    'of a trial by %s count what its analysis counts',
    async (unit) => {
      const counted = trialOf(unit, { secondary: countable });
      const store = await ledgerOf(counted);
      const reports = (await all(measureReports(store, counted, { asOf }))).filter(isReport);
      const { primary, guardrails, secondary } = await analyze(counted, store, { asOf });
      const measures = [primary, ...guardrails, ...secondary];
      expect(reports).toHaveLength(measures.length);
      reports.forEach(({ group }, i) => {
        const measure = measures[i];
        const strata = group[0]?.stratifier[0]?.stratum ?? [];
        expect(strata.map(({ value }) => value.text)).toEqual(['usual', 'redesign']);
        expect(strata.map(({ population }) => countsIn(population))).toEqual(
          measure?.arms.map(({ numerator, denominator }) => [
            Math.round(numerator),
            Math.round(denominator),
          ]),
        );
        strata.forEach(({ measureScore }, arm) => {
          const { numerator = 0, denominator = 1 } = measure?.arms[arm] ?? {};
          expect(measureScore?.value).toBeCloseTo(numerator / denominator, 12);
        });
      });
    },
  );

  test('are of each measure once, without those that are brought from outside', async () => {
    const twice = trialOf('patient', {
      secondary: [
        { metric: 'acceptanceRate', better: 'higher' },
        { metric: 'alertsPerClinicianDay', better: 'lower' },
        { metric: 'alertsPerPatientDay', better: 'lower', alerts: 'opening' },
      ],
    });
    const resources = await all(measureReports(await ledgerOf(twice, 3), twice, { asOf }));
    const titles = resources.flatMap((each) => ('title' in each ? [each.title] : []));
    expect(titles).toEqual([
      'Alerts per patient-day',
      'Acceptance per alert',
      'Alerts per patient-day',
    ]);
  });

  test('say which direction is better, and until when they count', async () => {
    const store = await ledgerOf(trial);
    const [measure, report] = await all(measureReports(store, trial, { asOf: running }));
    expect(measure).toMatchObject({
      resourceType: 'Measure',
      title: 'Alerts per patient-day',
      scoring: { coding: [{ code: 'ratio' }] },
      improvementNotation: { coding: [{ code: 'decrease' }] },
    });
    expect(report).toMatchObject({
      resourceType: 'MeasureReport',
      period: {
        start: new Date(trial.startsAt).toISOString(),
        end: new Date(running).toISOString(),
      },
      date: new Date(running).toISOString(),
    });
  });

  const names = namesOf(trial, {});
  const phase = phaseAt(trial, { asOf });
  const [rate, proportion] = countedMetrics(trial);
  if (rate === undefined || proportion === undefined) throw new Error('the trial has no measures');

  test('withhold what is small so that the totals do not give it away', () => {
    const arms = fc.array(
      fc.record({ part: fc.integer({ min: 0, max: 30 }), rest: fc.integer({ min: 0, max: 30 }) }),
      { minLength: 2, maxLength: 4 },
    );
    fc.assert(
      fc.property(arms, fc.integer({ min: 0, max: 15 }), (held, smallest) => {
        const counts = held.map(({ part, rest }, i) => ({
          arm: `arm ${i}`,
          numerator: part,
          denominator: part + rest,
        }));
        const { group } = measureReport(trial, counts, {
          metric: proportion,
          asOf,
          phase,
          names,
          smallest,
        });
        const strata = group[0]?.stratifier[0]?.stratum ?? [];
        const small = held.map(({ part, rest }) =>
          [part, rest, part + rest].some((count) => count > 0 && count < smallest),
        );
        strata.forEach(({ population, measureScore }, i) => {
          const { numerator, denominator } = counts[i] ?? { numerator: 0, denominator: 0 };
          const shown = small[i] === true ? [undefined, undefined] : [numerator, denominator];
          expect(countsIn(population)).toEqual(shown);
          if (small[i] === true) expect(measureScore).toBeUndefined();
        });
        const totals = countsIn(group[0]?.population);
        if (small.includes(true)) expect(totals).toEqual([undefined, undefined]);
        else expect(totals?.[0]).toBe(counts.reduce((sum, each) => sum + each.numerator, 0));
      }),
    );
  });

  test('have no score without a denominator', () => {
    const { group } = measureReport(trial, [{ arm: 'usual', numerator: 0, denominator: 0 }], {
      metric: rate,
      asOf,
      phase,
      names,
    });
    expect(group[0]?.stratifier[0]?.stratum[0]).toMatchObject({
      population: [{ count: 0 }, { count: 0 }],
      measureScore: undefined,
    });
  });

  test.each([-1, 1.5, Number.NaN])('refuse %s as the smallest count', async (smallest) => {
    const reports = measureReports(await ledgerOf(trial, 1), trial, { asOf, smallest });
    await expect(all(reports)).rejects.toThrow(/smallest must be a whole number/);
  });
});

describe('An export', () => {
  const manifestIn = async (folder: string): Promise<FhirExportManifest> =>
    JSON.parse(await readFile(join(folder, 'export.json'), 'utf8'));

  test('names its files with their counts, and only their owner can read them', async () => {
    await inFolder(async (folder) => {
      const place = join(folder, 'deep', 'export');
      const store = await ledgerOf(trial);
      const seen: number[] = [];
      const manifest = await exportFhir(store, trial, {
        folder: place,
        asOf,
        onProgress: ({ written }) => seen.push(written),
      });
      expect(await manifestIn(place)).toEqual(manifest);
      expect(manifest.transactionTime).toBe(new Date(asOf).toISOString());
      const lines = await linesOf(place);
      expect(seen).toEqual([lines.length]);
      expect(manifest.output.reduce((sum, { count }) => sum + count, 0)).toBe(lines.length);
      expect((await readdir(place)).sort()).toEqual(
        ['export.json', ...manifest.output.map(({ url }) => url)].sort(),
      );
      for (const { type, url, count } of manifest.output) {
        const own = lines.filter(
          (each) => (each as { resourceType: string }).resourceType === type,
        );
        expect([url, own.length]).toEqual([`${type}.ndjson`, count]);
        expect((await stat(join(place, url))).mode & 0o777).toBe(0o600);
      }
      expect((await stat(place)).mode & 0o777).toBe(0o700);
    });
  });

  test.each(['patient', 'practice', 'clinician', 'encounter'])(
    'of a trial by %s holds no id of a person',
    async (unit) => {
      await inFolder(async (folder) => {
        const each = trialOf(unit);
        await exportFhir(await ledgerOf(each), each, { folder, asOf });
        for (const name of await readdir(folder)) {
          const text = await readFile(join(folder, name), 'utf8');
          expect(text.length).toBeGreaterThan(50);
          for (const mark of plantedMarks) expect(text).not.toContain(mark);
        }
      });
    },
  );

  test('is the same again, and replaces the one before', async () => {
    await inFolder(async (folder) => {
      const store = await ledgerOf(trial);
      await exportFhir(store, trial, { folder, asOf });
      const before = await linesOf(folder);
      await writeFile(join(folder, 'notes.txt'), 'mine');
      const left = 'AuditEvent.ndjson.00000000-0000-4000-8000-000000000000.part';
      await writeFile(join(folder, left), 'half');
      await exportFhir(store, trial, { folder, asOf });
      expect(await linesOf(folder)).toEqual(before);
      expect(await readdir(folder)).not.toContain(left);

      const less = await exportFhir(store, trial, { folder, asOf, what: ['reports'] });
      expect(less.output.map(({ type }) => type)).toEqual([
        'Device',
        'ResearchStudy',
        'Measure',
        'MeasureReport',
      ]);
      expect(await readdir(folder)).not.toContain('AuditEvent.ndjson');
      expect(await readdir(folder)).toContain('notes.txt');
    });
  });

  test('of a trial without events is the study and counts of nothing', async () => {
    await inFolder(async (folder) => {
      const store = await ledgerOf(trial, 1);
      const empty = trialOf('patient', { round: 2 });
      await store.register(empty);
      const { output } = await exportFhir(store, empty, { folder, asOf });
      expect(output.map(({ type }) => type)).not.toContain('AuditEvent');
      expect(output.map(({ type }) => type)).toContain('MeasureReport');
    });
  });

  test('does not take the folder of another trial', async () => {
    await inFolder(async (folder) => {
      const store = await ledgerOf(trial, 2);
      await exportFhir(store, trial, { folder, asOf });
      const other = trialOf('encounter');
      await expect(exportFhir(await ledgerOf(other, 2), other, { folder, asOf })).rejects.toThrow(
        /another trial/,
      );
      await writeFile(join(folder, 'export.json'), 'not JSON');
      await expect(exportFhir(store, trial, { folder, asOf })).rejects.toThrow(/another program/);
    });
  });

  test('that does not end leaves the one before as it was', async () => {
    await inFolder(async (folder) => {
      const store = await ledgerOf(trial);
      const contentOf = async () =>
        Promise.all(
          (await readdir(folder)).map(async (name) => [
            name,
            await readFile(join(folder, name), 'utf8'),
          ]),
        );
      const what = ['events'] as const;
      await exportFhir(store, trial, { folder, asOf });
      const before = await contentOf();
      expect(before.length).toBeGreaterThan(5);
      const broken = {
        ...store,
        read: async function* (query: Parameters<Store['read']>[0]) {
          let count = 0;
          for await (const each of store.read(query)) {
            if ((count += 1) > 20) throw new Error('the ledger went away');
            yield each;
          }
        },
      } as Store;
      await expect(exportFhir(broken, trial, { folder, asOf, what })).rejects.toThrow('went away');
      await expect(exportFhir(store, trial, { folder, asOf, smallest: -1 })).rejects.toThrow(
        /smallest/,
      );
      await expect(exportFhir(store, trial, { folder, asOf, since: 0.5 })).rejects.toThrow(/since/);
      expect(await contentOf()).toEqual(before);
    });
  });

  test('says what to do when the folder cannot be written', async () => {
    const folder = makeFolder();
    const store = await ledgerOf(trial, 1);
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(exportFhir(store, trial, { folder: file, asOf })).rejects.toMatchObject({
      code: 'ERR_STORE_UNUSABLE',
      message: expect.stringContaining('is not finished'),
    });
    await discard(folder);
  });

  test('refuses what it does not know', async () => {
    const store = await ledgerOf(trial, 1);
    const what = ['everything'] as never;
    await expect(exportFhir(store, trial, { folder: 'never made', what })).rejects.toThrow(
      /subjects, reports, events/,
    );
  });
});
