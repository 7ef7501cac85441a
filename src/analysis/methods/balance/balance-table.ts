import { sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import type {
  Share,
  StandardizedDifference,
  StandardizedDistance,
  TwoArms,
} from './standardized-difference.ts';
import {
  binaryDifference,
  categoricalDifference,
  continuousDifference,
} from './standardized-difference.ts';

/** A covariate of both arms: values of persons, or counts. */
export type Covariate =
  | ({ readonly name: string; readonly kind: 'continuous' } & TwoArms<readonly number[]>)
  | ({ readonly name: string; readonly kind: 'binary' } & TwoArms<Share>)
  | ({ readonly name: string; readonly kind: 'categorical' } & TwoArms<
      Readonly<Record<string, number>>
    >);

/** A covariate as a table of baseline characteristics shows it. */
export interface BalanceRow {
  readonly name: string;
  readonly kind: Covariate['kind'];
  readonly arm: CovariateSummary;
  readonly control: CovariateSummary;
  readonly difference: Estimable<StandardizedDifference> | Estimable<StandardizedDistance>;
  /** Whether the size of the difference is above the threshold; `null` where there is none. */
  readonly imbalanced: boolean | null;
}

/** One arm of a covariate. */
export interface CovariateSummary {
  readonly persons: number;
  /** Of a continuous covariate; `null` where it does not exist. */
  readonly mean?: number | null | undefined;
  readonly standardDeviation?: number | null | undefined;
  /** Of a binary covariate, or of each category. */
  readonly counts?: Readonly<Record<string, number>> | undefined;
}

export interface BalanceOptions {
  /** Confidence level; default 0.95. */
  readonly level?: number | undefined;
  /** The size from which a difference is called an imbalance; default 0.1. */
  readonly threshold?: number | undefined;
}

/**
 * A table of baseline covariates with the standardised difference of each. No p values: what random
 * assignment gives is chance, and what matters is its size. A difference above 0.1 is worth a
 * sentence; many of them, in a trial of many units, are worth the question whether the assignment was kept.
 *
 * @throws RangeError as the differences throw it, naming the covariate
 * @see Austin 2009; Yang & Dalton 2012; CONSORT 2010, item 15. In R: `tableone::CreateTableOne(...)`
 *   printed with `smd = TRUE`.
 */
export function balanceTable(
  covariates: readonly Covariate[],
  { level = 0.95, threshold = 0.1 }: BalanceOptions = {},
): readonly BalanceRow[] {
  return covariates.map((covariate): BalanceRow => {
    const { name, kind } = covariate;
    try {
      const difference = differenceOfCovariate(covariate, level);
      return {
        name,
        kind,
        ...summariesOf(covariate),
        difference,
        imbalanced: difference.estimable ? Math.abs(difference.estimate) > threshold : null,
      };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`covariate "${name}": ${error.message}`, { cause: error });
    }
  });
}

function differenceOfCovariate(covariate: Covariate, level: number): BalanceRow['difference'] {
  switch (covariate.kind) {
    case 'continuous':
      return continuousDifference(covariate, { level });
    case 'binary':
      return binaryDifference(covariate, { level });
    case 'categorical': {
      const { arm, control } = covariate;
      const names = [...new Set([...Object.keys(arm), ...Object.keys(control)])].sort();
      return categoricalDifference({
        arm: names.map((name) => arm[name] ?? 0),
        control: names.map((name) => control[name] ?? 0),
      });
    }
  }
}

function summariesOf(covariate: Covariate): TwoArms<CovariateSummary> {
  switch (covariate.kind) {
    case 'continuous':
      return { arm: ofValues(covariate.arm), control: ofValues(covariate.control) };
    case 'binary': {
      const ofShare = ({ count, of }: Share): CovariateSummary => ({
        persons: of,
        counts: { yes: count, no: of - count },
      });
      return { arm: ofShare(covariate.arm), control: ofShare(covariate.control) };
    }
    case 'categorical': {
      const ofCounts = (counts: Readonly<Record<string, number>>): CovariateSummary => ({
        persons: sum(Object.values(counts)),
        counts,
      });
      return { arm: ofCounts(covariate.arm), control: ofCounts(covariate.control) };
    }
  }
}

function ofValues(values: readonly number[]): CovariateSummary {
  const persons = values.length;
  const mean = persons === 0 ? null : sum(values) / persons;
  const squares = sum(values.map((value) => (value - (mean ?? 0)) ** 2));
  return {
    persons,
    mean,
    standardDeviation: persons < 2 ? null : Math.sqrt(squares / (persons - 1)),
  };
}
