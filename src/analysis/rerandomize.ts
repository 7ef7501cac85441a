import type { Seed } from '../stats/index.ts';
import { randomStream } from '../stats/index.ts';
import type { Estimable } from './estimable.ts';
import { notEstimable } from './estimable.ts';
import type { UnitTotals } from './ratio.ts';

/** A unit of a two-arm comparison with the arm that it really had. */
export interface AssignedUnit extends UnitTotals {
  readonly treated: boolean;
}

/** What is tested, and by how many draws. */
export interface RerandomizationOptions {
  /** The chance that the trial's procedure gives a unit of these two arms the treated one. */
  readonly probability: number;
  readonly draws: number;
  readonly seed: Seed;
  /** `logRatio`: log R₁ - log R₀; `difference`: R₁ - R₀. Both studentised. */
  readonly statistic: 'logRatio' | 'difference';
  /** The effect under the null hypothesis, on the scale of the statistic; default 0. */
  readonly null?: number | undefined;
}

/** The p values of a re-randomisation test. */
export interface Rerandomization {
  readonly statistic: 'logRatio' | 'difference';
  /** Studentised. */
  readonly observed: number;
  /** Two-sided. */
  readonly pValue: number;
  /** One-sided, of an effect below the null. */
  readonly pLess: number;
  /** One-sided, of an effect above the null. */
  readonly pGreater: number;
  readonly draws: number;
  /** Standard error that the draws leave in `pValue`. */
  readonly monteCarloError: number;
}

/** Sums over the treated units of a draw; those of the others follow from the totals. */
interface Sums {
  k: number;
  y: number;
  e: number;
  yy: number;
  ye: number;
  ee: number;
}

const empty = (): Sums => ({ k: 0, y: 0, e: 0, yy: 0, ye: 0, ee: 0 });

/** R and its delta variance k/(k - 1) Σ(Y - RE)² / (ΣE)², or undefined below two units. */
function momentsOf(s: Sums): { readonly ratio: number; readonly variance: number } | undefined {
  if (s.k < 2 || !(s.e > 0)) return undefined;
  const ratio = s.y / s.e;
  const squares = Math.max(0, s.yy - 2 * ratio * s.ye + ratio * ratio * s.ee);
  return { ratio, variance: ((s.k / (s.k - 1)) * squares) / (s.e * s.e) };
}

function studentised(treated: Sums, control: Sums, statistic: 'logRatio' | 'difference'): number {
  const a = momentsOf(treated);
  const b = momentsOf(control);
  if (a === undefined || b === undefined) return Number.NaN;
  if (statistic === 'difference') {
    return (a.ratio - b.ratio) / Math.sqrt(a.variance + b.variance);
  }
  // A shifted numerator may be 0 or below, where there is no logarithm.
  if (!(a.ratio > 0 && b.ratio > 0)) return Number.NaN;
  const variance = a.variance / a.ratio ** 2 + b.variance / b.ratio ** 2;
  return Math.log(a.ratio / b.ratio) / Math.sqrt(variance);
}

/**
 * A studentised re-randomisation test that replays hashed assignment: each unit by itself, treated
 * with the chance that the protocol gives. Exact under the sharp null hypothesis that every unit's
 * numerator would have been the same in either arm up to the null effect; asymptotically right when
 * only the ratios are equal.
 *
 * p = (1 + #{|T_b| ≥ |T|(1 - 1e-12)}) / (B + 1), and likewise one-sided. A draw whose statistic does
 * not exist (an arm with fewer than two units, or no events) counts as extreme, so p is never too
 * small for it. A null other than 0 is tested by taking it out of the treated units first:
 * Y - δE for a difference, Y e^-δ for a log ratio.
 *
 * Sources: Chung & Romano 2013, Ann Stat 41:484; Wu & Ding 2021, JASA 116:1898; Phipson & Smyth 2010
 * (the +1).
 */
export function rerandomize(
  units: readonly AssignedUnit[],
  options: RerandomizationOptions,
): Estimable<Rerandomization> {
  const { probability, draws, statistic } = options;
  const shift = options.null ?? 0;
  const used = units.filter(({ denominator }) => denominator > 0);
  const n = used.length;
  const y = new Float64Array(n);
  const e = new Float64Array(n);
  const total = empty();
  const actual = empty();
  used.forEach((unit, i) => {
    const shifted =
      statistic === 'difference'
        ? unit.numerator - shift * unit.denominator
        : unit.numerator * Math.exp(-shift);
    y[i] = unit.treated ? shifted : unit.numerator;
    e[i] = unit.denominator;
    add(total, y[i] ?? 0, unit.denominator);
    if (unit.treated) add(actual, y[i] ?? 0, unit.denominator);
  });
  const observed = studentised(actual, without(total, actual), statistic);
  if (Number.isNaN(observed)) {
    return notEstimable(
      `each arm needs at least two units${statistic === 'logRatio' ? ', some events,' : ''} and units that differ`,
    );
  }

  const slack = 1e-12 * Math.abs(observed);
  const reach = Math.abs(observed) - slack;
  let two = 1;
  let less = 1;
  let greater = 1;
  const stream = randomStream(options.seed);
  const threshold = probability * 4_294_967_296;
  for (let b = 0; b < draws; b += 1) {
    const drawn = empty();
    for (let i = 0; i < n; i += 1) {
      if (stream.uint32() < threshold) add(drawn, y[i] ?? 0, e[i] ?? 0);
    }
    const t = studentised(drawn, without(total, drawn), statistic);
    if (Number.isNaN(t) || Math.abs(t) >= reach) two += 1;
    if (Number.isNaN(t) || t <= observed + slack) less += 1;
    if (Number.isNaN(t) || t >= observed - slack) greater += 1;
  }
  const pValue = two / (draws + 1);
  return {
    estimable: true,
    statistic,
    observed,
    pValue,
    pLess: less / (draws + 1),
    pGreater: greater / (draws + 1),
    draws,
    monteCarloError: Math.sqrt((pValue * (1 - pValue)) / draws),
  };
}

function add(s: Sums, y: number, e: number): void {
  s.k += 1;
  s.y += y;
  s.e += e;
  s.yy += y * y;
  s.ye += y * e;
  s.ee += e * e;
}

function without(all: Sums, some: Sums): Sums {
  return {
    k: all.k - some.k,
    y: all.y - some.y,
    e: all.e - some.e,
    yy: all.yy - some.yy,
    ye: all.ye - some.ye,
    ee: all.ee - some.ee,
  };
}
