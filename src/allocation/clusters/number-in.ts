import { shown } from './shown.ts';

/** A value that was read, or what is wrong with it and what would be right. */
export type Reading<T> = { readonly value: T } | { readonly fault: string };

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const percentage = /^([+-]?\d+(?:\.\d+)?)\s*%$/;
const withCommas = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;
const decimalComma = /^[+-]?\d+,\d+$/;
const unknown = /^(?:na|n\/a|n\.a\.|nan|null|none|nil|missing|unknown|#n\/a|[-.?*–—]+)$/i;

/** Reads a finite number from a text as people write it in a file, or from a number. */
export function numberIn(cell: string | number): Reading<number> {
  const value = typeof cell === 'number' || decimal.test(cell) ? Number(cell) : Number.NaN;
  if (Number.isFinite(value)) return { value };
  return { fault: faultOf(cell) };
}

function faultOf(cell: string | number): string {
  const got = shown(cell);
  if (typeof cell === 'number' || decimal.test(cell)) return `must be a finite number, got ${got}`;
  const [, percent] = percentage.exec(cell) ?? [];
  if (percent !== undefined) return `${got} is not a plain number: write ${percent}, without %`;
  if (withCommas.test(cell)) {
    const point = cell.split(',').length === 2 && !cell.includes('.');
    const otherwise = point ? ` (or ${cell.replace(',', '.')}, if the comma is a decimal one)` : '';
    return `${got} is not a plain number: write ${cell.replaceAll(',', '')}${otherwise}`;
  }
  if (decimalComma.test(cell)) {
    return `${got} is not a plain number: write ${cell.replace(',', '.')}, with a decimal point`;
  }
  if (unknown.test(cell)) {
    return `must be a number, got ${got}: find out the value, or leave the cluster out of the trial`;
  }
  return `must be a number such as 12 or 0.35, got ${got}`;
}
