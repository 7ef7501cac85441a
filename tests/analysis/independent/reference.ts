import { readFileSync } from 'node:fs';
import type {
  Alternative,
  ProportionCounts,
  RateCounts,
} from '../../../src/analysis/methods/independent/index.ts';

/** Two limits; an infinite one is a text. */
type Limits = readonly unknown[];

type RAlternative = 'two.sided' | 'less' | 'greater';

interface Reference {
  readonly proportions: readonly ({
    readonly successes: number;
    readonly n: number;
    readonly level: number;
  } & Readonly<
    Record<'wilson' | 'clopperPearson' | 'jeffreys' | 'agrestiCoull' | 'wald', Limits>
  >)[];
  readonly comparisons: readonly Comparison[];
  readonly binomials: readonly {
    readonly successes: number;
    readonly n: number;
    readonly probability: number;
    readonly alternative: RAlternative;
    readonly level: number;
    readonly p: number;
    readonly interval: Limits;
  }[];
  readonly rates: readonly {
    readonly events: number;
    readonly exposure: number;
    readonly level: number;
    readonly interval: Limits;
  }[];
  readonly ratios: readonly {
    readonly arm: RateCounts;
    readonly control: RateCounts;
    readonly ratio: number;
    readonly alternative: RAlternative;
    readonly level: number;
    readonly estimate: unknown;
    readonly p: number;
    readonly interval: Limits;
  }[];
}

/** What R says of one two-by-two table. */
export interface Comparison
  extends
    Readonly<Record<'miettinenNurminen' | 'mee' | 'newcombe' | 'wald', Limits>>,
    Readonly<Record<'ratioMN' | 'ratioKoopman' | 'oddsMN' | 'oddsScore', Limits | null>>,
    Readonly<Record<'ratioWald' | 'oddsWald', Limits>>,
    Readonly<
      Record<
        'difference' | 'smallestExpected' | 'pFisher' | 'pFisherLess' | 'pFisherGreater',
        number
      >
    >,
    Readonly<Record<'ratio' | 'odds' | 'pRatioWald' | 'pOddsWald' | 'pCorrected', unknown>>,
    Readonly<Record<'chiSquared' | 'pChiSquared' | 'yates' | 'pYates', unknown>>,
    Readonly<Record<'pLess' | 'pGreater' | 'pYatesLess', unknown>> {
  readonly arm: ProportionCounts;
  readonly control: ProportionCounts;
  readonly level: number;
}

/** R 4.2.2; see oracle.R. */
export const reference: Reference = JSON.parse(
  readFileSync(new URL('reference.json', import.meta.url), 'utf8'),
) as Reference;

/** R's name of an alternative in ours. */
export const alternativeOf = (name: RAlternative): Alternative =>
  name === 'two.sided' ? 'two-sided' : name;

/** A table in words. */
export const named = ({ arm, control, level }: Comparison): string =>
  `${arm.successes}/${arm.n} v ${control.successes}/${control.n} at ${level}`;
