import type { Outcome } from '../trial/protocol.ts';
import type { Resolved, Trial } from '../trial/trial.ts';
import { sum } from '../stats/index.ts';
import type { Estimable } from './estimable.ts';
import { notEstimable } from './estimable.ts';
import type { UnitRow } from './rows.ts';
import { definitionOf } from './measure.ts';

/** How an effect on accepted alerts splits into its two parts. All are natural logarithms of arm over control. */
export interface Identity {
  readonly arm: string;
  readonly control: string;
  /** log RR of accepted alerts per patient-day. */
  readonly acceptedPerDay: number;
  /** log RR of alerts per patient-day. */
  readonly alertsPerDay: number;
  /** log RR of acceptance per alert. */
  readonly acceptedPerAlert: number;
}

/**
 * The identity log RR(accepted per day) = log RR(alerts per day) + log RR(accepted per alert), taken
 * over the same units, those with patient-days, so that it holds to rounding.
 */
export function identityOf(
  trial: Trial,
  rows: readonly UnitRow[],
  arm: string,
  counting: Pick<Resolved<Outcome>, 'alerts' | 'patientDays'>,
): Estimable<Identity> {
  const columns = definitionOf({ ...counting, metric: 'acceptedPerPatientDay', better: 'higher' });
  const alerts = definitionOf({
    ...counting,
    metric: 'acceptanceRate',
    better: 'higher',
  }).denominator;
  const totals = (name: string): { accepted: number; alerts: number; days: number } => {
    const used = rows.filter((row) => row.arm === name && (row[columns.denominator] ?? 0) > 0);
    return {
      accepted: sum(used.map((row) => row[columns.numerator] ?? 0)),
      alerts: sum(used.map((row) => row[alerts] ?? 0)),
      days: sum(used.map((row) => row[columns.denominator] ?? 0)),
    };
  };
  const a = totals(arm);
  const c = totals(trial.control);
  if (a.accepted === 0 || c.accepted === 0) {
    return notEstimable('an arm has no accepted alerts, so there is no logarithm');
  }
  return {
    estimable: true,
    arm,
    control: trial.control,
    acceptedPerDay: Math.log(a.accepted / a.days / (c.accepted / c.days)),
    alertsPerDay: Math.log(a.alerts / a.days / (c.alerts / c.days)),
    acceptedPerAlert: Math.log(a.accepted / a.alerts / (c.accepted / c.alerts)),
  };
}
