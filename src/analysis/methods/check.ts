/**
 * Refuse a list that holds anything but probabilities.
 *
 * @throws RangeError that names the first that is not one
 */
export function requireProbabilities(name: string, values: readonly number[]): void {
  values.forEach((value, i) => {
    if (!(value >= 0 && value <= 1)) {
      throw new RangeError(`${name}[${i}] must be a probability between 0 and 1, got ${value}`);
    }
  });
}

/**
 * Refuse a level of confidence or of significance that is not strictly between 0 and 1.
 *
 * @throws RangeError
 */
export function requireFraction(name: string, value: number): void {
  if (!(value > 0 && value < 1)) {
    throw new RangeError(`${name} must be greater than 0 and less than 1, got ${value}`);
  }
}

/**
 * Refuse a number that is not finite.
 *
 * @throws RangeError
 */
export function requireFinite(name: string, value: number): void {
  if (!Number.isFinite(value))
    throw new RangeError(`${name} must be a finite number, got ${value}`);
}

/**
 * Refuse a standard error or a variance that is not finite or below 0.
 *
 * @throws RangeError
 */
export function requireSpread(name: string, value: number): void {
  if (!(value >= 0 && value < Infinity)) {
    throw new RangeError(`${name} must be finite and at least 0, got ${value}`);
  }
}

/**
 * Refuse a number of units that is not a whole number of at least 1.
 *
 * @throws RangeError
 */
export function requireUnits(name: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 1)) {
    throw new RangeError(`${name} must be a whole number of at least 1, got ${value}`);
  }
}

/**
 * Refuse a name that stands twice in a list.
 *
 * @throws RangeError that says which
 */
export function requireDistinct(what: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new RangeError(`${what} "${twice}" stands more than once`);
}

/**
 * Refuse a confidence level that is not strictly between 0 and 1.
 *
 * @throws RangeError
 */
export function requireLevel(level: number): void {
  if (!(level > 0 && level < 1)) {
    throw new RangeError(`level must be between 0 and 1, as 0.95 is, got ${level}`);
  }
}

/**
 * Refuse a count that is not a whole number of at least 0.
 *
 * @throws RangeError
 */
export function requireCount(name: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 0)) {
    throw new RangeError(`${name} must be a whole number, 0 or more, got ${value}`);
  }
}
