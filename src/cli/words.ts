/** A number with a comma at each thousand. */
export function grouped(value: number): string {
  return value.toLocaleString('en-GB');
}

/** A count with its noun: `1 event`, `2,000 events`. */
export function counted(value: number, noun: string): string {
  return `${grouped(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A size in units of 1,000: `12.3 MB`. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? ''}`;
}

/** A trial as messages name it. */
export function titleOf({
  id,
  round,
  fingerprint,
}: {
  readonly id: string;
  readonly round: number;
  readonly fingerprint: string;
}): string {
  return `${id}, round ${round} (${fingerprint.slice(0, 12)})`;
}
