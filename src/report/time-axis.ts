import { scaleLinear } from 'd3-scale';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { label, stroke } from './figure.ts';
import { at, dayText } from './words.ts';
import { dayOf, isWeekend } from './weeks.ts';

/** A horizontal axis of calendar days. */
export interface TimeAxis {
  readonly first: number;
  readonly last: number;
  /** Where a moment is, as a day number with a fraction: noon is + 0.5. */
  readonly place: (day: number) => number;
}

/** An axis from the beginning of the first day to the end of the last one. */
export function timeAxis(
  [first, last]: readonly [number, number],
  range: readonly [number, number],
): TimeAxis {
  const scale = scaleLinear()
    .domain([first, last + 1])
    .range([...range]);
  return { first, last, place: (day) => scale(day) };
}

/** Weekends as bands, and the first days of weeks as labels, as many as there is room for. */
export function timeBelow(
  axis: TimeAxis,
  { top, y, bands }: { readonly top: number; readonly y: number; readonly bands: boolean },
): Markup {
  const { first, last, place } = axis;
  const weeks = Math.ceil((last - first + 1) / 7);
  const step = 7 * Math.max(1, Math.ceil(weeks / 7));
  const starts: number[] = [];
  for (let day = first; day <= last; day += step) starts.push(day);
  const days = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const dayWidth = place(first + 1) - place(first);
  return html`<g class="time"
    >${
      bands &&
      dayWidth > 2 &&
      days
        .filter(isWeekend)
        .map(
          (day) =>
            html`<rect
              class="weekend"
              x="${at(place(day))}"
              y="${at(top)}"
              width="${at(dayWidth)}"
              height="${at(y - top)}"
            />`,
        )
    }${stroke([place(first), y], [place(last + 1), y], 'rule')}${starts.map((day) => [
      stroke([place(day), y], [place(day), y + 4], 'rule'),
      label(dayText(dayOf(day), true), { x: place(day), y: y + 16, as: 'day' }),
    ])}</g
  >`;
}
