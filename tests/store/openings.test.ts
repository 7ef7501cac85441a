import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openingsWithin } from '../../src/store/log/openings.ts';

const window = 600_000;
type Firing = Parameters<ReturnType<typeof openingsWithin>['of']>[0];

const firing = (id: number, { at = 0, ...more }: Partial<Firing> = {}): Firing => ({
  id: `firing-${id}`,
  at,
  alert: 'influenza',
  arm: 'usual',
  unitId: 'unit',
  stratum: '',
  patient: 'patient',
  ...more,
});

describe('The openings of charts', () => {
  test('are told apart by chart, reader, alert, arm, unit and stratum', () => {
    const openings = openingsWithin(window);
    const kinds = [
      {},
      { patient: 'another' },
      { patient: undefined, encounter: 'stay' },
      { clinician: 'reader' },
      { clinician: 'reader', alert: 'other' },
      { arm: 'redesign' },
      { unitId: null },
      { stratum: 'ward' },
    ];
    const firsts = kinds.map((kind, index) => openings.of(firing(index, kind)));
    expect(firsts).toEqual(kinds.map((_, index) => `firing-${index}`));
    const repeats = kinds.map((kind, index) =>
      openings.of(firing(100 + index, { ...kind, at: 1 })),
    );
    expect(repeats).toEqual(firsts);
  });

  test('whatever comes, equal a look through all firings of the past', () => {
    const any = fc.record({
      at: fc.integer({ min: 0, max: 30 }).map((minutes) => minutes * 60_000),
      patient: fc.constantFrom('one', 'two', undefined),
      encounter: fc.constantFrom('stay', undefined),
      clinician: fc.constantFrom('reader', 'other', undefined),
      arm: fc.constantFrom('usual', 'redesign'),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 30 }), (given) => {
        const openings = openingsWithin(window);
        // By chart and reader, the latest firing and its opening.
        const lasts = new Map<string, { readonly at: number; readonly opening: string }>();
        given.forEach((each, index) => {
          const { patient, encounter, clinician, arm, at } = each;
          const opening = openings.of(firing(index, each));
          if (patient === undefined && encounter === undefined) {
            expect(opening).toBe(`firing-${index}`);
            return;
          }
          const place = JSON.stringify([patient ?? encounter, clinician ?? encounter, arm]);
          const last = lasts.get(place);
          const isRepeat = last !== undefined && Math.abs(at - last.at) <= window;
          expect(opening).toBe(isRepeat ? last.opening : `firing-${index}`);
          if (last === undefined || at >= last.at) lasts.set(place, { at, opening });
        });
      }),
    );
  });

  test('of a chart with more than fifty readers are forgotten by whose last firing is longest ago', () => {
    const openings = openingsWithin(window);
    const by = (reader: number, at: number): string =>
      openings.of(firing(100 * at + reader, { clinician: `reader ${reader}`, at }));
    for (let reader = 0; reader < 50; reader += 1) by(reader, 1);
    expect(by(0, 2)).toBe('firing-100');
    expect(by(50, 3)).toBe('firing-350');
    expect(by(0, 4)).toBe('firing-100');
    expect(by(2, 4)).toBe('firing-102');
    expect(by(1, 4)).toBe('firing-401');
  });

  test('that the ledger holds are gone on with', () => {
    const openings = openingsWithin(window);
    openings.recall({ ...firing(1), opening: 'begun-before' });
    expect(openings.of(firing(2, { at: 5 }))).toBe('begun-before');
    expect(openings.of(firing(3, { at: 6 + window }))).toBe('firing-3');
  });
});
