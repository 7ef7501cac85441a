import type { ListState } from '../analysis/index.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { label, stroke } from './figure.ts';
import { timeAxis } from './time-axis.ts';
import { dayText } from './words.ts';
import { dayNumber } from './weeks.ts';
import { textWidth } from './wrap.ts';

/** How the arms change with time. */
export type Schedule = NonNullable<ListState['schedule']>;

/** Where a period stands in a drawing, as wide as it is long. */
export interface PeriodColumn {
  /** From 1. */
  readonly number: number;
  readonly from: number;
  readonly to: number;
  /** Where the days end that are left out where the arm has just changed. */
  readonly washout: number;
  readonly start: string;
}

/** The periods of a design over time side by side. */
export function periodColumns(
  { periods, washout }: Pick<Schedule, 'periods' | 'washout'>,
  range: readonly [number, number],
): readonly PeriodColumn[] {
  const days = periods.map(({ start, end }) => [dayNumber(start), dayNumber(end)] as const);
  const { place } = timeAxis([days[0]?.[0] ?? 0, days.at(-1)?.[1] ?? 0], range);
  return days.map(([first, last], i) => ({
    number: i + 1,
    from: place(first),
    to: place(last + 1),
    washout: place(Math.min(first + washout, last + 1)),
    start: periods[i]?.start ?? '',
  }));
}

/** Lines between the periods with their numbers at the top and their first days below, as many as there is room for. */
export function periodFrame(
  columns: readonly PeriodColumn[],
  { top, bottom }: { readonly top: number; readonly bottom: number },
): Markup {
  const narrowest = Math.min(...columns.map(({ from, to }) => to - from));
  const isWide = narrowest > 52;
  const name = (number: number): string => (isWide ? `Period ${number}` : String(number));
  const every = (text: string): number =>
    Math.max(1, Math.ceil((textWidth(text, 11) + 4) / narrowest));
  const [days, numbers] = [every('30 Nov'), every(String(columns.length))];
  return html`<g class="time"
    >${!isWide && label('Period', { x: 2, y: top - 6, as: 'tick' })}${columns.map(
      ({ number, from, to, start }, i) => [
        stroke([from, top], [from, bottom + 4], 'grid'),
        i % numbers === 0 &&
          label(name(number), { x: (from + to) / 2, y: top - 6, anchor: 'middle', as: 'tick' }),
        i % days === 0 && label(dayText(start, true), { x: from, y: bottom + 16, as: 'day' }),
      ],
    )}</g
  >`;
}
