import { LRUCache } from 'lru-cache';
import type { Impression } from '../../events/event.ts';

type Firing = Pick<
  Impression,
  'id' | 'at' | 'alert' | 'arm' | 'unitId' | 'stratum' | 'patient' | 'clinician' | 'encounter'
>;

/** Which opening of a chart each firing belongs to. */
export interface Openings {
  /**
   * The opening of a firing: its own id, or that of the firing it repeats.
   *
   * A repeat is a firing of the same alert for the same chart and clinician within the repeat window
   * of the last one, whether shown or silent. The chart is told by the patient, else the encounter;
   * a firing that has neither is never a repeat. An opening never spans two units or arms.
   */
  of(firing: Firing): string;
  /** Takes note of a firing that the ledger holds. */
  recall(firing: Firing & { readonly opening: string }): void;
}

/** The last firing of a chart to one reader; changed in place, because this is done for every firing. */
interface Last {
  readonly alert: string;
  readonly arm: string;
  readonly unitId: string | null;
  readonly stratum: string;
  readonly reader: string | undefined;
  opening: string;
  at: number;
}

const rememberedCharts = 20_000;
const rememberedReaders = 50;

const chartOf = ({ patient, encounter }: Firing): string | undefined => patient ?? encounter;
const readerOf = ({ clinician, encounter }: Firing): string | undefined => clinician ?? encounter;

/** Field by field: one text of them all would have to be made, and to be hashed, for every firing. */
const isOf = (last: Last, firing: Firing): boolean =>
  last.reader === readerOf(firing) &&
  last.alert === firing.alert &&
  last.arm === firing.arm &&
  last.unitId === firing.unitId &&
  last.stratum === firing.stratum;

const oldestOf = (lasts: readonly Last[]): number =>
  lasts.reduce((oldest, { at }, place) => (at < (lasts[oldest]?.at ?? at) ? place : oldest), 0);

/**
 * Follows the openings of charts.
 *
 * @param repeatWindow milliseconds
 */
export function openingsWithin(repeatWindow: number): Openings {
  const charts = new LRUCache<string, Last[]>({ max: rememberedCharts });
  const lastsOf = (chart: string): Last[] => {
    let lasts = charts.get(chart);
    if (lasts === undefined) {
      lasts = [];
      charts.set(chart, lasts);
    }
    return lasts;
  };
  const lastIn = (lasts: readonly Last[], firing: Firing): Last | undefined =>
    lasts.find((last) => isOf(last, firing));
  const note = (
    lasts: Last[],
    last: Last | undefined,
    { opening, firing }: { readonly opening: string; readonly firing: Firing },
  ): void => {
    const { at, alert, arm, unitId, stratum } = firing;
    if (last === undefined) {
      if (lasts.length === rememberedReaders) lasts.splice(oldestOf(lasts), 1);
      lasts.push({ alert, arm, unitId, stratum, reader: readerOf(firing), opening, at });
    } else if (at >= last.at) {
      // One that comes late does not set the clock back.
      last.opening = opening;
      last.at = at;
    }
  };
  return {
    of: (firing) => {
      const { id, at } = firing;
      const chart = chartOf(firing);
      if (chart === undefined) return id;
      const lasts = lastsOf(chart);
      const last = lastIn(lasts, firing);
      const isRepeat = last !== undefined && Math.abs(at - last.at) <= repeatWindow;
      const opening = isRepeat ? last.opening : id;
      note(lasts, last, { opening, firing });
      return opening;
    },
    recall: (firing) => {
      const chart = chartOf(firing);
      if (chart === undefined) return;
      const lasts = lastsOf(chart);
      note(lasts, lastIn(lasts, firing), { opening: firing.opening, firing });
    },
  };
}
