import type { DateUnit } from './template.ts';

const dayLength = 86_400_000;
const lengths: Readonly<Record<Exclude<DateUnit, 'year' | 'month'>, number>> = {
  week: 7 * dayLength,
  day: dayLength,
  hour: 3_600_000,
  minute: 60_000,
  second: 1_000,
};

/**
 * Moves a calendar day by a quantity, as FHIRPath does: a day that the month does not have becomes
 * its last, and of units shorter than a day only whole days count.
 *
 * @param day `YYYY-MM-DD`
 * @returns `YYYY-MM-DD`; undefined beyond the years 1 to 9999
 * @link https://hl7.org/fhirpath/N1/#datetime-arithmetic
 */
export function moveDate(
  day: string,
  shift: { readonly amount: number; readonly unit: DateUnit },
): string | undefined {
  const { amount, unit } = shift;
  const date = new Date(`${day}T00:00:00Z`);
  if (unit === 'year' || unit === 'month') {
    const dayOfMonth = date.getUTCDate();
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() + amount * (unit === 'year' ? 12 : 1));
    const last = new Date(date);
    last.setUTCMonth(last.getUTCMonth() + 1, 0);
    date.setUTCDate(Math.min(dayOfMonth, last.getUTCDate()));
  } else {
    date.setTime(date.getTime() + Math.trunc((amount * lengths[unit]) / dayLength) * dayLength);
  }
  const year = date.getUTCFullYear();
  return year >= 1 && year <= 9_999 ? date.toISOString().slice(0, 10) : undefined;
}
