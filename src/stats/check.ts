// Held here because looking up a global each time is slow where globals are proxied, as in test runners.
const { isNaN } = Number;

/**
 * Refuse an argument that is not a number (infinities pass).
 *
 * @throws RangeError if `value` is NaN.
 */
export function requireNumber(name: string, value: number): void {
  if (isNaN(value)) throw new RangeError(`${name} must be a number, got NaN`);
}

/**
 * Refuse an argument that is not finite and above 0.
 *
 * @throws RangeError if `value` is NaN, infinite, 0 or negative.
 */
export function requirePositive(name: string, value: number): void {
  if (!(value > 0 && value < Infinity)) {
    throw new RangeError(`${name} must be finite and greater than 0, got ${value}`);
  }
}

/**
 * Refuse degrees of freedom that are not above 0; `Infinity` passes and means the limit.
 *
 * @throws RangeError if `value` is NaN, 0 or negative.
 */
export function requireDegreesOfFreedom(name: string, value: number): void {
  if (!(value > 0)) {
    throw new RangeError(`${name} must be greater than 0 (Infinity for the limit), got ${value}`);
  }
}

/**
 * Refuse an argument that is not a probability.
 *
 * @throws RangeError if `value` is NaN or outside [0, 1].
 */
export function requireProbability(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) {
    throw new RangeError(`${name} must be a probability between 0 and 1, got ${value}`);
  }
}

/**
 * Refuse an argument that is not a count.
 *
 * @throws RangeError if `value` is not a whole number from 0 to 2^53 − 1.
 */
export function requireCount(name: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 0)) {
    throw new RangeError(`${name} must be a whole number, 0 or more, got ${value}`);
  }
}
