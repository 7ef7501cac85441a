import { describe, expect, test } from '@jest/globals';
import { alertService, contextIds, createCdsService, serveCds } from '../../src/cds-hooks/index.ts';
import { fhirSource, ingestPatientDays } from '../../src/fhir/index.ts';
import {
  influenzaAlert,
  influenzaTrial,
  isAdult,
  makeClinic,
  placeOf,
  runClinic,
  serveFhir,
  simulateSummaries,
} from '../../src/simulate/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';

describe('a rehearsal over real sockets', () => {
  test('gives exactly the sums that the same clinic gives without them', async () => {
    const settings = { seed: 'rehearsal', patients: 150, clinicians: 20, wards: 4 };
    const clinic = makeClinic(settings);
    await using store = memoryStore({ key: 'ab'.repeat(32) });
    let now = clinic.window.from;
    await using log = await openLog(influenzaTrial, store, { now: () => now });
    const alert = alertService(log, {
      id: influenzaAlert,
      hook: 'patient-view',
      description: 'Reminds of the influenza vaccine (synthetic)',
      prefetch: {
        patient: 'Patient/{{context.patientId}}',
        encounter: 'Encounter/{{context.encounterId}}',
      },
      subject: (request) => {
        const ids = contextIds(request);
        return { ...ids, patient: ids.patient };
      },
      eligible: ({ prefetch }) => {
        const { birthDate } = (prefetch?.['patient'] ?? {}) as { readonly birthDate?: unknown };
        return typeof birthDate === 'string' && isAdult(birthDate, now);
      },
      cards: ({ request, content }) => {
        const place = placeOf(request.prefetch?.['encounter']);
        const quiet = content.quietIn.some((kind) => kind === place);
        return quiet ? [] : content.cards;
      },
      timeBudget: 5_000,
    });
    const handler = createCdsService({ services: [alert], now: () => now });
    await using service = await serveCds(
      (request) => {
        now = Date.parse(String(request.headers['x-simulated-time']));
        return handler(request);
      },
      { port: 0 },
    );

    const tally = await runClinic(clinic, { serviceUrl: service.url });
    expect(tally).toMatchObject({ ended: 'complete', failed: 0, refused: 0 });
    expect(tally.feedback).toMatchObject({ refused: 0, retried: 0, abandoned: 0, unreportable: 0 });

    await using fhir = await serveFhir(clinic);
    const counts = await ingestPatientDays(log, fhirSource({ baseUrl: fhir.url }), {
      eligible: ({ birthDate = '' }, { period }) =>
        isAdult(birthDate, Date.parse(period?.start ?? '')),
      cutOff: clinic.window.to,
      pageSize: 50,
    });
    expect(counts.failed).toBe(0);
    await log.flush();

    const expected = simulateSummaries(settings, influenzaTrial, {
      assign: (subject, at) => log.assign({ ...subject, patient: subject.patient ?? '' }, { at }),
    });
    const found = await store.summaries(influenzaTrial.fingerprint);
    const rounded = (rows: typeof found) =>
      rows.map((row) => ({ ...row, elapsedDays: Math.round(row.elapsedDays * 1e6) / 1e6 }));
    expect(rounded(found)).toEqual(rounded(expected));
    expect(counts.patientDays).toBe(found.reduce((sum, row) => sum + row.calendarDays, 0));

    const again = await ingestPatientDays(log, fhirSource({ baseUrl: fhir.url }), {
      eligible: ({ birthDate = '' }, { period }) =>
        isAdult(birthDate, Date.parse(period?.start ?? '')),
      cutOff: clinic.window.to,
    });
    expect(again).toMatchObject({ durable: 0, duplicate: counts.patientDays });
  }, 60_000);
});
