import { merge, subtract } from '../intake/intervals.ts';
import { instantOf } from './date-time.ts';
import type { Encounter, EncounterLocation, Period } from './r4.ts';
import { listOf } from './reference.ts';

/** Places that were only planned. */
const unused: ReadonlySet<string | undefined> = new Set(['planned', 'reserved']);

const instant = (text: string | undefined, otherwise: number): number =>
  text === undefined ? otherwise : (instantOf(text) ?? Number.NaN);

const written = (at: number): string | undefined =>
  Number.isFinite(at) ? new Date(at).toISOString() : undefined;

const periodOf = (from: number, to: number): Period => ({ start: written(from), end: written(to) });

/**
 * The parts of an encounter by where the patient was: one for each entry of `location`, as long as its
 * period within that of the encounter, with this entry alone; and what is left of the encounter, without
 * any. An entry without a period, or without its end, lasts as long as the encounter.
 *
 * An encounter without entries, and one with a period that cannot be read, is not taken apart.
 */
export function byLocation(encounter: Encounter): readonly Encounter[] {
  const entries = listOf(encounter.location).filter(({ status }) => !unused.has(status));
  const whole = {
    from: instant(encounter.period?.start, Number.NaN),
    to: instant(encounter.period?.end, Infinity),
  };
  const stays = entries.map(({ period }) => ({
    from: Math.max(whole.from, instant(period?.start, whole.from)),
    to: Math.min(whole.to, instant(period?.end, whole.to)),
  }));
  const isReadable = [whole, ...stays].every(({ from, to }) => !Number.isNaN(from + to));
  if (entries.length === 0 || !isReadable) return [encounter];

  const part = (location: readonly EncounterLocation[], from: number, to: number): Encounter => ({
    ...encounter,
    location,
    period: periodOf(from, to),
  });
  const rest = subtract([whole], merge(stays));
  return [
    ...entries.flatMap((entry, index) => {
      const { from, to } = stays[index] ?? whole;
      return from < to ? [part([entry], from, to)] : [];
    }),
    ...rest.map(({ from, to }) => part([], from, to)),
  ];
}
