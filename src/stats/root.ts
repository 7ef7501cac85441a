/**
 * Where a continuous function changes its sign between two ends, by Brent's method: bisection that
 * interpolates where that is safe.
 *
 * @param f of opposite signs (or 0) at the ends; infinities are allowed
 * @returns a point x no further from the change than 2 `tolerance` (|x| + 0.001) and the rounding of x;
 *   where f is 0 at an end, that end
 * @throws RangeError when the signs at the ends are the same or a value is NaN
 * @see R. P. Brent, Algorithms for Minimization without Derivatives (1973), chapter 4. In R:
 *   `uniroot(f, c(lower, upper), tol = tolerance)$root`.
 */
export function findRoot(
  f: (x: number) => number,
  {
    lower,
    upper,
    tolerance = 1e-14,
  }: { readonly lower: number; readonly upper: number; readonly tolerance?: number | undefined },
): number {
  let [a, b] = [lower, upper];
  let [fa, fb] = [f(a), f(b)];
  if (fa === 0) return a;
  if (fb === 0) return b;
  if (!(Math.sign(fa) * Math.sign(fb) < 0)) {
    throw new RangeError(`no change of sign between ${lower} (${fa}) and ${upper} (${fb})`);
  }
  let [c, fc] = [a, fa];
  let step = b - a;
  let before = step;
  for (let turn = 0; turn < 300; turn += 1) {
    if (Math.abs(fc) < Math.abs(fb)) {
      [a, b, c] = [b, c, b];
      [fa, fb, fc] = [fb, fc, fb];
    }
    const least = (Number.EPSILON + tolerance) * Math.abs(b) + tolerance * 1e-3;
    const half = (c - b) / 2;
    if (Math.abs(half) <= least || fb === 0) return b;
    if (Math.abs(before) < least || Math.abs(fa) <= Math.abs(fb)) {
      step = half;
      before = half;
    } else {
      const s = fb / fa;
      let [p, q] = [2 * half * s, 1 - s];
      if (a !== c) {
        const u = fa / fc;
        const r = fb / fc;
        p = s * (2 * half * u * (u - r) - (b - a) * (r - 1));
        q = (u - 1) * (r - 1) * (s - 1);
      }
      if (p > 0) q = -q;
      p = Math.abs(p);
      if (2 * p < Math.min(3 * half * q - Math.abs(least * q), Math.abs(before * q))) {
        before = step;
        step = p / q;
      } else {
        step = half;
        before = half;
      }
    }
    [a, fa] = [b, fb];
    b += Math.abs(step) > least ? step : half > 0 ? least : -least;
    fb = f(b);
    if (Number.isNaN(fb)) throw new RangeError(`the function must be a number, got NaN at ${b}`);
    if (Math.sign(fb) === Math.sign(fc)) {
      [c, fc] = [a, fa];
      step = b - a;
      before = step;
    }
  }
  return b;
}
