import type { Axis } from './axis.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { stroke } from './figure.ts';
import { at } from './words.ts';

/** Where a value is, or the end of the axis beyond which it lies. */
export function clamp(axis: Axis, value: number): number {
  const [low, high] = axis.domain;
  return axis.place(Math.min(Math.max(value, low), high));
}

/** An interval as a line; an end beyond the axis is an arrow. */
export function span(
  axis: Axis,
  ends: { readonly lower: number; readonly upper: number },
  y: number,
  as: 'interval' | 'naive',
): Markup {
  const [low, high] = axis.domain;
  const from = clamp(axis, ends.lower);
  const to = clamp(axis, ends.upper);
  return html`${stroke([from, y], [to, y], as)}${
    ends.lower < low && html`<path class="${as}-end" d="M${at(from)},${at(y)}l7,-4v8z" />`
  }${ends.upper > high && html`<path class="${as}-end" d="M${at(to)},${at(y)}l-7,-4v8z" />`}`;
}
