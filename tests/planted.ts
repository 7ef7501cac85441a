import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('planted.txt', import.meta.url));

/** What every planted identifier begins with; the file is one that `rapidcycle store scan` takes. */
export const plantedMarks: readonly string[] = readFileSync(file, 'utf8').trim().split('\n');

/** What a planted identifier stands for. */
type PlantedKind = 'mrn' | 'clinician' | 'encounter' | 'name' | 'mail';

/**
 * An identifier of a person that does not exist. It is given to whatever writes, and must be found in nothing
 * that was written.
 */
export function planted(kind: PlantedKind, number: number): string {
  return `planted-${kind}-${number}`;
}
