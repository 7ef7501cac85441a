import { scaleLinear, scaleLog } from 'd3-scale';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { label, stroke } from './figure.ts';
import type { Scale } from './words.ts';

/** A scale of a drawing. */
export interface Axis {
  readonly place: (value: number) => number;
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
}

/** From 0 to a round number at or above `max`. */
export function fromZero(
  max: number,
  range: readonly [number, number],
  { ticks = 5, cap = Infinity }: { readonly ticks?: number; readonly cap?: number } = {},
): Axis {
  const top = max > 0 ? max : 1;
  const nice = scaleLinear().domain([0, top]).nice(ticks).domain()[1] ?? top;
  const scale = scaleLinear()
    .domain([0, Math.min(nice, Math.max(cap, top))])
    .range([...range]);
  return axisOf(scale, scale.ticks(ticks));
}

/** Around every value, with room at both sides: linear, or logarithmic for ratios. */
export function around(
  values: readonly number[],
  scale: Scale,
  range: readonly [number, number],
): Axis {
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (scale !== 'ratio') {
    const room = high > low ? 0.08 * (high - low) : Math.abs(high) || 0.01;
    const linear = scaleLinear()
      .domain([low - room, high + room])
      .range([...range]);
    return axisOf(linear, linear.ticks(5));
  }
  const room = Math.max((high / low) ** 0.08, 1.03);
  const log = scaleLog()
    .domain([low / room, high * room])
    .range([...range]);
  return axisOf(log, ratioTicks(low / room, high * room));
}

function axisOf(
  scale: ((value: number) => number) & { domain(): number[] },
  ticks: readonly number[],
): Axis {
  const [low = 0, high = 1] = scale.domain();
  return { place: (value) => scale(value), domain: [low, high], ticks };
}

/** Round ratios: every step of a linear axis on a short range, 1, 2 and 5 on a longer one, else powers of ten. */
function ratioTicks(low: number, high: number): readonly number[] {
  if (high / low < 3) return scaleLinear().domain([low, high]).ticks(6);
  const powers: number[] = [];
  for (let k = Math.floor(Math.log10(low)); k <= Math.ceil(Math.log10(high)); k += 1)
    powers.push(k);
  const within = (steps: readonly number[]): readonly number[] =>
    powers
      .flatMap((k) => steps.map((step) => Number(`${step}e${k}`)))
      .filter((value) => value >= low && value <= high);
  const fine = within([1, 2, 5]);
  return fine.length <= 8 ? fine : within([1]);
}

/** A round number of an axis. */
export function tickText(value: number, scale: Scale | 'plain' | 'percent' = 'plain'): string {
  const shown = Number(
    (scale === 'points' || scale === 'percent' ? 100 * value : value).toPrecision(6),
  );
  const digits = String(Math.abs(shown));
  const sign =
    shown < 0 ? '−' : shown > 0 && (scale === 'points' || scale === 'difference') ? '+' : '';
  return `${sign}${digits}${scale === 'percent' ? ' %' : ''}`;
}

/** A horizontal axis with light lines up to `top`. */
export function axisBelow(
  axis: Axis,
  place: {
    readonly top: number;
    readonly y: number;
    readonly range: readonly [number, number];
    readonly text: (value: number) => string;
  },
): Markup {
  const { top, y, range, text } = place;
  return html`<g class="axis"
    >${axis.ticks.map((tick) => [
      stroke([axis.place(tick), top], [axis.place(tick), y + 4], 'grid'),
      label(text(tick), { x: axis.place(tick), y: y + 16, anchor: 'middle', as: 'tick' }),
    ])}${stroke([range[0], y], [range[1], y], 'rule')}</g
  >`;
}

/** A vertical axis with light lines across. */
export function axisBeside(
  axis: Axis,
  place: {
    readonly range: readonly [number, number];
    readonly text: (value: number) => string;
  },
): Markup {
  const [left, right] = place.range;
  return html`<g class="axis"
    >${axis.ticks.map((tick) => [
      stroke([left, axis.place(tick)], [right, axis.place(tick)], 'grid'),
      label(place.text(tick), { x: left - 6, y: axis.place(tick) + 4, anchor: 'end', as: 'tick' }),
    ])}</g
  >`;
}
