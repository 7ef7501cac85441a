/**
 * Refuses a word that is none of those on offer, which would otherwise pass for a default.
 *
 * @throws RangeError with the words on offer
 */
export function requireChoice(name: string, value: string, offered: readonly string[]): void {
  if (!offered.includes(value)) {
    throw new RangeError(`${name} must be one of ${offered.join(', ')}; got ${value}`);
  }
}
