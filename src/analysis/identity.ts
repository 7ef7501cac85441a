import { sum } from '../stats/index.ts';
import type { Outcome } from '../trial/protocol.ts';
import type { Resolved, Trial } from '../trial/trial.ts';
import { totalsByUnit, unitsInArms } from './arm-totals.ts';
import type { Estimable } from './estimable.ts';
import { notEstimable } from './estimable.ts';
import { isOverTime, unadjusted } from './over-time.ts';
import type { UnitRow } from './rows.ts';
import { checkRows, unitsInSeveralArms } from './rows.ts';

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
 *
 * @throws AnalysisRefusedError when the rows are not of this trial
 */
export function identityOf(
  trial: Trial,
  rows: readonly UnitRow[],
  arm: string,
  counting: Pick<Resolved<Outcome>, 'alerts' | 'patientDays'>,
): Estimable<Identity> {
  if (isOverTime(trial)) return unadjusted;
  const byOpening = counting.alerts === 'opening';
  const daysColumn = `${counting.patientDays}Days` as const;
  const columns = [
    byOpening ? 'acceptedByOpening' : 'accepted',
    byOpening ? 'alertsByOpening' : 'alerts',
    daysColumn,
  ] as const;
  const missing = columns.find((column) => rows.some((row) => row[column] === undefined));
  if (missing !== undefined) {
    return notEstimable(`the unit summaries lack \`${missing}\``, 'give it in every row');
  }
  checkRows(trial, rows, { columns, isSummarized: true });
  const several = unitsInSeveralArms(rows);
  if (several > 0) return unitsInArms(several);
  const totalsOf = (name: string): readonly number[] => {
    const units = totalsByUnit(rows, name, columns).filter((unit) => unit[daysColumn] > 0);
    return columns.map((column) => sum(units.map((unit) => unit[column])));
  };
  const [accepted = 0, alerts = 0, days = 0] = totalsOf(arm);
  const [accepted0 = 0, alerts0 = 0, days0 = 0] = totalsOf(trial.control);
  if (Math.min(days, days0) === 0) {
    return notEstimable('an arm has no patient-days', 'bring the patient-days up to date');
  }
  if (Math.min(accepted, accepted0, alerts, alerts0) === 0) {
    return notEstimable(
      'an arm has no accepted alerts, so there is no logarithm',
      'read the three rates of each arm and their differences',
    );
  }
  return {
    estimable: true,
    arm,
    control: trial.control,
    acceptedPerDay: Math.log(accepted / days / (accepted0 / days0)),
    alertsPerDay: Math.log(alerts / days / (alerts0 / days0)),
    acceptedPerAlert: Math.log(accepted / alerts / (accepted0 / alerts0)),
  };
}
