import type { Estimable } from '../analysis/index.ts';
import type { PlannedCurve } from './curves.ts';
import type { PlannedFloor } from './floors.ts';
import type { Detectable, FormulaPower } from './formula.ts';
import type { PlannedQuestion } from './questions.ts';
import type { PlannedScheme } from './scheme.ts';
import type { PlanAssumptions } from './assumptions.ts';
import type { Likeness } from './outcome.ts';
import type { SimulatedPower } from './simulate/run.ts';

/** A question of the decision rule with what the design can say of it. */
export interface QuestionPlan extends Pick<
  PlannedQuestion,
  'arm' | 'role' | 'metric' | 'title' | 'better' | 'question' | 'scale' | 'null' | 'upper'
> {
  /** What the numbers of the question are: a rate per patient-day, or a share of alerts. */
  readonly kind: 'rate' | 'proportion';
  /** Assumed values of the outcome, and the effect that they make on `scale`. */
  readonly assumed: {
    readonly control: number;
    readonly arm: number;
    readonly effect: number;
  } | null;
  /** Two-sided, of Holm's first step. */
  readonly level: number;
  readonly power: Estimable<FormulaPower>;
  /** With units as large as one likes; `null` for designs over time. */
  readonly unlimited: number | null;
  /** By an analysis that adjusts for the assumed baseline; `null` where none is assumed. */
  readonly adjusted: number | null;
  readonly detectable: Estimable<Detectable>;
  /**
   * Each arm needs more units than this, however many alerts each has (k > n_I ρ); `null` where the
   * assumed effect is on the wrong side, and for designs over time.
   */
  readonly leastUnits: { readonly arm: number; readonly control: number } | null;
}

/** What a trial can and cannot do, before it starts. Plain data. */
export interface PlanReport {
  readonly trial: {
    readonly id: string;
    readonly round: number;
    readonly title: string;
    readonly fingerprint: string;
    readonly unit: string;
    readonly control: string;
    /** How units get their arms, and over which periods. */
    readonly allocation: string;
    readonly alpha: number;
  };
  readonly seed: string;
  readonly assumptions: PlanAssumptions;
  readonly likeness: Likeness;
  readonly units: {
    readonly total: number;
    /** As expected, or as one list has them; over time those of the first period. */
    readonly byArm: readonly { readonly arm: string; readonly units: number }[];
    /** Mean patient-days of a unit, in a period where there are some. */
    readonly size: number;
    /** Coefficient of variation of the patient-days, and where it is from. */
    readonly cv: number;
    readonly cvFrom: 'clusters' | 'assumptions';
    readonly periods: number;
  };
  readonly wantedPower: number;
  readonly questions: readonly QuestionPlan[];
  readonly floors: readonly PlannedFloor[];
  readonly scheme: PlannedScheme | null;
  /** Of the primary outcome, by arm. */
  readonly curves: readonly PlannedCurve[];
  readonly simulation: Estimable<SimulatedPower>;
  readonly reaches: {
    /** Every arm can be given a p value as small as the level. */
    readonly level: boolean;
    /**
     * Every arm that is assumed to be better (as claimed, and there is one) is adopted with the wanted
     * power, within two Monte Carlo standard errors; without a simulation each of its questions is
     * answered with yes so often, by formula.
     */
    readonly power: boolean;
  };
  /** What this design cannot do, in sentences. */
  readonly limits: readonly string[];
  /** The report as lines of text. Not part of its JSON. */
  toString(): string;
}
