import type { AlertCount, Count, RiskCount } from '../../trial/count.ts';
import { isAlertCount, isBrought } from '../../trial/count.ts';
import type { Column } from '../rows.ts';

/** The columns of a unit summary that hold a count already, by the name of the count. */
const summaryColumns: Readonly<Record<string, Column>> = {
  alerts: 'alerts',
  alertsByOpening: 'alertsByOpening',
  alertsByPatientDay: 'exposedDays',
  silent: 'silent',
  accepted: 'accepted',
  acceptedByOpening: 'acceptedByOpening',
  ordered: 'ordered',
  calendarDays: 'calendarDays',
  midnightDays: 'midnightDays',
  elapsedDays: 'elapsedDays',
  patients: 'patients',
};

const upperFirst = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

function riskName({ each, days = 'calendar' }: RiskCount): string {
  if (each === 'patientDay') return `${days}Days`;
  return each === 'patient' ? 'patients' : 'encounters';
}

function alertName({ of, each = 'alert' }: AlertCount): string {
  // The column `dismissed` of a summary counts dismissals whatever else was answered.
  const state = of === 'dismissed' ? 'dismissedNotAccepted' : of;
  return each === 'alert' ? state : `${state}By${upperFirst(each)}`;
}

/** The name under which a count stands in a unit summary, such as `acceptedByPatient[eligible]`. */
export function columnOf(count: Count): string {
  if (isBrought(count)) return count.column;
  const filters = isAlertCount(count)
    ? [
        ...(count.reason === undefined ? [] : [`reason=${count.reason}`]),
        ...(count.within === undefined ? [] : [`within=${count.within}`]),
        ...(count.known === undefined ? [] : [`known=${count.known}`]),
        ...(count.eligible === undefined ? [] : ['eligible']),
      ]
    : count.known === undefined
      ? []
      : [`known=${count.known}`];
  const name = isAlertCount(count) ? alertName(count) : riskName(count);
  const column = filters.length === 0 ? name : `${name}[${filters.join(',')}]`;
  return summaryColumns[column] ?? column;
}

const summaryNames: ReadonlySet<string> = new Set(Object.values(summaryColumns));

/** Whether every unit summary has the column, without asking the ledger to count. */
export function isSummaryColumn(column: string): column is Column {
  return summaryNames.has(column);
}
