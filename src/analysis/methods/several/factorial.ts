import { sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Effect } from '../effect.ts';
import { bounded, effectOf } from '../effect.ts';
import { noSpread, ratioScale } from '../ratio-of-totals.ts';
import type { ArmEstimate, ArmScale } from './arm-estimates.ts';
import { noUnitsLeft, requireArms } from './arm-estimates.ts';
import { requireFraction } from '../check.ts';
import { cautionOf } from './factorial-caution.ts';
import { requireCrossed } from './factorial-check.ts';
import type { Factor, FactorLevels } from './factorial-contrasts.ts';
import { levelsOf, setsOf, weightOf } from './factorial-contrasts.ts';
import type { Omnibus } from './omnibus.ts';
import { diagonalCovariance, omnibusTest } from './omnibus.ts';

/** An arm of a factorial trial: one level of every factor. */
export interface FactorialCell extends ArmEstimate {
  readonly levels: FactorLevels;
}

/** How far the effect of one factor depends on the level of others. */
export interface FactorInteraction {
  /** The level of each factor that is set against the factor's reference. */
  readonly levels: FactorLevels;
  /** A difference of differences, or a ratio of ratios; of three factors one order more. */
  readonly effect: Estimable<Effect>;
  /** What the interaction forbids to say about the main effects, where it does. */
  readonly caution?: string | undefined;
}

/** All interaction contrasts of a set of factors. */
export interface InteractionTerm {
  readonly factors: readonly string[];
  readonly contrasts: readonly FactorInteraction[];
  /** That all of them are nil. */
  readonly test: Estimable<Omnibus>;
}

/** The effect of a factor where the others stand at given levels. */
export interface SimpleEffect {
  readonly at: FactorLevels;
  readonly effect: Estimable<Effect>;
}

/** A level of a factor against the factor's reference. */
export interface MainEffect {
  readonly level: string;
  /** The mean of the simple effects with equal weights: *the* effect only without interaction. */
  readonly atTheMargins: Estimable<Effect>;
  /** The same at each combination of the levels of the other factors; needs no assumption. */
  readonly simple: readonly SimpleEffect[];
  /** What the interactions of this level forbid to say about `atTheMargins`; none where nothing. */
  readonly cautions: readonly string[];
}

/** A factor, always with every interaction that it takes part in. */
export interface FactorTerm {
  readonly factor: string;
  readonly reference: string;
  readonly contrasts: readonly MainEffect[];
  /** That all levels are equal at the margins. */
  readonly test: Estimable<Omnibus>;
  readonly interactions: readonly InteractionTerm[];
}

/** A factorial trial. */
export interface Factorial {
  readonly factors: readonly FactorTerm[];
  /** Units less cells. */
  readonly degreesOfFreedom: number;
}

/** How a factorial trial is analysed. */
export interface FactorialOptions {
  readonly factors: readonly Factor[];
  /** The scale of the cells' estimates; for `logRatio` effects are given as ratios. */
  readonly scale: ArmScale;
  /** Confidence of each interval; default 0.95. */
  readonly level?: number | undefined;
}

/**
 * Main effects, simple effects and interactions of a full factorial of 2 to 4 factors with 2 or more
 * levels each, from cells estimated independently of each other.
 *
 * Every effect is a contrast Σ w b with variance Σ w² se², t on K - cells degrees of freedom. With
 * cells b₀₀ … b₁₁ of a 2 × 2: simple effects of A are b₁₀ - b₀₀ and b₁₁ - b₀₁, the main effect at the
 * margins is their mean, the interaction their difference: four times the variance of the main
 * effect. So a trial sized for main effects seldom sees an interaction, and its absence is seldom
 * shown: main effects come with their interactions and a caution. `test` is joint over the levels of a
 * factor, or over the contrasts of an interaction. P values are not adjusted for the number of factors
 * (`adjustPValues` does that).
 *
 * In R, for cell means with a pooled variance: `fit <- lm(y ~ 0 + cell)` and
 * `multcomp::glht(fit, rbind(w))` for an effect with weights w, `glht` with several rows and
 * `test = Ftest()` for `test`; in a 2 × 2 the interaction is `lm(y ~ a * b)`'s.
 *
 * @param cells one for every combination of levels
 * @throws RangeError when factors are not 2 to 4, a factor has fewer than 2 levels, names or levels
 *   stand twice, a combination of levels is missing, doubled or unknown, a number is none, or the
 *   level is not between 0 and 1
 * @see D. R. Cox and N. Reid, The Theory of the Design of Experiments (2000), chapter 5; A. A.
 *   Montgomery, T. J. Peters and P. Little, BMC Med. Res. Methodol. 3 (2003) 26.
 */
export function factorial(
  cells: readonly FactorialCell[],
  { factors, scale, level = 0.95 }: FactorialOptions,
): Estimable<Factorial> {
  requireFraction('level', level);
  requireArms(cells);
  requireCrossed(cells, factors);
  const degreesOfFreedom = sum(cells.map(({ units }) => units)) - cells.length;
  if (degreesOfFreedom <= 0) return notEstimable(noUnitsLeft);

  const weightsOf = (compared: FactorLevels, held?: FactorLevels): readonly number[] =>
    cells.map((cell) => weightOf(cell.levels, { factors, compared, held }));
  const effectFor = (compared: FactorLevels, held?: FactorLevels): Estimable<Effect> => {
    const weights = weightsOf(compared, held);
    const estimate = sum(cells.map((cell, i) => cell.estimate * (weights[i] ?? 0)));
    const spread = Math.hypot(...cells.map((cell, i) => cell.standardError * (weights[i] ?? 0)));
    if (spread === 0) return notEstimable(noSpread);
    const effect = effectOf(estimate, spread, degreesOfFreedom, level);
    return scale === 'logRatio' ? ratioScale(effect) : bounded(effect);
  };
  const testOf = (set: readonly Factor[]): Estimable<Omnibus> =>
    omnibusTest(
      cells.map(({ estimate }) => estimate),
      diagonalCovariance(cells),
      {
        contrasts: levelsOf(set, { reference: false }).map((at) => weightsOf(at)),
        degreesOfFreedom,
      },
    );

  const interactions = setsOf(factors, 2).map((set) => ({
    factors: set.map(({ name }) => name),
    contrasts: levelsOf(set, { reference: false }).map((levels): FactorInteraction => {
      const effect = effectFor(levels);
      const mains = set.map(({ name }) => ({
        factor: name,
        effect: effectFor({ [name]: levels[name] ?? '' }),
      }));
      const caution = cautionOf(effect, mains, level);
      return caution === undefined ? { levels, effect } : { levels, effect, caution };
    }),
    test: testOf(set),
  }));
  const terms = factors.map((factor): FactorTerm => {
    const others = levelsOf(
      factors.filter((other) => other !== factor),
      { reference: true },
    );
    const own = interactions.filter((term) => term.factors.includes(factor.name));
    return {
      factor: factor.name,
      reference: factor.levels[0] ?? '',
      contrasts: factor.levels.slice(1).map((level) => ({
        level,
        atTheMargins: effectFor({ [factor.name]: level }),
        simple: others.map((at) => ({ at, effect: effectFor({ [factor.name]: level }, at) })),
        cautions: own
          .flatMap(({ contrasts }) => contrasts)
          .filter(({ levels }) => levels[factor.name] === level)
          .flatMap(({ caution }) => caution ?? []),
      })),
      test: testOf([factor]),
      interactions: own,
    };
  });
  return { estimable: true, factors: terms, degreesOfFreedom };
}
