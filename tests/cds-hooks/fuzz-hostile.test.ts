import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { practiceFrom } from '../../src/cds-hooks/index.ts';
import type { Store } from '../../src/store/index.ts';
import { memoryStore, openStore } from '../../src/store/index.ts';
import { planted } from '../planted.ts';
import { inFolder } from '../store/place.ts';
import { eventsOf, feedbackOf, idsOf, key, overridden, running } from './fuzzing/running.ts';
import { noon } from './support.ts';

/** A store whose ledger can be held up and let go again. */
function gated(store: Store) {
  let gate: Promise<void> | undefined;
  let open = (): void => undefined;
  const held: Store = {
    ...store,
    append: async (events) => {
      await gate;
      return store.append(events);
    },
  };
  return {
    store: held,
    hold: () => {
      gate = new Promise((resolve) => (open = resolve));
    },
    release: () => {
      gate = undefined;
      open();
    },
  };
}

describe('A ledger that hangs', () => {
  test('delays no alert, and has feedback sent again until it is written once', async () => {
    const { store, hold, release } = gated(memoryStore({ key }));
    const { call, feedback, log } = await running(store, { feedbackDeadline: 50 });
    hold();
    const answers = await Promise.all(Array.from({ length: 50 }, () => call()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const card = answers[0]?.card;
    const early = await feedback(overridden(card));
    expect([early.status, early.headers['retry-after']]).toEqual([503, '5']);
    release();
    expect((await feedback(overridden(card))).status).toBe(200);
    await log.close();
    const events = await eventsOf(store);
    expect(idsOf(events, 'impression').length).toBe(50);
    expect(idsOf(events, 'dismissal').length).toBe(1);
    expect(log.counters).toMatchObject({ lost: 0, waiting: 0 });
  });

  test('takes feedback to a card whose impression is still on its way', async () => {
    const { store, hold, release } = gated(memoryStore({ key }));
    const { call, feedback, log } = await running(store);
    hold();
    const { card } = await call();
    const answer = feedback(overridden(card));
    release();
    expect((await answer).status).toBe(200);
    await log.close();
    expect((await eventsOf(store)).map(({ type }) => type)).toEqual(['impression', 'dismissal']);
  });
});

describe('A ledger that refuses every third event', () => {
  test('costs no alert, and what was acknowledged is in it once, or is nobody’s', async () => {
    const whole = memoryStore({ key });
    let appends = 0;
    const store: Store = {
      ...whole,
      append: async (events) => {
        appends += 1;
        if (appends % 3 === 0) throw new Error('the disk is full');
        return whole.append(events);
      },
    };
    const { call, feedback, log } = await running(store);
    const answers = await Promise.all(Array.from({ length: 100 }, () => call()));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const statuses = new Set<number>();
    for (const { card } of answers) {
      let status = 0;
      while (status !== 200) {
        ({ status } = await feedback(overridden(card)));
        statuses.add(status);
      }
    }
    expect(statuses).toEqual(new Set([200, 503]));
    await log.close();
    const events = await eventsOf(store);
    const impressions = new Set(idsOf(events, 'impression'));
    const answered = events.flatMap((event) =>
      event.type === 'dismissal' ? event.impression : [],
    );
    expect(answered.sort()).toEqual([...impressions].sort());
    const missing = events.flatMap((event) => (event.type === 'gap' ? event.count : []));
    const { lost } = log.counters;
    expect(lost).toBeGreaterThan(100 - impressions.size);
    expect(missing.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(lost);
    expect(impressions.size).toBeLessThan(100);
  });
});

describe('A log that is closed during calls', () => {
  test('costs no alert, and each impression is in the ledger or counted as lost', async () => {
    const store = memoryStore({ key });
    const { call, log, service } = await running(store);
    const before = Promise.all(Array.from({ length: 100 }, () => call()));
    const closing = log.close();
    const after = Promise.all(Array.from({ length: 100 }, () => call()));
    const answers = [...(await before), ...(await after)];
    await closing;
    expect(answers.every(({ status, card }) => status === 200 && card !== undefined)).toBe(true);
    const written = idsOf(await eventsOf(store), 'impression').length;
    expect(written + log.counters.lost).toBe(200);
    expect(service.counters.returned).toBe(200);
  });
});

describe('Feedback', () => {
  test('of the largest UUID costs the rest of its batch nothing', async () => {
    const store = memoryStore({ key });
    const { call, feedback, log } = await running(store);
    const { card } = await call();
    const answer = await feedback(
      overridden('ffffffff-ffff-ffff-ffff-ffffffffffff'),
      overridden(card),
    );
    expect([answer.status, answer.body]).toEqual([200, '{}']);
    await log.close();
    expect(idsOf(await eventsOf(store), 'dismissal').length).toBe(1);
  });

  test.each([
    ['card', { card: 'x\ud800' }],
    ['acceptedSuggestions[0].id', { outcome: 'accepted', acceptedSuggestions: [{ id: '\udc00' }] }],
    ['overrideReason.reason.code', { overrideReason: { reason: { code: '\ud800' } } }],
  ])('with half a character in %s is refused by name', async (name, change) => {
    const { call, feedback } = await running(memoryStore({ key }));
    const { card } = await call();
    const { status, body } = await feedback({ ...overridden(card), ...change });
    expect([status, JSON.parse(body).issue[0].diagnostics]).toEqual([
      400,
      `feedback[0].${name}: must be well-formed Unicode`,
    ]);
  });

  test(
    'of 10,000 answers, sent twice at once, is written once while alerts go on',
    () =>
      inFolder(async (folder) => {
        await using store = await openStore(join(folder, 'ledger.db'), { key });
        const { call, handler, log } = await running(store);
        const { card } = await call();
        const batch = feedbackOf(
          ...Array.from({ length: 10_000 }, (_, index) => overridden(card, noon + index)),
        );
        const answers = [handler(batch), handler(batch)];
        const calls = await Promise.all(Array.from({ length: 100 }, () => call()));
        expect(new Set(calls.map(({ status }) => status))).toEqual(new Set([200]));
        expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
        await log.close();
        const events = await eventsOf(store);
        expect(idsOf(events, 'dismissal').length).toBe(10_000);
        expect(idsOf(events, 'impression').length).toBe(101);
        expect(log.counters).toMatchObject({ lost: 0, rejected: 0, duplicate: 10_000 });
      }),
    30_000,
  );

  test('30 days later, after a restart, is written beside its alert', () =>
    inFolder(async (folder) => {
      await using store = await openStore(join(folder, 'ledger.db'), { key });
      const first = await running(store);
      const { card } = await first.call();
      await first.log.close();
      const late = noon + 30 * 86_400_000;
      const second = await running(store, { now: () => late });
      expect((await second.feedback(overridden(card, late))).status).toBe(200);
      await second.log.close();
      expect((await eventsOf(store)).at(-1)).toMatchObject({
        type: 'dismissal',
        impression: card,
        alertDay: '2026-10-20',
        delay: 30 * 86_400_000,
      });
    }));
});

describe('A clock', () => {
  test('that tells fractions of a millisecond loses no impression', async () => {
    const store = memoryStore({ key });
    const { call, log } = await running(store, { now: () => noon + 0.7 });
    await call();
    await log.close();
    expect(await eventsOf(store)).toMatchObject([{ type: 'impression', at: noon }]);
  });

  test('that is set back a year between a call and its feedback loses neither', async () => {
    let at = noon;
    const store = memoryStore({ key });
    const { call, feedback, log } = await running(store, { now: () => at });
    const { card } = await call();
    at -= 365 * 86_400_000;
    expect((await feedback(overridden(card))).status).toBe(200);
    expect((await call()).status).toBe(200);
    await log.close();
    expect((await eventsOf(store)).map(({ type, reason }) => [type, reason])).toEqual([
      ['impression', 'hashed'],
      ['dismissal', 'hashed'],
      ['impression', 'before-start'],
    ]);
  });
});

describe('Ids of patients', () => {
  test('that look alike and are not are two patients; half a character is none', async () => {
    const store = memoryStore({ key });
    const { call, log, service } = await running(store);
    const name = planted('mrn', 3);
    const ids = [
      `${name}é`,
      `${name}e\u0301`,
      `${name}𝒳`,
      `${name}\u202e`,
      name.padEnd(10_000, 'x'),
    ];
    for (const id of ids) expect((await call(id)).status).toBe(200);
    expect((await call(`${name}\ud83d`)).status).toBe(200);
    await log.close();
    const patients = (await eventsOf(store)).map(({ patient }) => patient);
    expect(new Set(patients.slice(0, 5)).size).toBe(5);
    expect(patients[5]).toBeUndefined();
    expect(service.counters.unitMissing).toBe(1);
  });
});

describe('What takes long to read', () => {
  const request = (more: object) =>
    ({ hook: 'patient-view', hookInstance: 'x', context: { encounterId: '1' }, ...more }) as const;
  const serviceProvider = { reference: 'Organization/1' };

  // Each of these took about a minute or more, and stopped every alert of the process for as long.
  test('a FHIR server of slashes', () => {
    const practiceOf = practiceFrom('Encounter.serviceProvider');
    const encounter = { resourceType: 'Encounter', id: '1', serviceProvider };
    const fhirServer = `http:${'/'.repeat(1_000_000)}x`;
    expect(practiceOf(request({ fhirServer, prefetch: { encounter } }))).toBe('Organization/1');
  });

  test('an encounter at thousands of locations', () => {
    const practiceOf = practiceFrom('Location.managingOrganization');
    const count = 20_000;
    const places = Array.from({ length: count }, (_, index) => ({
      resource: {
        resourceType: 'Location',
        id: String(index),
        managingOrganization: serviceProvider,
      },
    }));
    const location = places.map(({ resource }) => ({
      location: { reference: `Location/${resource.id}` },
    }));
    const encounter = { resourceType: 'Encounter', id: '1', location };
    const bundle = { resourceType: 'Bundle', entry: [{ resource: encounter }, ...places] };
    expect(practiceOf(request({ prefetch: { bundle } }))).toBe('Organization/1');
  });

  test('an encounter with thousands of organisations within itself', () => {
    const practiceOf = practiceFrom('Encounter.serviceProvider', { identifier: 'urn:npi' });
    const contained = Array.from({ length: 60_000 }, (_, index) => ({
      resourceType: 'Organization',
      id: String(index),
      identifier: [{ system: 'urn:npi', value: '7' }],
    }));
    const encounter = {
      resourceType: 'Encounter',
      id: '1',
      contained,
      serviceProvider: contained.map(({ id }) => ({ reference: `#${id}` })),
    };
    expect(practiceOf(request({ prefetch: { encounter } }))).toBe('7');
  });
});
