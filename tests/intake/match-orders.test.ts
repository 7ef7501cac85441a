import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Firing, OrderWindow, Placed } from '../../src/intake/match-orders.ts';
import { matchOrders } from '../../src/intake/match-orders.ts';

const at = (impression: string, instant: number, rest: Partial<Firing> = {}): Firing => ({
  impression,
  opening: impression,
  at: instant,
  ...rest,
});
const placed = (from: number, to = from, encounter?: string): Placed => ({ from, to, encounter });
const window: OrderWindow = { after: 100, before: 50, sameEncounter: false };

const shown = ({ matches, before }: ReturnType<typeof matchOrders>) => ({
  matches: matches.map(({ order, firing, isCertain }) => [
    order.from,
    firing.impression,
    isCertain,
  ]),
  before: [...before],
});

describe('An order', () => {
  const firings = [at('a', 1_000), at('b', 1_050), at('c', 2_000)];

  test.each([
    [1_000, [[1_000, 'a', true]]],
    [1_049, [[1_049, 'a', true]]],
    [1_050, [[1_050, 'b', true]]],
    [1_150, [[1_150, 'b', true]]],
    [1_151, []],
    [999, []],
  ])(
    'that was placed at %d belongs to the last alert before it, within the window',
    (from, found) => {
      expect(shown(matchOrders(firings, [placed(from)], window)).matches).toEqual(found);
    },
  );

  test('whose time is not known well enough may belong to an alert, and that is not certain', () => {
    const possible = [placed(990, 1_010), placed(1_120, 1_160), placed(0, 10_000)];
    expect(shown(matchOrders(firings, possible, window)).matches).toEqual([
      [0, 'c', false],
      [990, 'a', false],
      [1_120, 'b', false],
    ]);
    expect(shown(matchOrders(firings, [placed(1_001, 1_049)], window)).matches).toEqual([
      [1_001, 'a', true],
    ]);
  });

  test('belongs only to alerts of its own encounter where that is asked for', () => {
    const own = { ...window, sameEncounter: true };
    const inWards = [
      at('a', 1_000, { encounter: 'x' }),
      at('b', 1_010),
      at('c', 1_020, { encounter: 'y' }),
    ];
    const orders = [placed(1_030, 1_030, 'x'), placed(1_031), placed(1_032, 1_032, 'z')];
    expect(shown(matchOrders(inWards, orders, own)).matches).toEqual([[1_030, 'a', true]]);
    const early = [placed(990, 990, 'x'), placed(1_015, 1_015, 'x'), placed(991)];
    expect(shown(matchOrders(inWards, early, own)).before).toEqual(['a']);
  });

  test('that was certainly placed before the first alert of an opening is told of that opening', () => {
    const repeated = [at('a', 1_000), at('b', 1_020, { opening: 'a' }), at('c', 1_500)];
    const before = (...orders: readonly Placed[]) =>
      shown(matchOrders(repeated, orders, window)).before;
    expect(before(placed(950))).toEqual(['a']);
    expect(before(placed(999))).toEqual(['a']);
    expect(before(placed(949), placed(1_000), placed(1_010))).toEqual([]);
    expect(before(placed(940, 960), placed(990, 1_000))).toEqual([]);
    expect(before(placed(960, 970), placed(1_460))).toEqual(['a', 'c']);
  });

  test('is matched as by going through all alerts for each order', () => {
    const encounter = fc.constantFrom(undefined, 'x', 'y');
    const instant = fc.integer({ min: 0, max: 400 });
    const someFirings = fc
      .array(fc.record({ at: instant, encounter, opening: fc.constantFrom('o', 'p', 'q') }))
      .map((all) =>
        all
          .sort((a, b) => a.at - b.at)
          .map((firing, index) => ({ ...firing, impression: String(index) })),
      );
    const someOrders = fc.array(
      fc
        .record({ from: instant, lasts: fc.constantFrom(0, 0, 5, 60), encounter })
        .map(({ from, lasts, ...rest }) => ({ from, to: from + lasts, ...rest })),
    );
    fc.assert(
      fc.property(someFirings, someOrders, fc.boolean(), (fired, orders, sameEncounter) => {
        const bounds = { after: 40, before: 30, sameEncounter };
        const { matches, before } = matchOrders(fired, orders, bounds);
        const belongs = (firing: Firing, order: Placed): boolean =>
          !sameEncounter || (order.encounter !== undefined && firing.encounter === order.encounter);
        for (const order of orders) {
          const own = fired.filter((firing) => belongs(firing, order));
          const sure = own.findLast((f) => order.from >= f.at && order.to <= f.at + 40);
          const perhaps = own.findLast((f) => order.from <= f.at + 40 && order.to >= f.at);
          const match = matches.find((each) => each.order === order);
          expect(match?.firing).toEqual(sure ?? perhaps);
          expect(match?.isCertain ?? false).toBe(sure !== undefined);
        }
        const firsts = new Map<string, Firing>();
        for (const firing of fired) {
          if (!firsts.has(firing.opening)) firsts.set(firing.opening, firing);
        }
        const early = [...firsts.values()].filter((firing) =>
          orders.some(
            (order) =>
              belongs(firing, order) && order.from >= firing.at - 30 && order.to < firing.at,
          ),
        );
        expect(before).toEqual(new Set(early.map(({ opening }) => opening)));
      }),
    );
  });

  test('is found among many: ten thousand of them and a thousand alerts of one patient', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => at(String(index), index * 1_000));
    const orders = Array.from({ length: 10_000 }, (_, index) => placed(index * 100));
    const { matches, before } = matchOrders(many, orders, window);
    expect(matches).toHaveLength(2_000);
    expect(before.size).toBe(0);
  });
});
