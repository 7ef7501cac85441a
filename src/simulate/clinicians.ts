import { randomStream } from '../stats/index.ts';
import type { RandomStream } from '../stats/index.ts';
import { centre, cumulate, drawBounded, drawFrailty, indexAt } from './draws.ts';
import type { ClinicSettings } from './settings.ts';
import type { Ward } from './wards.ts';

/** A clinician of the synthetic hospital. */
export interface Clinician {
  /** Such as `clinician-001`. */
  readonly id: string;
  /** Index of the home ward. */
  readonly ward: number;
  /** Probability of accepting the usual card, averaged over the window. */
  readonly habit: number;
}

/** The clinicians, and who opens the charts of each ward. */
export interface Staff {
  readonly clinicians: readonly Clinician[];
  /** The index of the clinician who opens a chart on a ward. Always takes two draws. */
  readonly choose: (random: RandomStream, ward: number) => number;
}

/** Share of chart openings by somebody from anywhere in the hospital: consultants, cross-cover. */
const visiting = 0.15;

/**
 * Makes the clinicians. Every ward has one at least; the others are spread as patients are. Habits
 * differ between wards and between clinicians, and are scaled so that their mean, weighted by the
 * expected share of the firings, is exactly the acceptance that was set.
 */
export function makeStaff(settings: ClinicSettings, wards: readonly Ward[]): Staff {
  const sizes = cumulate(wards.map(({ share }) => share));
  const drawn = Array.from({ length: settings.clinicians }, (_, index) => {
    const random = randomStream([settings.seed, 'clinician'], index);
    const place = random.next();
    const ward = index < wards.length ? index : indexAt(sizes, place);
    return {
      id: `clinician-${String(index + 1).padStart(3, '0')}`,
      ward,
      volume: 0.1 + drawFrailty(random, 0.5),
      habit:
        (wards[ward]?.habit ?? 1) * drawBounded(random, settings.spread.clinicians, [0.5, 2.5]),
    };
  });

  const everybody = drawn.map((_, index) => index);
  const teams = wards.map((_, ward) => everybody.filter((index) => drawn[index]?.ward === ward));
  const volumes = (team: readonly number[]): readonly number[] =>
    team.map((index) => drawn[index]?.volume ?? 0);
  const all = cumulate(volumes(everybody));
  const within = teams.map((team) => cumulate(volumes(team)));

  const total = volumes(everybody).reduce((sum, volume) => sum + volume, 0);
  const shares = drawn.map(({ ward, volume }) => {
    const team = volumes(teams[ward] ?? []).reduce((sum, of) => sum + of, 0);
    const home = wards[ward] ?? { share: 0, rate: 0 };
    return (1 - visiting) * home.share * home.rate * (volume / team) + visiting * (volume / total);
  });
  const habits = centre(
    drawn.map(({ habit }) => habit),
    shares,
  );

  return {
    clinicians: drawn.map(({ id, ward }, index) => ({
      id,
      ward,
      habit: settings.truth.acceptance * (habits[index] ?? 1),
    })),
    choose: (random, ward) => {
      const visits = random.next() < visiting;
      const place = random.next();
      if (visits) return indexAt(all, place);
      return teams[ward]?.[indexAt(within[ward] ?? [], place)] ?? 0;
    },
  };
}
