import { sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import type { Effect } from '../effect.ts';
import { bounded, effectOf } from '../effect.ts';
import { lagFor, leastPeriods, longRunSum } from './long-run.ts';

/** Events and exposure of one period. */
export interface PeriodCounts {
  readonly events: number;
  readonly exposure: number;
}

/** Both arms in one period, such as a day. */
export interface ComparedPeriod {
  /** When; the drift is given for one unit of it, so give weeks (days / 7) for a drift a week. */
  readonly time: number;
  readonly arm: PeriodCounts;
  readonly control: PeriodCounts;
}

export interface DriftOptions {
  /** Confidence level; default 0.95. */
  readonly level?: number | undefined;
  /** Lags of the Newey-West variance; default ⌊4 (T/100)^(2/9)⌋. */
  readonly lag?: number | undefined;
}

/** How the ratio of two arms' rates moves with time. */
export interface TriggerDrift {
  /** By what the rate ratio, arm over control, is multiplied in one unit of time. */
  readonly effect: Effect;
  /** Periods in which both arms had exposure and there was an event. */
  readonly periods: number;
  readonly lag: number;
  /** Pearson's dispersion: above 1 where days vary more than by Poisson chance. */
  readonly dispersion: number;
  /** Of neighbouring periods, freed of its bias, from 0 to 0.9. */
  readonly autocorrelation: number;
}

/**
 * Whether the rate at which the alert fires drifts apart between two arms. Given the events of a
 * period, those of the arm are binomial with logit π = log(E₁/E₀) + α + δ t: whatever moves both
 * arms on the same day (season, weekday, a change of the trigger) cancels, and δ is the drift of the
 * logarithm of the rate ratio.
 *
 * The variance is the larger of Newey-West's with T/(T - 2) and the quasi-binomial one times
 * (1 + ρ)/(1 - ρ), with t on (T - 2)(1 - ρ)/(1 + ρ) degrees of freedom. ρ is the lag-one
 * autocorrelation of the Pearson residuals plus (2 + 4ρ)/T, which a fitted trend takes from it. At 5 % it
 * rejected 4.2 to 5.1 % of true null hypotheses of independent days, 6.2 to 7.2 % with an
 * autocorrelation of 0.3, and 9.5 to 11.3 % with 0.6 (21 to 120 days, 1,500 simulations each); with
 * Newey-West's variance alone it would be up to 20 %.
 *
 * Give every firing, silent ones too: the trigger must not depend on the arm unless the arm changes the
 * trigger. A practice that closes for weeks is beyond what days can tell, so that with few units a
 * small p is a warning to look, not a finding.
 *
 * In R: `f <- glm(cbind(y1, y0) ~ t + offset(log(e1 / e0)), quasibinomial)`, its standard error, its
 * Pearson residuals, and `sandwich::NeweyWest(f, lag, prewhite = FALSE, adjust = TRUE)`.
 *
 * @param periods in order of time
 * @throws RangeError for a count that is negative or no number, times that do not rise, a level that
 *   is not between 0 and 1, or a lag that is no whole number
 * @see Newey & West 1987, Econometrica 55:703; Bartlett 1935, J R Stat Soc 98:536 (what dependent
 *   values are worth); Tanaka 1984, J R Stat Soc B 46:58 (bias of ρ); McCullagh & Nelder 1989
 *   (quasi-likelihood, conditioning on totals).
 */
export function triggerDrift(
  periods: readonly ComparedPeriod[],
  options: DriftOptions = {},
): Estimable<TriggerDrift> {
  const { level = 0.95 } = options;
  requireLevel(level);
  checkPeriods(periods);
  const used = periods.filter(
    ({ arm, control }) =>
      arm.exposure > 0 && control.exposure > 0 && arm.events + control.events > 0,
  );
  const count = used.length;
  const lag = lagFor(count, options.lag);
  if (count < leastPeriods) {
    return notEstimable(`fewer than ${leastPeriods} periods have events and exposure in both arms`);
  }
  if (
    used.every(({ arm }) => arm.events === 0) ||
    used.every((each) => each.control.events === 0)
  ) {
    return notEstimable('one arm has no events, so there is no ratio to drift');
  }
  // Centred: the slope is the same, and the equations do not lose digits far from time 0.
  const middle = sum(used.map(({ time }) => time)) / count;
  const t = Float64Array.from(used, ({ time }) => time - middle);
  const fit = fitSlope(used, t);
  if (fit === undefined) {
    return notEstimable('the arms change places so sharply that the drift has no end');
  }
  const { slope, chances, information } = fit;
  const [a, b, d] = information;
  const determinant = a * d - b * b;
  // The second row of the inverse information, of which the slope's variance is made.
  const [first, second] = [-b / determinant, a / determinant];

  const totals = used.map(({ arm, control }) => arm.events + control.events);
  const residuals = Float64Array.from(
    used,
    ({ arm }, i) => arm.events - (totals[i] ?? 0) * (chances[i] ?? 0),
  );
  const influence = residuals.map((residual, i) => residual * (first + second * (t[i] ?? 0)));
  const robust = Math.max(0, longRunSum(influence, influence, lag)) * (count / (count - 2));
  const standardized = residuals.map((residual, i) => {
    const chance = chances[i] ?? 0;
    return residual / Math.sqrt((totals[i] ?? 0) * chance * (1 - chance));
  });
  const squares = sum(standardized.map((each) => each * each));
  const dispersion = squares / (count - 2);
  const autocorrelation = autocorrelationOf(standardized, squares);
  const worth = (1 - autocorrelation) / (1 + autocorrelation);
  const variance = Math.max(robust, (dispersion * second) / worth);
  if (!(variance > 0)) return notEstimable('the arms move together exactly: there is no variance');
  const degreesOfFreedom = Math.max(1, (count - 2) * worth);
  const log = effectOf(slope, Math.sqrt(variance), degreesOfFreedom, level);
  const effect: Effect = {
    ...log,
    estimate: Math.exp(log.estimate),
    lower: Math.exp(log.lower),
    upper: Math.exp(log.upper),
  };
  const ends = bounded(effect);
  return ends.estimable
    ? { estimable: true, effect, periods: count, lag, dispersion, autocorrelation }
    : ends;
}

/**
 * Checks the counts of periods and that time goes forwards.
 *
 * @throws RangeError
 */
function checkPeriods(periods: readonly ComparedPeriod[]): void {
  let before = Number.NEGATIVE_INFINITY;
  for (const { time, arm, control } of periods) {
    checkCounts(arm);
    checkCounts(control);
    if (!(Number.isFinite(time) && time > before)) {
      throw new RangeError('the times of the periods must be numbers that rise');
    }
    before = time;
  }
}

/**
 * Checks the counts of one period.
 *
 * @throws RangeError
 */
export function checkCounts({ events, exposure }: PeriodCounts): void {
  for (const value of [events, exposure]) {
    if (!(Number.isFinite(value) && value >= 0)) {
      throw new RangeError(`events and exposure must be numbers of at least 0, not ${value}`);
    }
  }
}

/** The lag-one autocorrelation of residuals about a trend, freed of its bias and never below 0. */
function autocorrelationOf(residuals: Float64Array, squares: number): number {
  if (squares === 0) return 0;
  const products = sum(residuals.slice(1).map((each, t) => each * (residuals[t] ?? 0)));
  const raw = products / squares;
  return Math.min(0.9, Math.max(0, raw + (2 + 4 * raw) / residuals.length));
}

interface SlopeFit {
  readonly slope: number;
  /** The chance that an event of each period is the arm's. */
  readonly chances: Float64Array;
  /** Σ w, Σ wt and Σ wt². */
  readonly information: readonly [number, number, number];
}

/** Newton's method for α and δ, halving steps that do not raise the likelihood. */
function fitSlope(used: readonly ComparedPeriod[], t: Float64Array): SlopeFit | undefined {
  const offsets = used.map(({ arm, control }) => Math.log(arm.exposure / control.exposure));
  const at = (
    alpha: number,
    delta: number,
  ): SlopeFit & { readonly log: number; score: number[] } => {
    const chances = new Float64Array(t.length);
    let [log, u0, u1, a, b, d] = [0, 0, 0, 0, 0, 0];
    used.forEach(({ arm, control }, i) => {
      const time = t[i] ?? 0;
      const eta = (offsets[i] ?? 0) + alpha + delta * time;
      const chance = 1 / (1 + Math.exp(-eta));
      const n = arm.events + control.events;
      chances[i] = chance;
      // log π and log(1 - π) without cancelling.
      log -= arm.events * Math.log1p(Math.exp(-eta)) + control.events * Math.log1p(Math.exp(eta));
      const residual = arm.events - n * chance;
      const weight = n * chance * (1 - chance);
      u0 += residual;
      u1 += residual * time;
      a += weight;
      b += weight * time;
      d += weight * time * time;
    });
    return { slope: delta, chances, information: [a, b, d], log, score: [u0, u1] };
  };
  const [events, all] = [
    sum(used.map(({ arm }) => arm.events)),
    sum(used.map(({ arm, control }) => arm.events + control.events)),
  ];
  const exposed = sum(used.map((each) => each.arm.exposure / each.control.exposure)) / used.length;
  let alpha = Math.log(events / (all - events) / exposed);
  let fit = at(alpha, 0);
  for (let step = 0; step < 50; step += 1) {
    const [a, b, d] = fit.information;
    const [u0 = 0, u1 = 0] = fit.score;
    const determinant = a * d - b * b;
    if (!(determinant > 1e-12 * a * d)) return undefined;
    const moves = [(d * u0 - b * u1) / determinant, (a * u1 - b * u0) / determinant] as const;
    let size = 1;
    let next = at(alpha + moves[0], fit.slope + moves[1]);
    while (!(next.log >= fit.log - 1e-9 * Math.abs(fit.log)) && size > 1e-6) {
      size /= 2;
      next = at(alpha + size * moves[0], fit.slope + size * moves[1]);
    }
    alpha += size * moves[0];
    fit = next;
    const scale = Math.sqrt(a / determinant);
    if (Math.abs(moves[1]) < 1e-12 * scale + 1e-14) return fit;
  }
  return undefined;
}
