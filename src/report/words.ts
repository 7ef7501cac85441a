import type { NotEstimable } from '../analysis/index.ts';
import type { EffectScale } from '../analysis/text/words.ts';
import { points, significant, whyNot } from '../analysis/text/words.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';

/** A number as it is shown, with its full precision for whoever reads the page by program. */
export function number(value: number, shown: string): Markup {
  return html`<data value="${value}">${shown}</data>`;
}

/** Why there is no number where one is expected. */
export function noNumber(why: Omit<NotEstimable, 'estimable'>): Markup {
  return html`<span class="reason">not estimable: ${whyNot(why)}</span>`;
}

/** A coordinate: two decimals are finer than any screen, and keep the page small. */
export function at(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A difference with its sign. */
function signed(value: number): string {
  if (value === 0) return '0';
  return `${value < 0 ? '−' : '+'}${significant(Math.abs(value))}`;
}

/** How the values of a scale are written. */
export type Scale = EffectScale;

const shows: Readonly<Record<Scale, (value: number) => string>> = {
  ratio: (value) => significant(value),
  points,
  difference: signed,
};

/** A value on its scale, without its unit. */
export function onScale(value: number, scale: Scale): string {
  return shows[scale](value);
}

/** The unit that follows a value of the scale. */
export function unitOf(scale: Scale): string {
  return scale === 'points' ? ' points' : '';
}

/** The unit of randomisation in the number that fits. */
export function unitWord(count: number, unit: string): string {
  return count === 1 ? unit : `${unit}s`;
}

/** The first letter in upper case. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** A calendar day in words, `5 October 2026`, or `5 Oct` when short; as it is when it is no such day. */
export function dayText(day: string, short = false): string {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  const name = months[Number(month) - 1];
  if (name === undefined) return day;
  return short ? `${Number(date)} ${name.slice(0, 3)}` : `${Number(date)} ${name} ${year}`;
}

/** An ISO instant to the minute. */
export function instantText(instant: string): string {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(instant) ?? [];
  return day === undefined ? instant : `${dayText(day)}, ${time} UTC`;
}
