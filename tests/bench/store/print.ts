/** A quantile of some numbers, from 0 to 1: the smallest that so many of them do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Prints a line of the benchmark: what was measured, the figure, and what it was meant to be. */
export function print(
  what: string,
  figure: string,
  { target, met }: { readonly target?: string; readonly met?: boolean } = {},
): void {
  const said =
    target === undefined ? '' : `  (meant to be ${target}${met === false ? ': MISSED' : ''})`;
  console.log(`${what.padEnd(58)} ${figure}${said}`);
}

/** Milliseconds, as they are printed. */
export function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}
