import { gamma } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import type { IntervalEstimate } from './counts.ts';
import { requireRate } from './counts.ts';

/**
 * The rate y / E of independent events with its exact interval, Gamma(y) and Gamma(y + 1) at α/2 over
 * the exposure E: from 0 where nothing happened.
 *
 * The events must be independent, as a Poisson count has them. Alerts that fire again for the same
 * patient, or gather in some practices, are not: for those take `ratioOfTotals`, whose variance is that
 * between units. In a trial of 79 practices (Gulliford et al., BMJ 2019;364:l236) the variance of the
 * rate ratio was 55 times what Poisson counts would have.
 *
 * Source: Garwood 1936. In R: `poisson.test(events, exposure)`.
 *
 * @param events a count
 * @param exposure of the unit that the rate is per, such as patient-days
 * @returns not estimable without exposure
 * @throws RangeError when `events` is not a count, `exposure` is not finite and 0 or more, events
 *   happened in no exposure, or `level` is not between 0 and 1
 */
export function poissonRate(
  events: number,
  exposure: number,
  { level = 0.95 }: { readonly level?: number | undefined } = {},
): Estimable<IntervalEstimate> {
  requireRate({ events, exposure });
  requireLevel(level);
  if (exposure === 0) return notEstimable('there is no exposure');
  const tail = (1 - level) / 2;
  return {
    estimable: true,
    estimate: events / exposure,
    lower: events === 0 ? 0 : gamma.quantile(tail, events, exposure),
    upper: gamma.quantile(tail, events + 1, exposure, 'upper'),
  };
}
