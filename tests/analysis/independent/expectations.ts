import { expect } from '@jest/globals';

/** The estimate, or a failure that says why there is none. */
export function made<T extends object>(
  result:
    ({ readonly estimable: true } & T) | { readonly estimable: false; readonly reason: string },
): T {
  if (!result.estimable) throw new Error(result.reason);
  return result;
}

/** Two numbers within a tolerance, relative or absolute, whichever is wider. */
export function expectClose(
  got: number,
  expected: unknown,
  { rel = 1e-9, abs = 1e-12 } = {},
): void {
  // R writes the infinity that JSON does not know as a text.
  const number = expected === 'Inf' ? Infinity : Number(expected);
  expect(expected).not.toBeUndefined();
  if (Number.isFinite(number)) {
    expect(Math.abs(got - number)).toBeLessThanOrEqual(Math.max(abs, rel * Math.abs(number)));
  } else {
    expect(got).toBe(number);
  }
}

/** The limits of an interval. */
export function expectInterval(
  got: { readonly lower: number; readonly upper: number },
  expected: readonly unknown[] | undefined,
  tolerance: { readonly rel?: number; readonly abs?: number } = {},
): void {
  expect(expected).toHaveLength(2);
  expectClose(got.lower, expected?.[0], tolerance);
  expectClose(got.upper, expected?.[1], tolerance);
}
