import type { TrialEvent } from '../events/event.ts';

/** What a column can hold. */
export type Cell = string | number | null;

/** An event as the values of `eventColumns`, in their order. */
export type Row = readonly Cell[];

/**
 * The columns of the table of events after `seq`. In a row on its way to the writer, `trial` is the
 * fingerprint; in the table it is the number of the trial.
 */
export const eventColumns = [
  'event_id',
  'trial',
  'received_ms',
  'type',
  'stage',
  'arm',
  'randomized',
  'reason',
  'unit_id',
  'stratum',
  'at_ms',
  'event_day',
  'alert_day',
  'patient',
  'practice',
  'clinician',
  'encounter',
  'impression_id',
  'opening_id',
  'delay_ms',
  'route',
  'calendar',
  'midnight',
  'elapsed',
  'detail',
] as const;

/** Where `trial` stands in a row. */
export const trialColumn = 1;

/** Where `at_ms` stands in a row. */
export const atColumn: number = eventColumns.indexOf('at_ms');

/** Where `received_ms` stands in a row: the one column in which a repeated event may differ. */
export const receivedColumn = 2;

function detailOf(event: TrialEvent): Record<string, unknown> | null {
  switch (event.type) {
    case 'impression':
      return { alert: event.alert };
    case 'dismissal':
      return event.override === undefined ? null : { override: codingOf(event.override) };
    case 'acceptance':
      return event.suggestion === undefined ? null : { suggestion: event.suggestion };
    case 'order':
      return event.order === undefined ? null : { order: codingOf(event.order) };
    case 'deviation':
      return { what: event.what };
    case 'gap':
      return { from: event.from, to: event.to, count: event.count };
    case 'patient-days':
      return event.amends === undefined ? null : { amends: event.amends };
  }
}

// One order of keys, so that equal codings are equal texts.
function codingOf(coding: {
  readonly system?: string | undefined;
  readonly code: string;
  readonly display?: string | undefined;
}): Record<string, unknown> {
  return { system: coding.system, code: coding.code, display: coding.display };
}

/** An event as a row. */
export function toRow(event: TrialEvent): Row {
  const impression = event.type === 'impression' ? event : undefined;
  const answer = 'impression' in event ? event : undefined;
  const presence = event.type === 'patient-days' ? event : undefined;
  const detail = detailOf(event);
  return [
    event.id,
    event.trial,
    event.receivedAt,
    event.type,
    impression?.stage ?? null,
    event.arm,
    event.randomized ? 1 : 0,
    event.reason,
    event.unitId,
    event.stratum,
    event.at,
    event.day,
    answer?.alertDay ?? null,
    event.patient ?? null,
    event.practice ?? null,
    event.clinician ?? null,
    event.encounter ?? null,
    answer?.impression ?? null,
    impression?.opening ?? answer?.opening ?? null,
    answer?.delay ?? null,
    event.type === 'order' ? event.route : null,
    presence?.calendar ?? null,
    presence?.midnight ?? null,
    presence?.elapsed ?? null,
    detail === null ? null : JSON.stringify(detail),
  ];
}
