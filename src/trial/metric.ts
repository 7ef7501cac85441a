import type { Count } from './count.ts';

/** A measure as data: what is divided by what. */
export interface MetricDefinition {
  readonly title: string;
  readonly numerator: Count;
  readonly denominator: Count;
  /** A `proportion` has a numerator that is part of its denominator; a `rate` need not. */
  readonly kind: 'rate' | 'proportion';
  /** Which direction is an improvement, unless an outcome says otherwise. */
  readonly better: 'lower' | 'higher';
  /** A rate is given for so many of the denominator, such as 100 orders; default 1. */
  readonly per?: number | undefined;
  /** Names of the metrics to read beside this one. */
  readonly beside?: readonly string[] | undefined;
  /** Where the definition comes from. */
  readonly source?: string | undefined;
}

/** A measure that a protocol, or an analyst, defines from counts. */
export interface CustomMetric extends MetricDefinition {
  /** Unlike that of any metric of the registry. */
  readonly name: string;
}
