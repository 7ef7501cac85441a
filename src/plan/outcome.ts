import { definitionOf } from '../analysis/definition.ts';
import type { Outcome as TrialOutcome } from '../trial/protocol.ts';
import type { Resolved, Trial } from '../trial/trial.ts';
import type { AssumedEffect, PlanAssumptions, PlannedIcc } from './assumptions.ts';
import type { Outcome } from './power/index.ts';
import { iccOf, kappaOfIcc } from './power/index.ts';

/** What an outcome counts, of what assumptions say something: alerts or accepted alerts, per patient-day or per alert. */
export type Counted = 'alerts' | 'acceptance' | 'acceptedAlerts';

const alertColumns: readonly string[] = ['alerts', 'alertsByOpening'];
const acceptedColumns: readonly string[] = ['accepted', 'acceptedByOpening'];
const dayColumns: readonly string[] = ['calendarDays', 'midnightDays', 'elapsedDays'];

/** What an outcome counts; `undefined` where assumptions say nothing of it. */
export function countedBy(trial: Trial, outcome: Resolved<TrialOutcome>): Counted | undefined {
  const { numerator, denominator, per } = definitionOf(trial, outcome);
  if (per !== 1 || trial.arms.some(({ silent }) => silent === true)) return undefined;
  const isOf = (above: readonly string[], below: readonly string[]): boolean =>
    above.includes(numerator.column) && below.includes(denominator.column);
  if (isOf(alertColumns, dayColumns)) return 'alerts';
  if (isOf(acceptedColumns, alertColumns)) return 'acceptance';
  return isOf(acceptedColumns, dayColumns) ? 'acceptedAlerts' : undefined;
}

/** The likeness of units as numbers. */
export interface Likeness {
  /** Coefficient of variation of true alert rates. */
  readonly kappa: number;
  /** φ of alerts. */
  readonly overdispersion: number;
  /** Intraclass correlation of acceptance. */
  readonly icc: number;
}

/** Presets by their numbers, and ICCs as the κ that they make. */
export function likenessOf({
  alerts,
  acceptance,
}: Pick<PlanAssumptions, 'alerts' | 'acceptance'>): Likeness {
  return {
    kappa: 'kappa' in alerts ? alerts.kappa : kappaOfIcc(valueOf(alerts.icc), alerts.control),
    overdispersion: alerts.overdispersion ?? 1,
    icc: acceptance === undefined ? 0 : valueOf(acceptance.icc),
  };
}

function valueOf(icc: PlannedIcc): number {
  return typeof icc === 'number' ? icc : iccOf(icc);
}

/** The true values of an arm: alerts per patient-day and accepted alerts per alert. */
export interface ArmValues {
  readonly alerts: number;
  readonly acceptance: number;
}

/** The values of an arm with an effect; of the control arm with none. */
export function valuesOf(
  { alerts, acceptance }: Pick<PlanAssumptions, 'alerts' | 'acceptance'>,
  { alertsRatio = 1, acceptanceDifference = 0, acceptanceRatio = 1 }: AssumedEffect = {},
): ArmValues {
  return {
    alerts: alerts.control * alertsRatio,
    acceptance: (acceptance?.control ?? 0) * acceptanceRatio + acceptanceDifference,
  };
}

/** The value of an outcome where an arm has these values. */
export function valueIn({ alerts, acceptance }: ArmValues, counted: Counted): number {
  switch (counted) {
    case 'alerts':
      return alerts;
    case 'acceptance':
      return acceptance;
    case 'acceptedAlerts':
      return alerts * acceptance;
  }
}

/**
 * An outcome for the formulas. Accepted alerts per patient-day vary as both of their factors do,
 * κ² = (1 + κ_λ²)(1 + ρ(1 − π)/π) − 1, and within a unit by φ = 1 + (φ_λ − 1)π, as thinned counts do.
 *
 * @param options `of`: the values of the arm whose outcome it is; `scale`: of a rate
 */
export function outcomeFor(
  counted: Counted,
  {
    of,
    likeness,
    scale,
  }: {
    readonly of: ArmValues;
    readonly likeness: Likeness;
    readonly scale: 'ratio' | 'difference';
  },
): Outcome {
  const { kappa, overdispersion, icc } = likeness;
  const { acceptance } = of;
  const value = valueIn(of, counted);
  switch (counted) {
    case 'alerts':
      return { kind: 'rate', control: value, kappa, overdispersion, scale };
    case 'acceptance':
      return { kind: 'proportion', control: value, icc };
    case 'acceptedAlerts':
      return {
        kind: 'rate',
        control: value,
        kappa: Math.sqrt((1 + kappa ** 2) * (1 + kappaOfIcc(icc, acceptance) ** 2) - 1),
        overdispersion: 1 + (overdispersion - 1) * acceptance,
        scale,
      };
  }
}
