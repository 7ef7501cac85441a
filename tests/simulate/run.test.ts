import { afterEach, describe, expect, test } from '@jest/globals';
import { runClinic } from '../../src/simulate/run.ts';
import { influenzaTrial, makeClinic } from '../../src/simulate/index.ts';
import type { FakeService } from './fake-service.ts';
import { fakeService } from './fake-service.ts';

const clinic = makeClinic({ patients: 80, clinicians: 12, wards: 3 });
const services: FakeService[] = [];
const serve = async (options: Parameters<typeof fakeService>[0] = {}): Promise<FakeService> => {
  const service = await fakeService(options);
  services.push(service);
  return service;
};

afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});

describe('a clinic that calls an alert service', () => {
  test('calls in order of simulated time, and reports every answer', async () => {
    const { url, received } = await serve();
    const seen: number[] = [];
    const tally = await runClinic(clinic, {
      serviceUrl: url,
      onProgress: ({ done }) => seen.push(done),
    });
    expect(tally.ended).toBe('complete');
    expect(tally.calls).toBe(received.calls.length);
    expect(tally.answered).toBe(tally.calls);
    expect([...received.calls].map(({ at }) => at)).toEqual(
      received.calls.map(({ at }) => at).sort(),
    );
    expect(received.feedback).toHaveLength(tally.feedback.acknowledged);
    expect(tally.feedback).toMatchObject({ refused: 0, retried: 0, abandoned: 0, unreportable: 0 });
    expect(Object.keys(tally.shown).sort()).toEqual(
      influenzaTrial.arms.map(({ content }) => content.cards[0]?.summary ?? '').sort(),
    );
    expect(seen.at(-1)).toBe(tally.calls);
  });

  test('reports answers with what CDS Hooks asks for, some late, some twice, some too late', async () => {
    const { url, received } = await serve();
    const tally = await runClinic(clinic, { serviceUrl: url });
    const keys = received.feedback.map(({ card, outcome }) => `${card} ${outcome}`);
    expect(new Set(keys)).toEqual(tally.acknowledged);
    expect(keys.length).toBeGreaterThan(tally.acknowledged.size);
    const delays = received.feedback.map(
      ({ card, timestamp }) => Date.parse(timestamp) - (received.cards.get(card)?.at ?? Number.NaN),
    );
    expect(delays.every((delay) => delay > 0)).toBe(true);
    expect(delays.some((delay) => delay > 86_400_000)).toBe(true);
    expect(
      received.feedback.every(({ at, timestamp }) => Date.parse(at) > Date.parse(timestamp)),
    ).toBe(true);
    const overridden = received.feedback.filter(({ outcome }) => outcome === 'overridden');
    expect(overridden.length).toBeGreaterThan(0);
    expect(overridden.every(({ reason }) => reason !== undefined)).toBe(true);
  });

  test('leaves a good part of the cards unanswered', async () => {
    const { url, received } = await serve();
    await runClinic(clinic, { serviceUrl: url });
    const answered = new Set(received.feedback.map(({ card }) => card)).size;
    expect(answered / received.cards.size).toBeGreaterThan(0.5);
    expect(answered / received.cards.size).toBeLessThan(0.7);
  });

  test('says where the chart is opened, so that the redesign is quiet in procedural areas', async () => {
    const { url, received } = await serve();
    await runClinic(clinic, { serviceUrl: url });
    const away = received.calls.filter(({ place }) => place !== 'HU').length;
    expect(away / received.calls.length).toBeGreaterThan(0.3);
    expect(away / received.calls.length).toBeLessThan(0.4);
  });

  test('is the same run each time', async () => {
    const [first, second] = [await serve(), await serve()];
    const a = await runClinic(clinic, { serviceUrl: first.url });
    const b = await runClinic(clinic, { serviceUrl: second.url });
    expect(second.received.calls).toEqual(first.received.calls);
    expect({ ...b, acknowledged: b.acknowledged.size, elapsed: 0 }).toEqual({
      ...a,
      acknowledged: a.acknowledged.size,
      elapsed: 0,
    });
  });

  test('lives only the days it is told to', async () => {
    const { url, received } = await serve();
    const from = Date.parse('2026-10-12T04:00:00Z');
    const to = Date.parse('2026-10-19T04:00:00Z');
    await runClinic(clinic, { serviceUrl: url, from, to });
    expect(received.calls.length).toBeGreaterThan(0);
    expect(received.calls.every(({ at }) => Date.parse(at) >= from && Date.parse(at) < to)).toBe(
      true,
    );
  });
});

describe('a service that fails', () => {
  test('costs alerts, which are counted, but no report', async () => {
    // Every seventh request fails.
    const { url, received } = await serve({ fails: (number) => number % 7 === 0 });
    const tally = await runClinic(clinic, { serviceUrl: url, pause: 0 });
    expect(tally.ended).toBe('complete');
    expect(tally.failed).toBeGreaterThan(0);
    expect(tally.answered + tally.failed).toBe(tally.calls);
    expect(tally.feedback.retried).toBeGreaterThan(0);
    expect(tally.feedback.abandoned).toBe(0);
    expect(new Set(received.feedback.map(({ card, outcome }) => `${card} ${outcome}`))).toEqual(
      tally.acknowledged,
    );
    expect(tally.acknowledged.size).toBe(tally.feedback.answers);
  });

  test('and that is not there at all is given up', async () => {
    const { url, close } = await fakeService();
    await close();
    const tally = await runClinic(clinic, { serviceUrl: url, pause: 1, patience: 50 });
    expect(tally.ended).toBe('gave-up');
    expect(tally.answered).toBe(0);
    expect(tally.failed).toBe(tally.calls);
  });

  test('and comes back is called again, and gets the reports it missed', async () => {
    const first = await fakeService();
    const port = Number(new URL(first.url).port);
    let again: Promise<FakeService> | undefined;
    const tally = await runClinic(clinic, {
      serviceUrl: first.url,
      pause: 5,
      onProgress: ({ done }) => {
        if (done < 200 || again !== undefined) return;
        again = first.close().then(() => fakeService({ port }));
      },
    });
    const second = await again;
    await second?.close();
    expect(tally.ended).toBe('complete');
    const reported = [...first.received.feedback, ...(second?.received.feedback ?? [])];
    expect(new Set(reported.map(({ card, outcome }) => `${card} ${outcome}`)).size).toBe(
      tally.feedback.answers,
    );
    expect(tally.feedback.abandoned).toBe(0);
  });

  test('can be left by a signal', async () => {
    const { url } = await serve();
    const abort = new AbortController();
    const tally = await runClinic(clinic, {
      serviceUrl: url,
      signal: abort.signal,
      onProgress: ({ done }) => {
        if (done > 50) abort.abort();
      },
    });
    expect(tally.ended).toBe('aborted');
    expect(tally.calls).toBeLessThan(500);
  });
});
