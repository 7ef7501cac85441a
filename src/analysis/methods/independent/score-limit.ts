import { findRoot } from '../../../stats/index.ts';

/** A signed root of a score statistic: its deviation over its standard error, 0 where both are 0. */
export function scoreOf(deviation: number, variance: number): number {
  return deviation === 0 ? 0 : deviation / Math.sqrt(variance);
}

/**
 * Where a decreasing statistic meets a value between two ends, or the far end where it does not.
 *
 * @param z decreasing; it may be infinite
 * @param from where z lies on the near side of `target`, `to` beyond it
 */
export function limitBetween(
  z: (x: number) => number,
  { from, to, target }: { readonly from: number; readonly to: number; readonly target: number },
): number {
  // The arc tangent makes infinite statistics finite and moves no crossing.
  const f = (x: number): number => Math.atan(z(x)) - Math.atan(target);
  if (f(from) * f(to) >= 0) return to;
  // Limits of rare outcomes are tiny, so the tolerance is relative as far as doubles go.
  return findRoot(f, {
    lower: Math.min(from, to),
    upper: Math.max(from, to),
    tolerance: 1e-18,
  });
}

/**
 * Where a decreasing statistic of a positive quantity meets a value, sought on the log scale.
 *
 * @param start where to begin; 1 where it is 0 or infinite
 */
function positiveLimit(
  z: (x: number) => number,
  { start, target }: { readonly start: number; readonly target: number },
): number {
  const onLog = (t: number): number => z(Math.exp(t));
  const from = start > 0 && start < Infinity ? Math.log(start) : 0;
  const direction = onLog(from) > target ? 1 : -1;
  let reach = 1;
  while (reach < 512 && onLog(from + direction * reach) > target === direction > 0) reach *= 2;
  return Math.exp(limitBetween(onLog, { from, to: from + direction * reach, target }));
}

/** Both limits of a positive quantity by a decreasing statistic; 0 and infinity bound what is there. */
export function scoreLimits(
  z: (x: number) => number,
  { estimate, critical }: { readonly estimate: number; readonly critical: number },
): { readonly lower: number; readonly upper: number } {
  return {
    lower: estimate === 0 ? 0 : positiveLimit(z, { start: estimate, target: critical }),
    upper:
      estimate === Infinity ? Infinity : positiveLimit(z, { start: estimate, target: -critical }),
  };
}
