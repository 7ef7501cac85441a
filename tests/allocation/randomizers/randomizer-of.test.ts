import { describe, expect, test } from '@jest/globals';
import {
  blocksRandomizer,
  completeRandomizer,
  matchedRandomizer,
  minimisationRandomizer,
  randomizerOf,
} from '../../../src/allocation/randomizers/index.ts';
import { randomStream } from '../../../src/stats/index.ts';
import type { AllocationMethod } from '../../../src/trial/allocation-plan.ts';
import { practices } from './practices.ts';

const clusters = [
  practices(12, { pair: 'aabbccddeeff'.split(''), x: [5, 3, 8, 1, 9, 2, 7, 7, 4, 6, 2, 1] }),
];
const setting = { clusters, weights: [1, 1], seed: ['trial', 1] };
const methods = {
  complete: { method: 'complete' },
  blocks: { method: 'blocks', sizes: [2, 4] },
  matched: { method: 'matched', set: 'pair' },
  minimisation: { method: 'minimisation', factors: [{ name: 'x' }] },
  constrained: { method: 'constrained', covariates: [{ name: 'x' }] },
} as const satisfies Readonly<Record<string, AllocationMethod>>;

describe('randomizerOf', () => {
  test('makes ready the method that is named', () => {
    const made = {
      complete: completeRandomizer(methods.complete, setting),
      blocks: blocksRandomizer(methods.blocks, setting),
      matched: matchedRandomizer(methods.matched, setting),
      minimisation: minimisationRandomizer(methods.minimisation, setting),
    };
    for (const name of ['complete', 'blocks', 'matched', 'minimisation'] as const) {
      for (let seed = 0; seed < 5; seed++) {
        expect(randomizerOf(methods[name], setting).draw(() => randomStream(seed))).toStrictEqual(
          made[name].draw(() => randomStream(seed)),
        );
      }
    }
  });

  test.each(Object.entries(methods))('gives the same again from the same seed: %s', (_, method) => {
    const draw = () => randomizerOf(method, setting).draw((wave) => randomStream(['a', wave]));
    const groups = draw();
    expect(draw()).toStrictEqual(groups);
    expect(groups).toHaveLength(12);
    expect(new Set(groups)).toStrictEqual(new Set([0, 1]));
  });

  test('balances the covariates of constrained randomisation', () => {
    const { draw } = randomizerOf(methods.constrained, setting);
    const x = clusters[0]?.map(({ values }) => Number(values['x'])) ?? [];
    const worst = (name: 'constrained' | 'complete') => {
      const drawn = name === 'constrained' ? draw : randomizerOf(methods.complete, setting).draw;
      return Math.max(
        ...Array.from({ length: 50 }, (_, i) =>
          Math.abs(
            drawn(() => randomStream(i)).reduce(
              (sum, group, own) => sum + (group === 0 ? 1 : -1) * (x[own] ?? 0),
              0,
            ),
          ),
        ),
      );
    };
    expect(worst('constrained')).toBeLessThan(worst('complete') / 2);
  });
});
