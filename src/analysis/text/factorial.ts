import type { Estimable } from '../estimable.ts';
import type { Effect } from '../methods/effect.ts';
import type { Factorial, FactorLevels } from '../methods/several/index.ts';
import type { EffectScale } from './words.ts';

/** One effect of a factorial trial, named. */
export interface NamedEffect {
  readonly kind: 'main' | 'simple' | 'interaction';
  /** What is compared. */
  readonly name: string;
  /** At what levels of the other factors. */
  readonly at: string;
  readonly effect: Estimable<Effect>;
  /** How many factors it compares: of two, the effect is a ratio of ratios. */
  readonly order: number;
}

/**
 * The main effects of a factorial trial, the same at each level of the other factors, and each
 * interaction once.
 */
export function effectsOf({ factors }: Factorial): readonly NamedEffect[] {
  const mains = factors.flatMap(({ factor, reference, contrasts }) =>
    contrasts.flatMap(({ level, atTheMargins, simple }): readonly NamedEffect[] => {
      const name = `${factor}: ${level} against ${reference}`;
      return [
        { kind: 'main', name, at: 'mean over the other levels', effect: atTheMargins, order: 1 },
        ...simple.map(({ at, effect }): NamedEffect => ({
          kind: 'simple',
          name,
          at: levelsText(at),
          effect,
          order: 1,
        })),
      ];
    }),
  );
  const interactions = factors.flatMap(({ factor, interactions: terms }) =>
    terms
      .filter(({ factors: names }) => names[0] === factor)
      .flatMap(({ factors: names, contrasts }) =>
        contrasts.map(({ levels, effect }): NamedEffect => ({
          kind: 'interaction',
          name: `Interaction ${names.join(' × ')}`,
          at: levelsText(levels),
          effect,
          order: names.length,
        })),
      ),
  );
  return [...mains, ...interactions];
}

/** What an effect is: a ratio, of two factors a ratio of ratios, and so on; or differences alike. */
export function sizeWords({ order }: NamedEffect, scale: EffectScale): string {
  const word = scale === 'ratio' ? 'ratio' : 'difference';
  return [word, ...Array.from({ length: order - 1 }, () => `${word}s`)].join(' of ');
}

/** What the interactions forbid to say, each once. */
export function cautionsOf({ factors }: Factorial): readonly string[] {
  return [
    ...new Set(factors.flatMap(({ contrasts }) => contrasts.flatMap(({ cautions }) => cautions))),
  ];
}

function levelsText(levels: FactorLevels): string {
  return Object.entries(levels)
    .map(([factor, level]) => `${factor} ${level}`)
    .join(', ');
}
