import type { Draw } from './draw.ts';

/**
 * What a statistic is made of: y over e by unit. `y` is a numerator and `e` a denominator, or `y` a
 * value a unit and `e` 1.
 */
export interface Values {
  readonly y: Float64Array;
  readonly e: Float64Array;
  /** 1 for units with data; the others hold zeros. */
  readonly used: Uint8Array;
}

/** Four numbers a place: whether it has data, e, y, and y less `e` times a centre. */
export type Rows = Float64Array;

/** Seven sums an arm: units, e, y, and with z = y - centre · e those of z, z², ze and e². */
export const sumsPerArm = 7;

/** Lays values out for adding up; `keep` says which units take part. */
export function rowsOf(
  { y, e, used }: Values,
  {
    places,
    centreOf,
    keep = () => true,
  }: {
    readonly places: number;
    readonly centreOf: (unit: number) => number;
    readonly keep?: ((unit: number) => boolean) | undefined;
  },
): Rows {
  const rows = new Float64Array(4 * places);
  used.forEach((isUsed, i) => {
    if (isUsed !== 1 || !keep(i)) return;
    const [yi, ei] = [y[i] ?? 0, e[i] ?? 0];
    rows.set([1, ei, yi, yi - centreOf(i) * ei], 4 * i);
  });
  return rows;
}

/** Adds up the rows of some units: `units` from `from` to `to`, into `sums` from `at` on. */
function addUp(
  rows: Rows,
  sums: Float64Array,
  {
    units,
    from,
    to,
    at,
  }: {
    readonly units: Int32Array;
    readonly from: number;
    readonly to: number;
    readonly at: number;
  },
): void {
  let [k, sy, se, sz, szz, sze, see] = [0, 0, 0, 0, 0, 0, 0];
  for (let i = from; i < to; i += 1) {
    const row = 4 * (units[i] ?? 0);
    const e = rows[row + 1] ?? 0;
    const z = rows[row + 3] ?? 0;
    k += rows[row] ?? 0;
    se += e;
    sy += rows[row + 2] ?? 0;
    sz += z;
    szz += z * z;
    sze += z * e;
    see += e * e;
  }
  sums[at] = k;
  sums[at + 1] = se;
  sums[at + 2] = sy;
  sums[at + 3] = sz;
  sums[at + 4] = szz;
  sums[at + 5] = sze;
  sums[at + 6] = see;
}

/** The sums over all places. */
export function totalsOf(rows: Rows): Float64Array {
  const units = Int32Array.from({ length: rows.length / 4 }, (_, i) => i);
  const totals = new Float64Array(sumsPerArm);
  addUp(rows, totals, { units, from: 0, to: units.length, at: 0 });
  return totals;
}

// What is left of a total after subtraction, when nothing is: rounding.
const rounding = 1e-12;

/** The sums of every arm in a draw; those of the arm `rest` are what the others leave of the totals. */
export function sumByArm(
  rows: Rows,
  sums: Float64Array,
  { draw, totals, at }: { readonly draw: Draw; readonly totals: Float64Array; readonly at: number },
): void {
  const { rest, listed, units, ends } = draw;
  const left = at + rest * sumsPerArm;
  for (let c = 0; c < sumsPerArm; c += 1) sums[left + c] = totals[c] ?? 0;
  let from = 0;
  for (let j = 0; j < listed.length; j += 1) {
    const to = ends[j] ?? 0;
    const own = at + (listed[j] ?? 0) * sumsPerArm;
    addUp(rows, sums, { units, from, to, at: own });
    for (let c = 0; c < sumsPerArm; c += 1) {
      sums[left + c] = (sums[left + c] ?? 0) - (sums[own + c] ?? 0);
    }
    from = to;
  }
  // An arm without events must be known for one.
  if (Math.abs(sums[left + 2] ?? 0) <= rounding * Math.abs(totals[2] ?? 0)) sums[left + 2] = 0;
}
