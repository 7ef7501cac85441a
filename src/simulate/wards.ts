import { randomStream } from '../stats/index.ts';
import { centre, drawBounded, drawFrailty } from './draws.ts';
import type { ClinicSettings } from './settings.ts';

/** A ward of the synthetic hospital: the practice of its patients and clinicians. */
export interface Ward {
  /** Such as `ward-01`. */
  readonly id: string;
  /** Its share of all stays; the shares add up to 1. */
  readonly share: number;
  /** How often charts are opened here, relative to the hospital's mean. */
  readonly rate: number;
  /** How readily its clinicians accept, relative to the hospital's mean. */
  readonly habit: number;
}

/** Makes the wards, of uneven size. Their rates average exactly 1 over stays. */
export function makeWards(settings: ClinicSettings): readonly Ward[] {
  const drawn = Array.from({ length: settings.wards }, (_, index) => {
    const random = randomStream([settings.seed, 'ward'], index);
    return {
      id: `ward-${String(index + 1).padStart(2, '0')}`,
      size: 0.25 + drawFrailty(random, 0.6),
      rate: drawFrailty(random, settings.spread.wards),
      habit: drawBounded(random, settings.spread.wardHabits, [0.6, 1.6]),
    };
  });
  const total = drawn.reduce((sum, { size }) => sum + size, 0);
  const shares = drawn.map(({ size }) => size / total);
  const rates = centre(
    drawn.map(({ rate }) => rate),
    shares,
  );
  return drawn.map(({ id, habit }, index) => ({
    id,
    share: shares[index] ?? 0,
    rate: rates[index] ?? 1,
    habit,
  }));
}
