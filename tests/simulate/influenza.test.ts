import { describe, expect, test } from '@jest/globals';
import { parseResponse } from '../../src/cds-hooks/index.ts';
import { influenzaTrial, placeOf, placeSystem, proceduralAreas } from '../../src/simulate/index.ts';

describe('the demonstration trial', () => {
  test('runs for six weeks across the end of summer time', () => {
    const hours = (influenzaTrial.endsAt - influenzaTrial.startsAt) / 3_600_000;
    expect(hours).toBe(42 * 24 + 1);
    expect(influenzaTrial.protocol.governance.determination).toBe('synthetic');
  });

  test.each(influenzaTrial.arms.map((arm) => [arm.name, arm] as const))(
    'shows cards in the arm "%s" that CDS Hooks 2.0 allows',
    (_name, { content }) => {
      const answer = parseResponse({ cards: content.cards });
      expect(answer.cards).toHaveLength(1);
      for (const card of content.cards) {
        expect(card.summary.length).toBeLessThan(140);
        expect(
          card.overrideReasons.every(({ code, system, display }) => code && system && display),
        ).toBe(true);
      }
    },
  );

  test('does not name the arm on a card, which would unblind its reader', () => {
    for (const { name, content } of influenzaTrial.arms) {
      expect(JSON.stringify(content.cards)).not.toContain(name);
    }
  });

  test('is quiet in procedural areas in the redesign alone', () => {
    const [usual, redesign] = influenzaTrial.arms;
    expect(usual.content.quietIn).toEqual([]);
    expect(redesign.content.quietIn).toEqual(proceduralAreas);
  });
});

describe('placeOf', () => {
  const at = (status: string, code: string) => ({
    status,
    physicalType: { coding: [{ system: placeSystem, code }] },
  });

  test('takes the active location', () => {
    expect(placeOf({ location: [at('reserved', 'HU'), at('active', 'ENDOS')] })).toBe('ENDOS');
  });

  test.each([
    [null],
    [{}],
    [{ location: 'CATH' }],
    [{ location: [at('active', 'ICU')] }],
    ['CATH'],
  ])('knows no place in %j', (encounter) => {
    expect(placeOf(encounter)).toBeUndefined();
  });
});
