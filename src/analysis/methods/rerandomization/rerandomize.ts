import type { RandomStream, Seed } from '../../../stats/index.ts';
import { randomStream, sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { UnitTotals } from '../ratio-of-totals.ts';

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
  /** Multiplies the treated units' numerators first, to test a ratio other than 1; default 1. */
  readonly scale?: number | undefined;
  /** The difference of ratios under the null hypothesis; default 0. */
  readonly shift?: number | undefined;
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
  /** Draws that the p values rest on: those in which the statistic exists. */
  readonly draws: number;
  /** Standard error that the draws leave in `pValue`. */
  readonly monteCarloError: number;
  /** The smallest one-sided p value that so few units could ever give. */
  readonly smallestPValue: number;
}

const leastDraws = 99;

/** Units as columns, their numerators centred at the pooled ratio so that squares do not cancel. */
interface Columns {
  readonly n: number;
  /** Y - R̂E with the pooled ratio R̂. */
  readonly z: Float64Array;
  readonly e: Float64Array;
  readonly pooled: number;
}

/** Sums over the units of one arm. */
interface Sums {
  readonly k: number;
  readonly z: number;
  readonly e: number;
  readonly zz: number;
  readonly ze: number;
  readonly ee: number;
}

/** R - R̂ of an arm, and the delta variance of R: k/(k - 1) Σ(Y - RE)² / (ΣE)². */
function momentsOf({ k, z, e, zz, ze, ee }: Sums): {
  readonly offset: number;
  readonly variance: number;
} {
  const offset = z / e;
  const squares = Math.max(0, zz - 2 * offset * ze + offset * offset * ee);
  return { offset, variance: ((k / (k - 1)) * squares) / (e * e) };
}

/** The studentised statistic of a division of the units, or NaN where it does not exist. */
function statisticOf(
  treated: Sums,
  all: Sums,
  { pooled, n }: Columns,
  kind: Rerandomization['statistic'],
): number {
  if (treated.k < 2 || n - treated.k < 2) return Number.NaN;
  const a = momentsOf(treated);
  const b = momentsOf({
    k: all.k - treated.k,
    z: all.z - treated.z,
    e: all.e - treated.e,
    zz: all.zz - treated.zz,
    ze: all.ze - treated.ze,
    ee: all.ee - treated.ee,
  });
  if (kind === 'difference') return (a.offset - b.offset) / Math.sqrt(a.variance + b.variance);
  const [one, other] = [pooled + a.offset, pooled + b.offset];
  if (!(one > 0 && other > 0)) return Number.NaN;
  return Math.log(one / other) / Math.sqrt(a.variance / one ** 2 + b.variance / other ** 2);
}

/** Sums over the units that `pick` takes. */
function sumsOf({ n, z, e }: Columns, pick: (i: number) => boolean): Sums {
  let [k, sz, se, szz, sze, see] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < n; i += 1) {
    if (!pick(i)) continue;
    const zi = z[i] ?? 0;
    const ei = e[i] ?? 0;
    k += 1;
    sz += zi;
    se += ei;
    szz += zi * zi;
    sze += zi * ei;
    see += ei * ei;
  }
  return { k, z: sz, e: se, zz: szz, ze: sze, ee: see };
}

/** Whether each unit in turn is treated in a draw. For even chances one word serves 32 units. */
function pickerOf(stream: RandomStream, probability: number): () => boolean {
  if (probability !== 0.5) {
    const threshold = probability * 4_294_967_296;
    return () => stream.uint32() < threshold;
  }
  let word = 0;
  let left = 0;
  return () => {
    if (left === 0) {
      word = stream.uint32();
      left = 32;
    }
    left -= 1;
    const bit = word & 1;
    word >>>= 1;
    return bit === 1;
  };
}

function columnsOf(units: readonly AssignedUnit[], scale: number, shift: number): Columns {
  const numerators = units.map(({ numerator, denominator, treated }) =>
    treated ? numerator * scale - shift * denominator : numerator,
  );
  const e = Float64Array.from(units, ({ denominator }) => denominator);
  const pooled = sum(numerators) / sum(e);
  const z = Float64Array.from(numerators, (numerator, i) => numerator - pooled * (e[i] ?? 0));
  return { n: units.length, z, e, pooled };
}

/**
 * A studentised re-randomisation test that replays hashed assignment: each unit by itself, treated
 * with the chance that the protocol gives. Exact under the sharp null hypothesis that every unit's
 * numerator would have been the same in either arm, up to the null effect; asymptotically right when
 * only the ratios are equal.
 *
 * p = (1 + #{|T_b| ≥ |T|(1 - 1e-9)}) / (B + 1), and likewise one-sided, over the draws in which the
 * statistic exists (two units and, for a log ratio, some events in each arm). Which draws those are
 * follows from the data alone, so conditioning on them keeps the test exact. An effect other than
 * none is tested by taking it out of the treated units first: `scale` times Y, less `shift` times E.
 *
 * Sources: Chung & Romano 2013, Ann Stat 41:484; Wu & Ding 2021, JASA 116:1898; Phipson & Smyth 2010
 * (the +1).
 *
 * @throws RangeError when `draws` is no whole number above 0 or `probability` is not between 0 and 1
 */
export function rerandomize(
  units: readonly AssignedUnit[],
  options: RerandomizationOptions,
): Estimable<Rerandomization> {
  const { probability, draws, statistic, seed, scale = 1, shift = 0 } = options;
  if (!(Number.isInteger(draws) && draws >= 1)) {
    throw new RangeError(`draws must be a whole number of at least 1, not ${draws}`);
  }
  if (!(probability > 0 && probability < 1)) {
    throw new RangeError(`probability must be between 0 and 1, not ${probability}`);
  }
  const used = units.filter(({ denominator }) => denominator > 0);
  const columns = columnsOf(used, scale, shift);
  const all = sumsOf(columns, () => true);
  const actual = sumsOf(columns, (i) => used[i]?.treated === true);
  const observed = statisticOf(actual, all, columns, statistic);
  if (!Number.isFinite(observed)) {
    return notEstimable(
      `each arm needs at least two units${statistic === 'logRatio' ? ', some events,' : ''} and units that differ`,
    );
  }

  const slack = 1e-9 * Math.abs(observed);
  let [defined, two, less, greater] = [0, 0, 0, 0];
  const pick = pickerOf(randomStream(seed), probability);
  for (let b = 0; b < draws; b += 1) {
    const t = statisticOf(sumsOf(columns, pick), all, columns, statistic);
    if (Number.isNaN(t)) continue;
    defined += 1;
    if (Math.abs(t) >= Math.abs(observed) - slack) two += 1;
    if (t <= observed + slack) less += 1;
    if (t >= observed - slack) greater += 1;
  }
  if (defined < Math.min(leastDraws, draws)) {
    return notEstimable(
      `only ${defined} of ${draws} draws gave each arm enough units to compare: there are too few units`,
    );
  }
  const pValue = (1 + two) / (defined + 1);
  // The chance of this very assignment among those that can be compared.
  const chance =
    Math.exp(
      actual.k * Math.log(probability) + (used.length - actual.k) * Math.log1p(-probability),
    ) /
    (defined / draws);
  return {
    estimable: true,
    statistic,
    observed,
    pValue,
    pLess: (1 + less) / (defined + 1),
    pGreater: (1 + greater) / (defined + 1),
    draws: defined,
    monteCarloError: Math.sqrt((pValue * (1 - pValue)) / defined),
    smallestPValue: Math.max(chance, 1 / (defined + 1)),
  };
}
