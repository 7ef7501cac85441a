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

/** The last firing of a chart; changed in place, because a look-up costs more than all else here. */
interface Last {
  opening: string;
  at: number;
}

const rememberedCharts = 50_000;

function chartOf(firing: Firing): string | undefined {
  const { alert, arm, unitId, stratum, patient, clinician, encounter } = firing;
  const chart = patient ?? encounter;
  if (chart === undefined) return undefined;
  const unit = unitId ?? '';
  const reader = clinician ?? encounter ?? '';
  // With the lengths, no two lists of these are one text; JSON would say the same at several times the cost.
  const lengths = `${alert.length} ${arm.length} ${unit.length} ${stratum.length} ${chart.length} `;
  return `${lengths}${alert}${arm}${unit}${stratum}${chart}${reader}`;
}

/**
 * Follows the openings of charts.
 *
 * @param repeatWindow milliseconds
 */
export function openingsWithin(repeatWindow: number): Openings {
  const lasts = new LRUCache<string, Last>({ max: rememberedCharts });
  const note = (chart: string, last: Last | undefined, { opening, at }: Readonly<Last>): void => {
    if (last === undefined) lasts.set(chart, { opening, at });
    else if (at >= last.at) {
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
      const last = lasts.get(chart);
      const isRepeat = last !== undefined && Math.abs(at - last.at) <= repeatWindow;
      const opening = isRepeat ? last.opening : id;
      note(chart, last, { opening, at });
      return opening;
    },
    recall: (firing) => {
      const chart = chartOf(firing);
      if (chart !== undefined) note(chart, lasts.get(chart), firing);
    },
  };
}
