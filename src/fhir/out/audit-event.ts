import type { EventType, TrialEvent } from '../../events/event.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Names } from './names.ts';
import { deviceId, knownAs, labelsOf, plainText, referenceTo } from './names.ts';
import type { OutAuditEvent, OutCoding } from './resources.ts';

type Entity = OutAuditEvent['entity'][number];

const entityType = (code: string, display: string): OutCoding => ({
  system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
  code,
  display,
});
const role = (code: string, display: string): OutCoding => ({
  system: 'http://terminology.hl7.org/CodeSystem/object-role',
  code,
  display,
});
const person = entityType('1', 'Person');
const systemObject = entityType('2', 'System Object');
const domainResource = role('4', 'Domain Resource');

const titles: Readonly<Record<EventType, string>> = {
  impression: 'The alert fired',
  dismissal: 'The alert was overridden',
  acceptance: 'A suggestion of the alert was accepted',
  order: 'An order followed the alert',
  'patient-days': 'Time at risk of the alert',
  deviation: 'A departure from the protocol',
  gap: 'Events that could not be recorded',
};

/** What an event says besides what every event does, by the names of its fields. */
function detailsOf(event: TrialEvent): Readonly<Record<string, string | number | undefined>> {
  switch (event.type) {
    case 'impression':
      return { stage: event.stage, alert: event.alert, opening: event.opening };
    case 'dismissal':
      return { ...answerDetails(event), ...codingDetails('override', event.override) };
    case 'acceptance':
      return { ...answerDetails(event), suggestion: event.suggestion };
    case 'order':
      return {
        ...answerDetails(event),
        route: event.route,
        ...codingDetails('order', event.order),
      };
    case 'patient-days':
      return {
        day: event.day,
        calendar: event.calendar,
        midnight: event.midnight,
        elapsed: event.elapsed,
        amends: event.amends,
      };
    case 'deviation':
      return { what: event.what };
    case 'gap':
      return { count: event.count };
  }
}

function answerDetails({
  impression,
  opening,
  alertDay,
  delay,
}: Extract<TrialEvent, { readonly impression: string }>) {
  return { impression, opening, 'alert-day': alertDay, 'delay-milliseconds': delay };
}

function codingDetails(
  name: string,
  coding: { readonly system?: string | undefined; readonly code: string } | undefined,
) {
  return { [`${name}-system`]: coding?.system, [`${name}-code`]: coding?.code };
}

/** Whether a clinician did it: all else is done by programs. */
function isOfClinician(event: TrialEvent): boolean {
  return (
    event.type === 'dismissal' ||
    event.type === 'acceptance' ||
    event.type === 'impression' ||
    (event.type === 'order' && event.route !== 'window')
  );
}

function outcomeOf(event: TrialEvent): Pick<OutAuditEvent, 'outcome' | 'outcomeDesc'> {
  if (event.type === 'gap') {
    return { outcome: '8', outcomeDesc: `${event.count} event(s) could not be recorded` };
  }
  if (event.type === 'deviation') return { outcome: '4', outcomeDesc: plainText(event.what) };
  return event.reason === 'fault'
    ? { outcome: '4', outcomeDesc: 'The control arm was served because of a fault' }
    : { outcome: '0' };
}

function actionOf(event: TrialEvent): OutAuditEvent['action'] {
  if (event.type === 'order') return 'C';
  if (event.type !== 'patient-days') return 'E';
  return event.amends === undefined ? 'C' : 'U';
}

function agentsOf(event: TrialEvent, names: Names): OutAuditEvent['agent'] {
  const clinician = isOfClinician(event) ? event.clinician : undefined;
  const software = {
    type: {
      coding: [
        {
          system: 'http://dicom.nema.org/resources/ontology/DCM',
          code: '110150',
          display: 'Application',
        },
      ],
    },
    who: referenceTo('Device', deviceId),
    requestor: clinician === undefined,
  };
  if (clinician === undefined) return [software];
  const human = {
    type: {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/extra-security-role-type',
          code: 'humanuser',
          display: 'human user',
        },
      ],
    },
    who: knownAs('Practitioner', names.identifier('clinician', clinician)),
    requestor: true,
  };
  return [human, software];
}

function entitiesOf(trial: Trial, event: TrialEvent, names: Names): readonly Entity[] {
  const details = {
    event: event.type,
    trial: trial.id,
    round: trial.round,
    arm: event.arm,
    randomized: String(event.randomized),
    reason: event.reason,
    unit: event.unitId ?? undefined,
    stratum: event.stratum === '' ? undefined : event.stratum,
    ...detailsOf(event),
  };
  const { patient, encounter, practice } = event;
  return [
    {
      what: referenceTo('ResearchStudy', trial.fingerprint),
      type: systemObject,
      role: domainResource,
      detail: Object.entries(details).flatMap(([type, value]) =>
        value === undefined ? [] : [{ type, valueString: plainText(String(value)) }],
      ),
    },
    ...(patient === undefined
      ? []
      : [
          {
            what: knownAs('Patient', names.identifier('patient', patient)),
            type: person,
            role: role('1', 'Patient'),
          },
        ]),
    ...(encounter === undefined
      ? []
      : [
          {
            what: knownAs('Encounter', names.identifier('encounter', encounter)),
            type: systemObject,
            role: domainResource,
          },
        ]),
    ...(practice === undefined
      ? []
      : [
          {
            what: knownAs('Organization', names.identifier('practice', practice)),
            type: entityType('3', 'Organization'),
            role: domainResource,
          },
        ]),
  ];
}

/**
 * An event of the log as a FHIR R4 AuditEvent: what happened (`subtype`), when it did (`period`) and when
 * it was learnt of (`recorded`), by whom and to whom by pseudonym, and what else the event says, as details
 * of the entity that is the study. Its id is that of the event.
 *
 * @see https://hl7.org/fhir/R4/auditevent.html
 */
export function auditEvent(trial: Trial, event: TrialEvent, names: Names): OutAuditEvent {
  const instants = event.type === 'gap' ? [event.from, event.to] : [event.at];
  return {
    resourceType: 'AuditEvent',
    id: event.id,
    ...labelsOf(trial, { pseudonyms: true }),
    type: {
      system: 'http://dicom.nema.org/resources/ontology/DCM',
      code: '110100',
      display: 'Application Activity',
    },
    subtype: [names.eventType(event.type, titles[event.type])],
    action: actionOf(event),
    period: {
      start: new Date(Math.min(...instants)).toISOString(),
      end: new Date(Math.max(...instants)).toISOString(),
    },
    recorded: new Date(event.receivedAt).toISOString(),
    ...outcomeOf(event),
    agent: agentsOf(event, names),
    source: {
      observer: referenceTo('Device', deviceId),
      type: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/security-source-type',
          code: '4',
          display: 'Application Server',
        },
      ],
    },
    entity: entitiesOf(trial, event, names),
  };
}
