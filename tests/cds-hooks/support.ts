import type { Assignment, AssignOptions } from '../../src/allocation/assign.ts';
import { assign } from '../../src/allocation/assign.ts';
import type { Subject, SubjectIds } from '../../src/allocation/subject.ts';
import type {
  AlertDefinition,
  Card,
  CdsServer,
  CdsServiceOptions,
  HttpHandler,
  AlertService,
} from '../../src/cds-hooks/index.ts';
import { contextIds, createCdsService, serveCds } from '../../src/cds-hooks/index.ts';
import type { LoggedAssignment, Recorded, Settlement, TrialLog } from '../../src/store/log/port.ts';
import type { Protocol } from '../../src/trial/protocol.ts';
import type { Trial } from '../../src/trial/trial.ts';
import { defineTrial } from '../../src/trial/trial.ts';
import { planted } from '../planted.ts';

/** An instant within the trial. */
export const noon: number = Date.parse('2026-10-20T16:00:00Z');

const protocol = {
  algorithm: 'murmur3-32/1',
  id: 'influenza',
  round: 1,
  title: 'Influenza vaccine alert',
  unit: 'patient',
  timeZone: 'America/New_York',
  arms: [
    { name: 'usual', weight: 1, content: { label: 'old' } },
    { name: 'redesign', weight: 1, content: { label: 'new' } },
    { name: 'none', weight: 1, silent: true },
  ],
  control: 'usual',
  start: '2026-10-05',
  end: '2026-11-15',
  primary: { metric: 'alertsPerPatientDay', better: 'lower' },
  guardrails: [],
  responseWindow: 'PT24H',
  governance: {
    determination: 'synthetic',
    reference: 'none',
    owner: 'tests',
    optOut: 'nobody',
  },
} as const;
export type Influenza = typeof protocol;
export const trial: Trial<Influenza> = defineTrial(protocol);

export function card(summary: string): Card {
  return { summary, indicator: 'info', source: { label: 'Pharmacy' } };
}

export function orderCard(summary: string): Card {
  return {
    ...card(summary),
    selectionBehavior: 'at-most-one',
    suggestions: [{ label: 'Order the vaccine' }, { label: 'Remind me', uuid: 'remind' }],
  };
}

/** What a fake log was told, in the order of the calls. */
export interface Row {
  readonly type: 'impression' | 'dismissal' | 'acceptance' | 'deviation';
  readonly assignment?: Assignment;
  readonly impression?: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface FakeLog<P extends Protocol> extends TrialLog<P> {
  readonly rows: readonly Row[];
}

type Settle = (row: Row) => Settlement | Promise<Settlement>;

/** A log that keeps what it is told in memory, and settles as it is told. */
export function fakeLog<P extends Protocol>(
  trial: Trial<P>,
  settle: Settle = () => ({ status: 'durable' }),
): FakeLog<P> {
  const rows: Row[] = [];
  const counters = {
    durable: 0,
    duplicate: 0,
    unknown: 0,
    rejected: 0,
    lost: 0,
    waiting: 0,
    spooled: 0,
  };
  const take = (row: Row): Recorded => {
    rows.push(row);
    counters.waiting += 1;
    const settled = (async () => {
      const settlement = await settle(row);
      counters.waiting -= 1;
      counters[settlement.status] += 1;
      return settlement;
    })();
    return { id: typeof row.details['id'] === 'string' ? row.details['id'] : '', settled };
  };
  return {
    trial,
    counters,
    rows,
    assign(subject: Subject<P['unit']>, options?: AssignOptions): LoggedAssignment<P> {
      return { ...assign(trial, subject, options), ids: { patient: subject.patient }, stratum: '' };
    },
    impression: (assignment, details) => ({
      ...take({ type: 'impression', assignment, details: { ...details } }),
      repeat: false,
    }),
    dismissal: (impression, details) =>
      take({ type: 'dismissal', impression, details: { ...details } }),
    acceptance: (impression, details) =>
      take({ type: 'acceptance', impression, details: { ...details } }),
    acceptedOrder: (impression, details) =>
      take({ type: 'acceptance', impression, details: { ...details } }),
    patientDays: () => take({ type: 'impression', details: {} }),
    deviation: (assignment, what) => take({ type: 'deviation', assignment, details: { what } }),
    backfill: () => {
      throw new Error('nothing of the past is given to a fake log');
    },
    flush: async () => undefined,
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

interface Assigner {
  assign(subject: SubjectIds, options: { readonly at: number }): { readonly arm: string };
}

/** Ids of patients that a log assigns to an arm. */
export function patientsOf(log: Assigner, arm: string, count = 1): readonly string[] {
  const found: string[] = [];
  for (let index = 0; found.length < count; index += 1) {
    const patient = planted('mrn', index);
    if (log.assign({ patient }, { at: noon }).arm === arm) found.push(patient);
  }
  return found;
}

export function patientOf(log: Assigner, arm: string): string {
  return patientsOf(log, arm)[0] ?? '';
}

export const base: Omit<AlertDefinition<Influenza>, 'cards'> & {
  readonly subject: typeof contextIds;
} = {
  id: 'influenza',
  hook: 'patient-view',
  title: 'Influenza vaccine',
  description: 'Reminds of the influenza vaccine',
  subject: contextIds,
};

export function callBody(patientId: unknown): {
  readonly hook: string;
  readonly hookInstance: string;
  readonly context: Readonly<Record<string, unknown>>;
} {
  return {
    hook: 'patient-view',
    hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
    context: { userId: `Practitioner/${planted('clinician', 7)}`, patientId },
  };
}

/** A service on a socket of its own. */
export async function served(
  services: readonly AlertService[],
  options: Omit<Partial<CdsServiceOptions>, 'services'> = {},
): Promise<CdsServer & { readonly handler: HttpHandler }> {
  const handler = createCdsService({ services, now: () => noon, ...options });
  const server = await serveCds(handler, { port: 0 });
  return { ...server, handler, [Symbol.asyncDispose]: server.close };
}

/** What the service may answer with, as far as tests look at it. */
export interface AnswerBody {
  readonly cards: readonly (Card & { readonly uuid: string })[];
  readonly resourceType?: string;
  readonly issue: readonly {
    readonly code: string;
    readonly diagnostics: string;
    readonly expression?: readonly string[];
  }[];
}

/** Posts a document, or a text as it is. */
export async function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly headers: Headers; readonly body: AnswerBody }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}
