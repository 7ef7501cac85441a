import { sum } from '../../stats/index.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Estimable } from '../estimable.ts';
import type { ParticipationRatio, Reach, StandardizedDistance } from '../methods/balance/index.ts';
import { categoricalDifference, participationRatio, reach } from '../methods/balance/index.ts';
import type { Suppressible } from '../methods/heterogeneity/small-cells.ts';
import { smallCells, suppressed } from '../methods/heterogeneity/small-cells.ts';

/** Eligible persons of the population that the trial stands for, by subgroup. */
export type Population = Readonly<Record<string, number>>;

/** A share without an interval, for persons who are not independent. */
export interface PlainShare {
  readonly estimable: true;
  readonly share: number;
}

/** A participation-to-prevalence ratio without an interval. */
export interface PlainParticipation {
  readonly estimable: true;
  readonly share: number;
  readonly prevalence: number;
  readonly ratio: number;
  readonly representation: ParticipationRatio['representation'];
}

/** How many of a subgroup the trial reached. */
export interface SubgroupReach {
  readonly subgroup: string;
  readonly participants: Suppressible<number>;
  /** Eligible persons in the population; `null` where none was given. */
  readonly eligible: number | null;
  /** Participants of the eligible. Without interval where clusters were randomised. */
  readonly reach: Suppressible<Estimable<Reach> | PlainShare> | null;
  /** The subgroup's share of the participants over its share of the population. */
  readonly participation: Suppressible<Estimable<ParticipationRatio> | PlainParticipation> | null;
}

/** Reach and representativeness by one division. */
export interface DivisionReach {
  readonly subgroups: readonly SubgroupReach[];
  /**
   * The standardised distance between participants and population (Yang & Dalton); `null` without a
   * population, or where a small cell is withheld.
   */
  readonly distance: Estimable<StandardizedDistance> | null;
}

/**
 * Whom the trial reached, by subgroup, and how far the participants resemble the population. Small
 * counts are withheld, and with them every share that they could be computed from. Intervals take
 * persons as independent, and so are given only where persons were randomised.
 *
 * @throws RangeError when more persons took part than are eligible, or a count is no whole number
 */
export function reachBySubgroup(
  participants: ReadonlyMap<string, number>,
  options: {
    readonly trial: Trial;
    readonly population?: Population | undefined;
    readonly smallest: number;
    readonly level: number;
  },
): DivisionReach {
  const { trial, population, smallest, level } = options;
  const names = [...new Set([...participants.keys(), ...Object.keys(population ?? {})])].sort();
  const counts = names.map((name) => participants.get(name) ?? 0);
  const hidden = smallCells([counts.map((count) => [count])], smallest).map(([cell]) => cell);
  const all = sum(counts);
  const everyone = sum(Object.values(population ?? {}));
  const independent = trial.unit === 'patient';
  const subgroups = names.map((subgroup, i): SubgroupReach => {
    const count = counts[i] ?? 0;
    const eligible = population?.[subgroup] ?? null;
    if (eligible !== null && count > eligible) {
      throw new RangeError(
        `subgroup "${subgroup}" has ${count} participants of ${eligible} eligible persons`,
      );
    }
    if (hidden[i] === true) {
      const withheld = eligible === null ? null : suppressed;
      return {
        subgroup,
        participants: suppressed,
        eligible,
        reach: withheld,
        participation: withheld,
      };
    }
    if (eligible === null) {
      return { subgroup, participants: count, eligible, reach: null, participation: null };
    }
    const share = reach({ count, of: eligible }, { level });
    const ratio = participationRatio(
      { participants: { count, of: all }, population: everyone === 0 ? 0 : eligible / everyone },
      { level },
    );
    return {
      subgroup,
      participants: count,
      eligible,
      reach: share.estimable && !independent ? { estimable: true, share: share.share } : share,
      participation: ratio.estimable && !independent ? withoutInterval(ratio) : ratio,
    };
  });
  const known = population !== undefined && !hidden.includes(true) && names.length > 1;
  return {
    subgroups,
    distance: known
      ? categoricalDifference({ arm: counts, control: names.map((name) => population[name] ?? 0) })
      : null,
  };
}

function withoutInterval({
  share,
  prevalence,
  ratio,
  representation,
}: ParticipationRatio): PlainParticipation {
  return { estimable: true, share, prevalence, ratio, representation };
}
