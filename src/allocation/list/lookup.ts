import { startOfDay } from '../../trial/calendar.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Allocation } from './allocation.ts';

/** What a list says of a unit at an instant. */
export type Listing =
  | { readonly reason: 'listed'; readonly unitId: string; readonly arm: string }
  | { readonly reason: 'not-listed' | 'withdrawn' };

interface Entry {
  readonly arms: readonly string[];
  /** First instant at which it is on the list. */
  readonly from: number;
  /** First instant at which it no longer is, by itself. */
  to: number;
  /** What it is from then on. */
  into: string | undefined;
}

type Register = ReadonlyMap<string, Entry>;

const registers = new WeakMap<Allocation, Register>();

function registerOf(allocation: Allocation, { timeZone }: Pick<Trial, 'timeZone'>): Register {
  const known = registers.get(allocation);
  if (known !== undefined) return known;
  const register = new Map<string, Entry>();
  const { POSITIVE_INFINITY: never, NEGATIVE_INFINITY: always } = Number;
  for (const { id, arms } of allocation.clusters) {
    register.set(id, { arms, from: always, to: never, into: undefined });
  }
  for (const amendment of allocation.amendments) {
    const at = startOfDay(amendment.from, timeZone);
    if (amendment.kind === 'add') {
      for (const { id, arms } of amendment.clusters) {
        register.set(id, { arms, from: at, to: never, into: undefined });
      }
      continue;
    }
    const entry = register.get(amendment.cluster);
    if (entry === undefined) continue;
    entry.to = at;
    entry.into = amendment.kind === 'merge' ? amendment.into : undefined;
  }
  registers.set(allocation, register);
  return register;
}

const notListed: Listing = { reason: 'not-listed' };
const withdrawn: Listing = { reason: 'withdrawn' };

/**
 * Looks a unit up in a list: one look-up in a map, one more for each merger it went through.
 *
 * @param at milliseconds since 1970-01-01T00:00Z
 */
export function lookUp(
  allocation: Allocation,
  trial: Pick<Trial, 'timeZone' | 'periods'>,
  { unitId, at }: { readonly unitId: string; readonly at: number },
): Listing {
  const register = registerOf(allocation, trial);
  let id = unitId;
  let entry = register.get(id);
  if (entry === undefined || at < entry.from) return notListed;
  while (at >= entry.to) {
    if (entry.into === undefined) return withdrawn;
    id = entry.into;
    const next = register.get(id);
    if (next === undefined) return notListed;
    entry = next;
  }
  const arm = entry.arms[periodAt(trial.periods, at)];
  return arm === undefined ? notListed : { reason: 'listed', unitId: id, arm };
}

/** The period of an instant, counted from 0; a trial without periods has one. */
function periodAt(periods: readonly number[], at: number): number {
  let period = periods.length - 1;
  while (period > 0 && at < (periods[period] ?? 0)) period -= 1;
  return period;
}
