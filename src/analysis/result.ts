import type { MetricName } from '../trial/protocol.ts';
import type { MeasuredPeriod } from './by-period.ts';
import type { ArmOverTime } from './compare-over-time.ts';
import type { Estimable } from './estimable.ts';
import type { Effect } from './methods/effect.ts';
import type { Clustering } from './clustering.ts';
import type { EstimandsComparison } from './methods/clusters/index.ts';
import type {
  ArmsRerandomization,
  Rerandomization,
  RerandomizationInterval,
} from './methods/rerandomization/index.ts';
import type { ControlComparisons, Omnibus } from './methods/several/index.ts';

/** A rate or proportion of one arm with its interval. */
export interface ArmInterval {
  readonly rate: number;
  readonly lower: number;
  readonly upper: number;
  readonly standardError: number;
}

/** One arm of a measure. */
export interface ArmMeasure {
  readonly arm: string;
  /** Units with a denominator above 0. */
  readonly units: number;
  /** Units of the arm that have no denominator and so say nothing here. */
  readonly unitsWithoutDenominator: number;
  readonly numerator: number;
  readonly denominator: number;
  /** Numerator over denominator, times `per`; `null` when the denominator is 0. */
  readonly ratio: number | null;
  readonly rate: Estimable<ArmInterval>;
}

/** What an analysis that took every alert as independent would have said. Shown to teach, never alone. */
export interface NaiveInterval {
  readonly lower: number;
  readonly upper: number;
  /** How many times larger the variance between units makes the variance: the design effect. */
  readonly designEffect: number;
}

/** An arm against the control arm. */
export interface ArmComparison {
  readonly arm: string;
  readonly control: string;
  /** Arm over control. */
  readonly ratio: Estimable<Effect>;
  /** Arm minus control. */
  readonly difference: Estimable<Effect>;
  readonly rerandomization: Estimable<Rerandomization>;
  /**
   * The effects that neither one-sided re-randomisation test rejects: a ratio for a rate, a difference for a
   * proportion. `null` where the model decides: with many units the two agree.
   */
  readonly rerandomizationInterval: Estimable<RerandomizationInterval> | null;
  /** The effect on the average event beside that on the average unit. */
  readonly estimands: Estimable<EstimandsComparison>;
  /** Of the measure's own scale: the ratio of rates, or the difference of proportions. */
  readonly naive: Estimable<NaiveInterval>;
}

/** All arms at once, of a trial with more than two. */
export interface ArmsTogether {
  /** Whether the arms differ at all: Wald's test with Mancl-DeRouen variances. */
  readonly omnibus: Estimable<Omnibus>;
  /** Each arm against control with intervals that hold together (Dunnett). */
  readonly simultaneous: Estimable<ControlComparisons>;
  /** The omnibus test and step-down max-T p values by re-randomisation of all arms. */
  readonly rerandomization: Estimable<ArmsRerandomization>;
}

/** A measure by arm, and each arm against the control arm. Plain data. */
export interface Measure {
  readonly metric: MetricName;
  readonly title: string;
  /** What is counted above the line. */
  readonly numerator: string;
  /** What is counted below the line. */
  readonly denominator: string;
  /** The same in a word or two: `accepted alerts`, `patient-days`. */
  readonly terms: { readonly events: string; readonly exposure: string };
  /** A rate is given for so many of the denominator. */
  readonly per: number;
  /** How long after its alert an answer counts above the line, ISO 8601; `null` when none is counted. */
  readonly window: string | null;
  /** Whether the denominator depends on what the arm did, so that an effect may be one on it alone. */
  readonly postRandomization: boolean;
  readonly kind: 'rate' | 'proportion';
  readonly better: 'lower' | 'higher';
  /** The unit that was randomised and is analysed. */
  readonly unit: string;
  /** Confidence level of every interval. */
  readonly level: number;
  readonly arms: readonly ArmMeasure[];
  readonly comparisons: readonly ArmComparison[];
  /** `null` with two arms. */
  readonly together: ArmsTogether | null;
  /** Of a design over time, for each arm what its periods tell; `null` of others. */
  readonly overTime: readonly ArmOverTime[] | null;
  /** Of a design over time, what each arm had in each period; `null` of others, and where it is not counted by period. */
  readonly byPeriod: readonly MeasuredPeriod[] | null;
  readonly clustering: Clustering;
  readonly warnings: readonly string[];
  /** The measure as lines of text. Not part of its JSON. */
  toString(): string;
}
