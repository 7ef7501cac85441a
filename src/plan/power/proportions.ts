import type { Estimable } from '../../analysis/estimable.ts';
import { notEstimable } from '../../analysis/estimable.ts';
import { requireFraction, requireUnits } from '../../analysis/methods/check.ts';
import { requirePositive } from '../../stats/check.ts';
import { findRoot, normal } from '../../stats/index.ts';
import type { ByArm } from './cluster-trial.ts';
import type { DetectableEffect, Direction } from './detect.ts';
import { shiftFor } from './planned-test.ts';

/** By which test two proportions of independent observations will be compared. */
export interface ProportionsTest {
  /**
   * - `pooled` (default): the z or chi-squared test, with the pooled proportion under no effect;
   * - `unpooled`: Wald's, with each arm's own variance;
   * - `fleiss`: the pooled test with a continuity correction, which sizes Fisher's exact test;
   * - `arcsine`: of the difference 2 asin √p₁ − 2 asin √p₀ (Cohen's h).
   */
  readonly method?: 'pooled' | 'unpooled' | 'fleiss' | 'arcsine' | undefined;
  /** Two-sided level; default 0.05. */
  readonly alpha?: number | undefined;
}

interface Proportions {
  readonly arm: number;
  readonly control: number;
}

interface Parts {
  readonly effect: number;
  /** Of √n₀ times the estimate, where there is no effect and where there is. */
  readonly nullDeviation: number;
  readonly ownDeviation: number;
}

/**
 * What makes the power of n₀ and θn₀ observations: Φ((√n₀ · effect − z₁₋α/₂ σ_null) / σ_own), less the
 * continuity correction.
 */
function partsOf({ arm, control }: Proportions, ratio: number, method: string): Parts {
  const own = Math.sqrt((arm * (1 - arm)) / ratio + control * (1 - control));
  if (method === 'arcsine') {
    const spread = Math.sqrt(1 + 1 / ratio);
    const effect = 2 * Math.abs(Math.asin(Math.sqrt(arm)) - Math.asin(Math.sqrt(control)));
    return { effect, nullDeviation: spread, ownDeviation: spread };
  }
  const effect = Math.abs(arm - control);
  if (method === 'unpooled') return { effect, nullDeviation: own, ownDeviation: own };
  const mean = (ratio * arm + control) / (ratio + 1);
  return {
    effect,
    nullDeviation: Math.sqrt((1 + 1 / ratio) * mean * (1 - mean)),
    ownDeviation: own,
  };
}

/** @throws RangeError when a proportion is none, or both are the same */
function requireProportions({ arm, control }: Proportions): void {
  requireFraction('arm', arm);
  requireFraction('control', control);
  if (arm === control) {
    throw new RangeError(`the arm must differ from control, but both are ${arm}`);
  }
}

/**
 * How many independent observations a comparison of two proportions needs, unrounded. With θ of the
 * arm for each of control,
 *
 *     n₀ = (z₁₋α/₂ σ_null + z_power σ_own)² / effect²,   n₁ = θ n₀,
 *
 * σ²_own = p₁q₁/θ + p₀q₀; σ_null the same for `unpooled`, with the pooled proportion for `pooled`; for
 * `arcsine` σ² = 1 + 1/θ and the effect is h. `fleiss` takes the pooled n₀ to
 * n₀/4 · (1 + √(1 + 2(θ + 1)/(n₀ θ |p₁ − p₀|)))².
 *
 * Sources: Fleiss, Levin & Paik 2003, chapter 4; Casagrande, Pike & Smith 1978, Biometrics 34:483;
 * Cohen 1988. In R: `power.prop.test(p1 = , p2 = , power = )$n` (pooled), `pwr::pwr.2p.test` (arcsine).
 *
 * @throws RangeError when a number is not possible, or the proportions are the same
 */
export function sampleSizeOfProportions(
  proportions: Proportions,
  {
    power = 0.8,
    ratio = 1,
    method = 'pooled',
    alpha = 0.05,
  }: ProportionsTest & {
    /** Default 0.8. */
    readonly power?: number | undefined;
    /** Observations of the arm for each of control; default 1. */
    readonly ratio?: number | undefined;
  } = {},
): ByArm {
  requireProportions(proportions);
  requirePositive('ratio', ratio);
  const parts = partsOf(proportions, ratio, method);
  const both = shiftFor(power, Infinity, { alpha, test: 'z' });
  const critical = normal.quantile(alpha / 2, 'upper');
  const n =
    ((critical * parts.nullDeviation + (both - critical) * parts.ownDeviation) / parts.effect) ** 2;
  const correction = 1 + Math.sqrt(1 + (2 * (ratio + 1)) / (n * ratio * parts.effect));
  const control = method === 'fleiss' ? (n / 4) * correction ** 2 : n;
  return { arm: ratio * control, control };
}

/**
 * The chance that the test finds the difference of two proportions, in its direction: the inverse of
 * `sampleSizeOfProportions`. With the continuity correction the effect is less by (1/n₁ + 1/n₀)/2.
 *
 * In R: `power.prop.test(n = , p1 = , p2 = )$power` (pooled), `pwr::pwr.2p2n.test` (arcsine, which
 * adds rejections to the wrong side).
 *
 * @param sizes observations in each arm
 * @throws RangeError when a number is not possible, or the proportions are the same
 */
export function powerOfProportions(
  proportions: Proportions,
  { sizes, ...test }: ProportionsTest & { readonly sizes: ByArm },
): number {
  requireProportions(proportions);
  requireSizes(sizes);
  return powerWith(proportions, sizes, test);
}

function requireSizes({ arm, control }: ByArm): void {
  requireUnits('sizes.arm', arm);
  requireUnits('sizes.control', control);
}

function powerWith(
  proportions: Proportions,
  { arm, control }: ByArm,
  { method = 'pooled', alpha = 0.05 }: ProportionsTest,
): number {
  requireFraction('alpha', alpha);
  const parts = partsOf(proportions, arm / control, method);
  const correction = method === 'fleiss' ? (1 / arm + 1 / control) / 2 : 0;
  const shift = Math.sqrt(control) * Math.max(0, parts.effect - correction);
  const critical = normal.quantile(alpha / 2, 'upper');
  return normal.cdf((shift - critical * parts.nullDeviation) / parts.ownDeviation).lower;
}

/**
 * The proportion nearest to control that the test tells from it with the wanted power, where
 * `powerOfProportions` has that value.
 *
 * In R: `power.prop.test(n = , p1 = , power = )$p2` (pooled).
 *
 * @param control the proportion in the control arm
 * @returns not estimable where not even a proportion of 1 (or 0) is found
 * @throws RangeError when a number is not possible
 */
export function detectableProportion(
  control: number,
  {
    sizes,
    power = 0.8,
    direction = 'higher',
    ...test
  }: ProportionsTest & {
    readonly sizes: ByArm;
    /** Default 0.8. */
    readonly power?: number | undefined;
    /** Default `higher`. */
    readonly direction?: Direction | undefined;
  },
): Estimable<DetectableEffect> {
  requireFraction('control', control);
  requireSizes(sizes);
  shiftFor(power, Infinity, { alpha: test.alpha, test: 'z' });
  const lacking = (arm: number): number => powerWith({ arm, control }, sizes, test) - power;
  const end = direction === 'higher' ? 1 : 0;
  if (lacking(end) < 0) {
    return notEstimable(
      `not even a proportion of ${end} can be told from control with this power`,
      'observe more',
    );
  }
  const arm = findRoot(lacking, { lower: control, upper: end });
  return { estimable: true, arm, difference: arm - control, ratio: arm / control };
}
