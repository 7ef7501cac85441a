import { normal } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import type { Share } from './standardized-difference.ts';

/** A group among the participants and in the population they stand for. */
export interface GroupShares {
  /** Members of the group among all participants. */
  readonly participants: Share;
  /** The group's share of the population: known, or counted in a sample of it. */
  readonly population: number | Share;
}

/** The participation-to-prevalence ratio of a group. */
export interface ParticipationRatio {
  /** The group's share of the participants. */
  readonly share: number;
  /** The group's share of the population. */
  readonly prevalence: number;
  /** `share / prevalence`: 1 is parity. */
  readonly ratio: number;
  readonly lower: number;
  readonly upper: number;
  /** Below 0.8, from there to 1.2, or above. */
  readonly representation: 'under' | 'similar' | 'over';
}

const similar = { from: 0.8, to: 1.2 } as const;

/**
 * The participation-to-prevalence ratio PPR = share of the participants / share of the population,
 * with a normal interval on its logarithm, Var(log PPR) = (1 - p)/x + (1 - q)/y; the second term only
 * where the population was a sample. From 0.8 to 1.2 is called similar. Independent persons are
 * assumed.
 *
 * @throws RangeError for counts that are no whole numbers or exceed their total, a prevalence outside
 *   0 … 1, or a level that is not between 0 and 1
 * @see Poon et al. 2013, J Womens Health 22:609; Eshera et al. 2015, Am J Cardiovasc Drugs 15:435
 *   (the ratio and its bounds); Katz et al. 1978, Biometrics 34:469 (the interval). In R:
 *   `exp(log(p / q) + c(-1, 1) * qnorm(.975) * sqrt((1 - p) / x + (1 - q) / y))`.
 */
export function participationRatio(
  { participants, population }: GroupShares,
  { level = 0.95 }: { readonly level?: number | undefined } = {},
): Estimable<ParticipationRatio> {
  requireLevel(level);
  const sampled = typeof population === 'number' ? undefined : population;
  for (const { count, of } of sampled === undefined ? [participants] : [participants, sampled]) {
    if (!(Number.isSafeInteger(count) && Number.isSafeInteger(of) && count >= 0 && count <= of)) {
      throw new RangeError(`a group must be a whole number of persons, not ${count} of ${of}`);
    }
  }
  const prevalence = typeof population === 'number' ? population : population.count / population.of;
  if (typeof population === 'number' && !(population >= 0 && population <= 1)) {
    throw new RangeError(`a share of the population must be from 0 to 1, not ${population}`);
  }
  if (participants.of === 0) return notEstimable('there are no participants');
  if (sampled?.of === 0) return notEstimable('the population is empty');
  if (prevalence === 0) return notEstimable('the population has no one of this group');
  if (participants.count === 0) {
    return notEstimable(
      'no participant belongs to this group: the ratio is 0 and has no interval on its logarithm',
    );
  }
  const share = participants.count / participants.of;
  const ratio = share / prevalence;
  const variance =
    (1 - share) / participants.count +
    (sampled === undefined ? 0 : (1 - prevalence) / sampled.count);
  const spread = Math.exp(normal.quantile((1 - level) / 2, 'upper') * Math.sqrt(variance));
  return {
    estimable: true,
    share,
    prevalence,
    ratio,
    lower: ratio / spread,
    upper: ratio * spread,
    representation: ratio < similar.from ? 'under' : ratio > similar.to ? 'over' : 'similar',
  };
}
