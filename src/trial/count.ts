/**
 * What a firing of the alert must be to be counted:
 *
 * - `alerts`: it was shown (returned to the record, or displayed); `silent`: it was not; `fired`: either
 * - `repeats`: shown, and not the first alert that was shown for its patient
 * - `accepted`: shown, and accepted in time (a suggestion, or an order by click or tag)
 * - `dismissed`: shown, dismissed in time, and not accepted in time: acceptance takes precedence
 * - `answered`: shown, and accepted or dismissed in time
 * - `timed`: answered, and the first answer came later than the alert: where two clocks disagree, or an
 *   extract tells no time of the answer, which bears that of the alert then, the response time is not known
 * - `due`: shown so long ago that its window has passed
 * - `ignored`: due and not answered. An alert whose window is still open is not ignored yet
 * - `undismissed`: due and not `dismissed`
 * - `ordered`: fired, and followed by an order in time, by any route
 */
export type AlertState =
  | 'alerts'
  | 'silent'
  | 'fired'
  | 'repeats'
  | 'accepted'
  | 'dismissed'
  | 'answered'
  | 'timed'
  | 'due'
  | 'ignored'
  | 'undismissed'
  | 'ordered';

/**
 * What is counted once: each firing, or each opening, encounter, patient, patient and day, clinician,
 * or clinician and day with at least one such firing. `firstAlert` takes only the first alert that was
 * shown for a patient, `firstFiring` the first that fired, shown or silent. Everything is counted
 * within its unit, arm and stratum: a patient of two practices counts in each.
 */
export type AlertLevel =
  | 'alert'
  | 'opening'
  | 'firstAlert'
  | 'firstFiring'
  | 'encounter'
  | 'patient'
  | 'patientDay'
  | 'clinician'
  | 'clinicianDay';

/** An id that an alert can come without. */
export type AlertId = 'patient' | 'encounter' | 'clinician';

/** A count of alerts, or of what holds at least one of them. */
export interface AlertCount {
  readonly of: AlertState;
  /** Default `alert`. */
  readonly each?: AlertLevel | undefined;
  /** Of dismissals: only those with this code as the reason of the override. */
  readonly reason?: string | undefined;
  /**
   * ISO 8601 duration after the alert within which an answer counts, to the last millisecond;
   * default, and longest: the trial's response window.
   */
  readonly within?: string | undefined;
  /** Only alerts that carry this id. */
  readonly known?: AlertId | undefined;
  /** Only alerts of patients with time at risk in the same unit, arm and stratum. */
  readonly eligible?: true | undefined;
}

/** A count of time at risk, or of who was at risk. It does not depend on what the arm did. */
export interface RiskCount {
  readonly of: 'atRisk';
  /** Patient-days, or the patients or encounters with at least some time at risk. */
  readonly each: 'patientDay' | 'patient' | 'encounter';
  /**
   * How patient-days are counted: calendar days touched (the default), midnights present, or elapsed
   * hours / 24.
   */
  readonly days?: 'calendar' | 'midnight' | 'elapsed' | undefined;
  /** Only patient-days that carry an encounter. */
  readonly known?: 'encounter' | undefined;
}

/** A count that no ledger of alerts can know, brought beside the unit summaries. */
export interface BroughtCount {
  /** The name under which it is brought, such as `orders`. */
  readonly column: string;
  /** What it counts, in words; default its name. */
  readonly title?: string | undefined;
}

/** A count that a ledger can make. */
export type LedgerCount = AlertCount | RiskCount;

/** What is counted, as data. */
export type Count = LedgerCount | BroughtCount;

/** The states that depend on when an answer came, and so on a window. */
export const windowedStates: ReadonlySet<AlertState | 'atRisk'> = new Set([
  'accepted',
  'dismissed',
  'answered',
  'timed',
  'due',
  'ignored',
  'undismissed',
  'ordered',
]);

/** Whether a count is brought from outside. */
export function isBrought(count: Count): count is BroughtCount {
  return 'column' in count;
}

/** Whether a count is one of alerts. */
export function isAlertCount(count: Count): count is AlertCount {
  return 'of' in count && count.of !== 'atRisk';
}

const levelIds: Readonly<Partial<Record<AlertLevel, AlertId>>> = {
  firstAlert: 'patient',
  firstFiring: 'patient',
  patient: 'patient',
  patientDay: 'patient',
  encounter: 'encounter',
  clinician: 'clinician',
  clinicianDay: 'clinician',
};

/** The ids without which an alert is not in a count. */
export function idsNeeded({
  of,
  each = 'alert',
  known,
  eligible,
}: AlertCount): ReadonlySet<AlertId> {
  const ids = [
    known,
    levelIds[each],
    of === 'repeats' || eligible ? ('patient' as const) : undefined,
  ];
  return new Set(ids.filter((id) => id !== undefined));
}
