import { describe, expect, test } from '@jest/globals';
import type { Store } from '../../src/store/index.ts';
import { auditSums, memoryStore } from '../../src/store/index.ts';
import { answer, hour, impression, nine, patientDay, trial } from './fixtures.ts';

const { fingerprint } = trial;

async function storeWith(...events: Parameters<Store['append']>[0]): Promise<Store> {
  const store = memoryStore();
  await store.register(trial);
  await store.append(events);
  return store;
}

const history = [
  impression(1),
  impression(2, { opening: impression(1).id, at: nine + 60_000 }),
  impression(3, { stage: 'silent', unitId: 'u2', patient: 'u2' }),
  impression(4, { unitId: 'u2', patient: 'u2', arm: 'redesign' }),
  answer('dismissal', 5, 1),
  answer('acceptance', 6, 1),
  answer('dismissal', 7, 2),
  answer('dismissal', 8, 2, { delay: 25 * hour }),
  answer('order', 9, 3, { route: 'window', unitId: 'u2' }),
  patientDay(10, { elapsed: 0.3 }),
  patientDay(11, { unitId: 'u2', patient: 'u2', calendar: 0, midnight: 0, elapsed: 0 }),
];

describe('The audit of sums', () => {
  test('finds nothing where every answer has its alert', async () => {
    const store = await storeWith(...history);
    expect(await auditSums(store, fingerprint)).toEqual({ units: 3, differences: [] });
  });

  test('finds an answer without its alert, in each sum that it moved', async () => {
    const store = await storeWith(...history, answer('acceptance', 12, 99));
    const { differences } = await auditSums(store, fingerprint);
    expect(differences.map(({ sum, kept, counted }) => [sum, kept, counted])).toEqual([
      ['accepted', 2, 1],
      ['acceptedByOpening', 2, 1],
      ['acceptedAndDismissed', 3, 2],
    ]);
  });

  test('finds every sum that was changed, and units that only one side knows', async () => {
    const store = await storeWith(...history);
    const changed: Pick<Store, 'summaries' | 'counts'> = {
      counts: (of, query) => store.counts(of, query),
      summaries: async () =>
        (await store.summaries(fingerprint)).flatMap((summary) => {
          if (summary.unitId === 'u1') return [{ ...summary, alerts: summary.alerts + 1 }];
          return summary.arm === 'redesign' ? [] : [{ ...summary, unitId: 'u3' }];
        }),
    };
    const { units, differences } = await auditSums(changed, fingerprint);
    expect(units).toBe(2);
    expect(differences).toContainEqual({
      unitId: 'u1',
      arm: 'usual',
      stratum: '',
      sum: 'alerts',
      kept: 3,
      counted: 2,
    });
    const found = differences.map(({ unitId, arm, sum, kept, counted }) => [
      `${unitId} ${arm} ${sum}`,
      kept,
      counted,
    ]);
    expect(found).toContainEqual(['u2 redesign alerts', 0, 1]);
    expect(found).toContainEqual(['u2 usual silent', 0, 1]);
    expect(found).toContainEqual(['u3 usual silent', 1, 0]);
  });

  test('looks again where events were appended meanwhile', async () => {
    const store = await storeWith(...history);
    let asked = 0;
    const busy: Pick<Store, 'summaries' | 'counts'> = {
      summaries: (of) => store.summaries(of),
      counts: async (trialOf, query) => {
        asked += 1;
        if (asked < 4) await store.append([impression(100 + asked)]);
        return store.counts(trialOf, query);
      },
    };
    expect((await auditSums(busy, fingerprint)).differences).toEqual([]);
    expect(asked).toBe(4);
  });
});
