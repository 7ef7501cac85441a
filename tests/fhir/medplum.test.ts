import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AcceptedOrder, PatientDays } from '../../src/events/event.ts';
import { bundleFiles, fhirSource } from '../../src/fhir/index.ts';
import type { Resource, ResourceOf } from '../../src/fhir/r4.ts';
import { ingest } from '../../src/fhir/record/ingest.ts';
import { isOfType } from '../../src/fhir/search-bundle.ts';
import { influenzaProtocol } from '../../src/simulate/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import type { Store } from '../../src/store/index.ts';
import { defineTrial } from '../../src/trial/trial.ts';
import type { MedplumServer } from './medplum.ts';
import { medplumServer } from './medplum.ts';

// A folder of R4 transaction bundles that others wrote; see `.ci/run`.
const sample = process.env['RAPIDCYCLE_FHIR_SAMPLE'] ?? '';
const there = existsSync(sample) ? test : test.skip;

const key = 'ab'.repeat(32);
const timeZone = 'America/New_York';
const trial = defineTrial({
  ...influenzaProtocol,
  start: '2009-03-01',
  end: '2019-06-30',
  timeZone,
  responseWindow: 'P2D',
  repeatWindow: 'PT1M',
});
// In the afternoon, New York time: the day of the cut-off is not over.
const cutOff = Date.parse('2018-02-14T20:00:00Z');
const instant = (text: string | undefined): number => Date.parse(text ?? '');
const day24 = 86_400_000;

interface BundleFile {
  readonly entry: readonly { readonly fullUrl: string; readonly resource: Resource }[];
}

/** The resources of the bundles, with references by id as a server gives them. */
function loadBundles(): readonly Resource[] {
  return readdirSync(sample)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => {
      const text = readFileSync(join(sample, file), 'utf8');
      const { entry } = JSON.parse(text) as BundleFile;
      const names = new Map(
        entry.map(({ fullUrl, resource: { resourceType, id } }) => [
          fullUrl,
          `${resourceType}/${id}`,
        ]),
      );
      const relinked = text.replaceAll(/"(urn:uuid:[^"]+)"/g, (quoted, name: string) =>
        names.has(name) ? `"${names.get(name)}"` : quoted,
      );
      return (JSON.parse(relinked) as BundleFile).entry.map(({ resource }) => resource);
    });
}

const clock = new Intl.DateTimeFormat('en-CA', {
  timeZone,
  dateStyle: 'short',
  timeStyle: 'medium',
  hourCycle: 'h23',
});
/** Midnight in New York is at four or five o'clock, universal time. */
const midnightOf = (day: string): number => {
  const four = Date.parse(`${day}T04:00:00Z`);
  return clock.format(four).startsWith(`${day}, 00:00`) ? four : four + 3_600_000;
};
/** Days of the trial that are over at the cut-off, with their midnights. */
const daysOfTrial = (): readonly (readonly [day: string, from: number, to: number])[] => {
  const days: (readonly [string, number, number])[] = [];
  for (let day = '2009-03-01', from = midnightOf(day); day < '2018-02-14'; day = nextDay(day)) {
    const to = midnightOf(nextDay(day));
    days.push([day, from, to]);
    from = to;
  }
  return days;
};
const nextDay = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + day24).toISOString().slice(0, 10);

describe('a record on a FHIR server that others wrote, five resources a page', () => {
  let server: MedplumServer;
  let all: readonly Resource[] = [];
  const trialDays = daysOfTrial();
  const of = <T extends string>(type: T): readonly ResourceOf<T>[] =>
    all.flatMap((resource) => (isOfType(resource, type) ? [resource] : []));
  beforeAll(async () => {
    if (!existsSync(sample)) return;
    all = loadBundles();
    const types = ['Patient', 'Encounter', 'MedicationRequest', 'Immunization'];
    server = await medplumServer(types.flatMap((type) => of(type)));
  }, 60_000);
  afterAll(async () => {
    if (existsSync(sample)) await server[Symbol.asyncDispose]();
  });

  /** The patient-days of a patient by hand: each day on its own, from the minutes of all stays. */
  function countedDays(patient: string): ReadonlyMap<string, readonly number[]> {
    const stays = of('Encounter')
      .filter(({ subject }) => subject?.reference === `Patient/${patient}`)
      .filter((encounter) => encounter.class?.code === 'IMP')
      .map(({ period }) => [instant(period?.start), instant(period?.end)] as const);
    const days = new Map<string, readonly number[]>();
    for (const [day, from, to] of trialDays) {
      // The moments of the day at which somebody comes or goes; between two of them nothing changes.
      const moments = [from, to, ...stays.flat()]
        .filter((at) => at >= from && at <= to)
        .sort((a, b) => a - b);
      let present = 0;
      moments.forEach((at, index) => {
        const next = moments[index + 1];
        if (next === undefined) return;
        if (stays.some(([start, stop]) => start <= at && stop >= next)) present += next - at;
      });
      const isThere = stays.some(([start, stop]) => start < to && stop > to);
      if (present > 0) days.set(day, [1, isThere ? 1 : 0, present / day24]);
    }
    return days;
  }

  const codes = [
    { system: 'http://hl7.org/fhir/sid/cvx', code: '140' },
    { system: 'http://hl7.org/fhir/sid/cvx', code: '113' },
    { system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '746030' },
    { system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '895994' },
    { system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '2123111' },
  ];

  /** Alerts an hour before every second encounter, and a day after every fifth. */
  const alertsOf = (patient: string): readonly number[] => {
    const starts = of('Encounter')
      .filter(({ subject }) => subject?.reference === `Patient/${patient}`)
      .map(({ period }) => instant(period?.start))
      .filter((at) => at > trial.startsAt + day24 && at < cutOff - 4 * day24)
      .sort((a, b) => a - b);
    const alerts = starts.flatMap((at, index) => [
      ...(index % 2 === 0 ? [at - 3_600_000] : []),
      ...(index % 5 === 0 ? [at + day24] : []),
    ]);
    return alerts
      .sort((a, b) => a - b)
      .filter((at, index) => index === 0 || at - (alerts[index - 1] ?? 0) > 120_000);
  };

  /** What was ordered of a patient, by hand. */
  const ordersOf = (patient: string): readonly { readonly code: string; readonly at: number }[] =>
    [
      ...of('MedicationRequest').map((order) => ({
        of: order.subject?.reference,
        coding: order.medicationCodeableConcept?.coding,
        at: instant(order.authoredOn),
      })),
      ...of('Immunization').map((given) => ({
        of: given.patient?.reference,
        coding: given.vaccineCode?.coding,
        at: instant(given.occurrenceDateTime),
      })),
    ]
      .filter((order) => order.of === `Patient/${patient}`)
      .flatMap(({ coding = [], at }) => {
        const found = codes.find(({ code, system }) =>
          coding.some((each) => each.code === code && each.system === system),
        );
        return found === undefined ? [] : [{ code: found.code, at }];
      })
      .sort((a, b) => a.at - b.at);

  interface Ingested {
    readonly store: Store;
    readonly counts: Awaited<ReturnType<typeof ingest>>;
    readonly days: readonly PatientDays[];
    readonly orders: readonly AcceptedOrder[];
    /** Ids of impressions by patient and instant. */
    readonly impressions: ReadonlyMap<string, string>;
  }

  async function ingested(
    way: 'search' | 'all' | 'files',
    store: Store = memoryStore({ key }),
  ): Promise<Ingested> {
    await using log = await openLog(trial, store, { now: () => cutOff });
    const impressions = new Map<string, string>();
    for (const { id: patient = '' } of of('Patient')) {
      for (const at of alertsOf(patient)) {
        const { id } = log.impression(log.assign({ patient }, { at }), {
          stage: 'returned',
          alert: 'shot',
          at,
        });
        impressions.set(`${patient} ${at}`, id);
      }
    }
    await log.flush();
    const source = fhirSource({ baseUrl: server.url });
    const counts = await ingest(log, way === 'files' ? await bundleFiles(sample) : source, {
      ledger: store,
      cutOff,
      patients: way === 'search' ? 'search' : 'all',
      days: { eligible: () => true },
      orders: { codes, resources: ['MedicationRequest', 'ServiceRequest', 'Immunization'] },
    });
    const days: PatientDays[] = [];
    const orders: AcceptedOrder[] = [];
    for await (const { event } of store.read({ trial: trial.fingerprint })) {
      if (event.type === 'patient-days') days.push(event);
      if (event.type === 'order') orders.push(event);
    }
    return { store, counts, days, orders, impressions };
  }

  there.each(['search', 'all', 'files'] as const)(
    'gives the orders and patient-days of a direct count (read by: %s; skipped where the sample is absent)',
    async (way) => {
      const ids = of('Patient').map(({ id = '' }) => id);
      const { store, counts, days, orders, impressions } = await ingested(way);
      const pages = server.heard.splice(0).filter((url) => url.includes('_offset')).length;
      expect(counts.patients).toBe(25);
      if (way !== 'files') expect(pages).toBeGreaterThan(100);

      const told = days.map(({ patient, day, calendar, midnight, elapsed }) =>
        JSON.stringify([patient, day, calendar, midnight, elapsed]),
      );
      const counted = ids.flatMap((id) =>
        [...countedDays(id)].map(([day, shares]) =>
          JSON.stringify([store.pseudonym('patient', id), day, ...shares]),
        ),
      );
      expect(counted.length).toBeGreaterThan(100);
      expect(told.sort()).toEqual(counted.sort());

      const expected: string[] = [];
      let before = 0;
      let withAlerts = 0;
      for (const id of ids) {
        const alerts = alertsOf(id);
        const counted = new Set<number>();
        for (const { code, at } of ordersOf(id)) {
          const alert = alerts.findLast((fired) => fired <= at);
          if (alert === undefined || at > alert + 2 * day24 || at > cutOff) continue;
          if (counted.has(alert)) continue;
          counted.add(alert);
          expected.push(JSON.stringify([impressions.get(`${id} ${alert}`), code, at]));
        }
        const [first] = alerts;
        if (first === undefined) continue;
        withAlerts += 1;
        if (ordersOf(id).some(({ at }) => at >= first - 2 * day24 && at < first)) before += 1;
      }
      expect(expected.length).toBeGreaterThan(60);
      expect(
        orders
          .map(({ impression, order, at }) => JSON.stringify([impression, order?.code, at]))
          .sort(),
      ).toEqual(expected.sort());
      const { units } = counts.orders;
      const sum = (column: 'ordered' | 'before' | 'patients' | 'openings'): number =>
        units.reduce((total, unit) => total + unit[column], 0);
      expect(sum('ordered')).toBe(expected.length);
      expect(sum('openings')).toBe(impressions.size);
      expect([sum('patients'), sum('before')]).toEqual([withAlerts, before]);
    },
    120_000,
  );
});
