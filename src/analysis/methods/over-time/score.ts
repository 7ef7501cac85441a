import type { Roles } from './roles.ts';

/** Numerators and denominators by cluster and period, for whichever order of the arms is drawn. */
export interface OrderedCells {
  readonly clusters: number;
  readonly periods: number;
  /**
   * Denominators: those where the arm did not just change, `clusters` · `periods` numbers, and behind
   * them, where a washout makes a difference, those where it did.
   */
  readonly e: Float64Array;
  /** Numerators under the null hypothesis, laid out alike. */
  readonly y: Float64Array;
  /** What the numerators change by when the hypothesis moves by one step, laid out alike, if it is to move. */
  readonly step?: Float64Array | undefined;
}

/** The numbers a draw is judged by: U, Σu², and where the hypothesis moves U′, Σuu′ and Σu′². */
export const sumsPerOrder = 5;

/**
 * A function that adds up a draw. With x = 1 in the cells that get the arm and 0 in those that get
 * control, x̄ the mean of x in a period weighted by E and R = ΣY / ΣE of the period,
 * u_i = Σ_j (x - x̄_j)(Y - E R_j) for each cluster, and U = Σ u_i; with a dash the same of `step`.
 *
 * @returns whether some period has both arms, without which there is nothing to compare
 */
export function scoring(
  { clusters, periods, e, y, step }: OrderedCells,
  { of: roles, changed, telling }: Roles,
): (groups: ArrayLike<number>, sums: Float64Array, at: number) => boolean {
  const plane = clusters * periods;
  const count = telling.length;
  // Of each period: of control e, y and step, of the arm the same; and then R, R′ and x̄.
  const own = new Float64Array(9 * count);
  const add = (groups: ArrayLike<number>): void => {
    own.fill(0);
    for (let i = 0; i < clusters; i += 1) {
      const from = (groups[i] ?? 0) * periods;
      for (let t = 0; t < count; t += 1) {
        const j = telling[t] ?? 0;
        const role = roles[from + j] ?? 0;
        if (role < 0) continue;
        const cell = (changed[from + j] ?? 0) * plane + i * periods + j;
        const to = 9 * t + 3 * role;
        own[to] = (own[to] ?? 0) + (e[cell] ?? 0);
        own[to + 1] = (own[to + 1] ?? 0) + (y[cell] ?? 0);
        if (step) own[to + 2] = (own[to + 2] ?? 0) + (step[cell] ?? 0);
      }
    }
  };
  return (groups, sums, at) => {
    add(groups);
    let exists = false;
    for (let t = 0; t < 9 * count; t += 9) {
      const control = own[t] ?? 0;
      const treated = own[t + 3] ?? 0;
      const all = control + treated;
      if (control > 0 && treated > 0) exists = true;
      // Without one of the arms x is its mean in every cell.
      own[t + 6] = all > 0 ? ((own[t + 1] ?? 0) + (own[t + 4] ?? 0)) / all : 0;
      own[t + 7] = all > 0 ? ((own[t + 2] ?? 0) + (own[t + 5] ?? 0)) / all : 0;
      own[t + 8] = all > 0 ? treated / all : 0;
    }
    let [score, squares, stepScore, products, stepSquares] = [0, 0, 0, 0, 0];
    for (let i = 0; i < clusters; i += 1) {
      const from = (groups[i] ?? 0) * periods;
      let [u, v] = [0, 0];
      for (let t = 0; t < count; t += 1) {
        const j = telling[t] ?? 0;
        const role = roles[from + j] ?? 0;
        if (role < 0) continue;
        const cell = (changed[from + j] ?? 0) * plane + i * periods + j;
        const denominator = e[cell] ?? 0;
        const away = role - (own[9 * t + 8] ?? 0);
        u += away * ((y[cell] ?? 0) - (own[9 * t + 6] ?? 0) * denominator);
        if (step) v += away * ((step[cell] ?? 0) - (own[9 * t + 7] ?? 0) * denominator);
      }
      score += u;
      squares += u * u;
      stepScore += v;
      products += u * v;
      stepSquares += v * v;
    }
    sums[at] = score;
    sums[at + 1] = squares;
    sums[at + 2] = stepScore;
    sums[at + 3] = products;
    sums[at + 4] = stepSquares;
    return exists;
  };
}

/** What subtraction leaves of squares when nothing is left. */
const rounding = 1e-13;

// Held here because looking up a global each time is slow where globals are proxied, as in test runners.
const { sqrt } = Math;

/**
 * The studentised score U / √Σu² of a draw, with the hypothesis moved by `steps`; at most √clusters in
 * size, and 0 where no cluster differs from its periods.
 *
 * @param least squares that are rounding beside the data
 */
export function studentizedScore(
  sums: Float64Array,
  { at, steps, least }: { readonly at: number; readonly steps: number; readonly least: number },
): number {
  const u = sums[at + 1] ?? 0;
  const v = steps * steps * (sums[at + 4] ?? 0);
  const squares = u + 2 * steps * (sums[at + 3] ?? 0) + v;
  if (squares <= least || squares <= rounding * (u + v)) return 0;
  return ((sums[at] ?? 0) + steps * (sums[at + 2] ?? 0)) / sqrt(squares);
}
