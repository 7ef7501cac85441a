import type {
  Acceptance,
  AcceptedOrder,
  AnswerBase,
  Deviation,
  Dismissal,
  EventBase,
  Gap,
  Impression,
  PatientDays,
  TrialEvent,
} from '../../src/events/event.ts';
import { calendarDay } from '../../src/trial/calendar.ts';
import type { Trial } from '../../src/trial/trial.ts';
import { defineTrial, trialFrom } from '../../src/trial/trial.ts';

const document = {
  algorithm: 'murmur3-32/1',
  id: 'influenza',
  round: 1,
  title: 'Does the redesigned alert fire less?',
  unit: 'patient',
  timeZone: 'America/New_York',
  arms: [
    { name: 'usual', weight: 1, content: { summary: 'Vaccine is due' } },
    { name: 'redesign', weight: 1, content: { summary: 'Vaccinate before discharge?' } },
  ],
  control: 'usual',
  start: '2026-10-05',
  end: '2026-11-15',
  primary: { metric: 'alertsPerPatientDay', better: 'lower' },
  guardrails: [],
  responseWindow: 'PT24H',
  repeatWindow: 'PT10M',
  governance: {
    determination: 'quality-improvement',
    reference: 'QI-17',
    owner: 'CDS committee',
    optOut: 'research office',
  },
} as const;

/** A trial of patients. */
export const trial = defineTrial(document);

/** The same trial and round with something changed. */
export function changed(changes: Readonly<Record<string, unknown>>): Trial {
  return trialFrom({ ...document, ...changes });
}

/** 09:00 in New York on the second day. */
export const nine: number = Date.UTC(2026, 9, 6, 13);

export const hour = 3_600_000;

/** A UUID that is told by a number. */
export function uuid(number: number): string {
  return `018f0000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

function base(id: number, at: number): EventBase {
  return {
    id: uuid(id),
    trial: trial.fingerprint,
    arm: 'usual',
    randomized: true,
    reason: 'hashed',
    unitId: 'u1',
    patient: 'u1',
    stratum: '',
    at,
    day: calendarDay(at, trial.timeZone),
    receivedAt: at,
  };
}

/** An impression at nine. */
export function impression(id: number, changes: Partial<Impression> = {}): Impression {
  return {
    ...base(id, changes.at ?? nine),
    type: 'impression',
    stage: 'displayed',
    alert: 'influenza',
    opening: uuid(id),
    ...changes,
  };
}

export type AnswerType = 'dismissal' | 'acceptance' | 'order';

type AnswerChanges = Partial<
  AnswerBase &
    Pick<Dismissal, 'override'> &
    Pick<Acceptance, 'suggestion'> &
    Pick<AcceptedOrder, 'route' | 'order'>
>;

/** An answer to impression `of`, a minute later. An order is by click. */
export function answer(
  type: AnswerType,
  id: number,
  of: number,
  changes: AnswerChanges = {},
): TrialEvent {
  const delay = changes.delay ?? 60_000;
  const { override, suggestion, route = 'click', order, ...rest } = changes;
  const common: AnswerBase = {
    ...base(id, nine + delay),
    impression: uuid(of),
    opening: uuid(of),
    alertDay: calendarDay(nine, trial.timeZone),
    delay,
    ...rest,
  };
  switch (type) {
    case 'dismissal':
      return { ...common, type, override };
    case 'acceptance':
      return { ...common, type, suggestion };
    case 'order':
      return { ...common, type, route, order };
  }
}

/** A whole patient-day. */
export function patientDay(id: number, changes: Partial<PatientDays> = {}): PatientDays {
  return {
    ...base(id, nine),
    patient: 'u1',
    type: 'patient-days',
    calendar: 1,
    midnight: 1,
    elapsed: 1,
    ...changes,
  };
}

/** A departure from the protocol. */
export function deviation(id: number): Deviation {
  return { ...base(id, nine), type: 'deviation', what: 'arm-failed' };
}

/** Three events that were lost. */
export function gap(id: number): Gap {
  const lost = { randomized: false, reason: 'fault', unitId: null } as const;
  return { ...base(id, nine), ...lost, type: 'gap', from: nine - 9, to: nine, count: 3 };
}
