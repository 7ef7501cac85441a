/** An intraclass correlation: a number from 0 to below 1, or the name of one of `iccPresets`. */
export type PlannedIcc = number | string;

/**
 * Patient-days of a unit: over the whole trial, or in one period of a design over time (the mean one,
 * where their lengths differ), its washout included.
 */
export type AssumedExposure =
  | {
      /** On average; shared out by the sizes of the clusters where a file of clusters gives them all. */
      readonly mean: number;
      /** Coefficient of variation between units, where no file gives their sizes; default 0. */
      readonly cv?: number | undefined;
    }
  | {
      /** For each 1 of a cluster's size in the file of clusters. */
      readonly perSize: number;
    };

/** How often alerts are shown in the control arm, and how that varies. */
export type AssumedAlerts = {
  /** Alerts per patient-day, as the outcomes of the trial count both. */
  readonly control: number;
  /**
   * φ, by which the variance of a unit's count exceeds a Poisson one, as the same patients have several
   * alerts; at least 1, the default.
   */
  readonly overdispersion?: number | undefined;
} & (
  | {
      /** Coefficient of variation κ of the true rates of units, as a pilot's `clustering` gives it. */
      readonly kappa: number;
    }
  | {
      /** Instead of κ: the ICC of whether a patient-day has an alert, κ² = ρ(1 − π)/π. */
      readonly icc: PlannedIcc;
    }
);

/** How often alerts are accepted in the control arm, and how that varies. */
export interface AssumedAcceptance {
  /** Accepted alerts per alert. */
  readonly control: number;
  readonly icc: PlannedIcc;
}

/** What an arm is thought to do; what is left out stays as in the control arm. */
export interface AssumedEffect {
  /** Alerts per patient-day, arm over control. */
  readonly alertsRatio?: number | undefined;
  /** Accepted alerts per alert, arm minus control… */
  readonly acceptanceDifference?: number | undefined;
  /** …or arm over control. */
  readonly acceptanceRatio?: number | undefined;
}

/** How the units of a design over time change from period to period. */
export interface AssumedCourse {
  /** Correlation of a unit's true values one period apart, from 0 to 1; default 1: they stay. */
  readonly clusterAutocorrelation?: number | undefined;
  /** Whether it fades with the distance of the periods; default `nested-exchangeable`: it does not. */
  readonly structure?: 'nested-exchangeable' | 'exponential-decay' | undefined;
  /**
   * Alerts per patient-day of a period over those of the period before, whatever the arm; default 1.
   * Effects are compared within periods; what changes is how much each period tells.
   */
  readonly trend?: number | undefined;
}

/** What a trial is planned with. Plain JSON. */
export interface PlanAssumptions {
  /** How many units are randomised; with a file of clusters they are counted there. */
  readonly units?: number | undefined;
  readonly patientDays: AssumedExposure;
  readonly alerts: AssumedAlerts;
  /** Needed where an outcome counts accepted alerts. */
  readonly acceptance?: AssumedAcceptance | undefined;
  /** By arm, all but the control arm: `{}` for one that is thought to change nothing. */
  readonly effects: Readonly<Record<string, AssumedEffect>>;
  readonly overTime?: AssumedCourse | undefined;
  /** Wanted chance of showing what is claimed; default 0.8. */
  readonly power?: number | undefined;
  /**
   * Correlation r of a unit's value of the primary outcome before and during the trial, as
   * `baselineCorrelation` gives it: what an analysis that adjusts for it would gain is shown beside.
   */
  readonly baselineCorrelation?: number | undefined;
}
