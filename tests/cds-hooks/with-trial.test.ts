import { describe, expect, test } from '@jest/globals';
import type { CdsHandler } from '../../src/cds-hooks/index.ts';
import { withTrial } from '../../src/cds-hooks/index.ts';
import { base, callBody, card, fakeLog, noon, patientOf, trial } from './support.ts';

const existing: CdsHandler = async ({ context }) => ({
  cards: [{ ...card(`for ${String(context['patientId'])}`), uuid: 'theirs' }, card('second')],
  extension: { 'org.example.version': 2 },
});

describe('An existing service on trial', () => {
  const log = fakeLog(trial);
  const service = withTrial(existing, log, {
    ...base,
    arms: {
      redesign: async (_request, { usual, content }) => {
        const { cards } = await usual();
        return { cards: cards.slice(0, 1).map((shown) => ({ ...shown, detail: content.label })) };
      },
    },
  });

  test('is the control arm as it is, but for the ids of its cards', async () => {
    const patient = patientOf(log, 'usual');
    const { response, randomized } = await service.answer(callBody(patient), { at: noon });
    const given = await existing(callBody(patient));
    expect(randomized).toBe(true);
    expect(response.extension).toEqual(given.extension);
    expect(response.cards).toEqual(
      given.cards.map((shown, index) => ({ ...shown, uuid: response.cards[index]?.uuid })),
    );
    expect(response.cards[0]?.uuid).not.toBe('theirs');
  });

  test('has variants that can change what it says', async () => {
    const patient = patientOf(log, 'redesign');
    const { response } = await service.answer(callBody(patient), { at: noon });
    expect(response.cards).toMatchObject([{ summary: `for ${patient}`, detail: 'new' }]);
  });

  test('stands in for a variant that fails', async () => {
    const failing = withTrial(existing, log, {
      ...base,
      arms: {
        redesign: () => {
          throw new Error('bug');
        },
      },
    });
    const answer = await failing.answer(callBody(patientOf(log, 'redesign')), { at: noon });
    expect(answer).toMatchObject({ reason: 'fault', randomized: false, fault: 'arm-failed' });
    expect(answer.response.cards).toHaveLength(2);
  });

  test('stands in for a variant that is late, and says that it was', async () => {
    const slow = withTrial(existing, log, {
      ...base,
      arms: { redesign: () => new Promise<never>(() => undefined) },
      timeBudget: 20,
    });
    const answer = await slow.answer(callBody(patientOf(log, 'redesign')), { at: noon });
    expect(answer).toMatchObject({ reason: 'fault', randomized: false, fault: 'arm-late' });
    expect(answer.response.cards).toHaveLength(2);
    expect(slow.counters.faults).toMatchObject({ 'arm-late': 1, 'arm-failed': 0 });
  });

  test('needs a variant for each arm that shows something besides control', () => {
    // @ts-expect-error the arm "redesign" has no variant
    expect(() => withTrial(existing, log, { ...base, arms: {} })).toThrow(
      'cards.redesign must be a function',
    );
  });

  test('cannot be given a variant for its control arm', () => {
    const arms = { usual: existing, redesign: existing };
    expect(() => withTrial(existing, log, { ...base, arms })).toThrow(
      'arms.usual is the control arm',
    );
  });
});
