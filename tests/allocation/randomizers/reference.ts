import { readFileSync } from 'node:fs';

interface Arrivals {
  readonly weights: readonly number[];
  readonly measure: 'range' | 'variance';
  readonly probability: number;
  /** For each cluster its level of each factor. */
  readonly levels: readonly (readonly number[])[];
  readonly chances: readonly number[];
}

interface Reference {
  readonly steps: readonly (Arrivals & {
    readonly factorWeights: readonly number[];
    readonly given: readonly number[];
  })[];
  readonly sequences: readonly Arrivals[];
  readonly matching: readonly {
    readonly size: number;
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly kind: readonly string[];
    readonly squared: readonly (readonly number[])[];
    readonly least: number;
  }[];
  readonly blocks: readonly {
    readonly places: readonly number[];
    readonly clusters: number;
    readonly correct: number;
  }[];
}

/** Numbers of R 4.2.2, made by `oracle.R` beside this file. */
export const reference = JSON.parse(
  readFileSync(new URL('reference.json', import.meta.url), 'utf8'),
) as Reference;
