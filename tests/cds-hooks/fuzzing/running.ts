import type {
  AlertDefinition,
  AlertService,
  CdsService,
  HttpResponse,
} from '../../../src/cds-hooks/index.ts';
import { alertService, createCdsService } from '../../../src/cds-hooks/index.ts';
import type { TrialEvent } from '../../../src/events/event.ts';
import type { Store, TrialLog } from '../../../src/store/index.ts';
import { openLog } from '../../../src/store/index.ts';
import type { AnswerBody, Influenza } from '../support.ts';
import { base, callBody, noon, orderCard, patientsOf, trial } from '../support.ts';
import type { Shot } from './siege.ts';

/** The key of the stores of these tests. */
export const key: string = 'ab'.repeat(32);

const path = '/cds-services/influenza';

/** What is posted to the alert, or to another address. */
export const posted = (document: unknown, to: string = path): Shot => ({
  method: 'POST',
  path: to,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(document),
});

/** A call for a patient. */
export const callOf = (patient: unknown): Shot => posted(callBody(patient));

/** A batch of answers. */
export const feedbackOf = (...feedback: readonly object[]): Shot =>
  posted({ feedback }, `${path}/feedback`);

/** The override of a card, a minute after noon. */
export const overridden = (card: string | undefined, at: number = noon + 60_000) => ({
  card,
  outcome: 'overridden',
  outcomeTimestamp: new Date(at).toISOString(),
});

interface Running {
  readonly log: TrialLog<Influenza>;
  readonly service: AlertService;
  readonly handler: CdsService;
  /** One whose arm is usual care. */
  readonly patient: string;
  readonly call: (
    who?: unknown,
  ) => Promise<{ readonly status: number; readonly card: string | undefined }>;
  readonly feedback: (...items: readonly object[]) => Promise<HttpResponse>;
}

/** The alert on a store, called in memory. */
export async function running(
  store: Store,
  options: Partial<AlertDefinition<Influenza>> & {
    readonly now?: () => number;
    readonly feedbackDeadline?: number;
  } = {},
): Promise<Running> {
  const { now = () => noon, feedbackDeadline = 60_000, ...change } = options;
  const log = await openLog(trial, store, { now });
  const service = alertService(log, { ...base, cards: () => [orderCard('due')], ...change });
  const handler = createCdsService({ services: [service], now, feedbackDeadline });
  const [patient = ''] = patientsOf(log, 'usual');
  return {
    log,
    service,
    handler,
    patient,
    call: async (who = patient) => {
      const { status, body } = await handler(callOf(who));
      const { cards = [] } = JSON.parse(body) as Partial<AnswerBody>;
      return { status, card: cards[0]?.uuid };
    },
    feedback: async (...items) => handler(feedbackOf(...items)),
  };
}

/** Everything that the ledger holds. */
export async function eventsOf(store: Store): Promise<readonly TrialEvent[]> {
  const events: TrialEvent[] = [];
  for await (const { event } of store.read({ trial: trial.fingerprint })) events.push(event);
  return events;
}

/** The ids of the events of one type. */
export const idsOf = (events: readonly TrialEvent[], type: TrialEvent['type']): readonly string[] =>
  events.filter((event) => event.type === type).map(({ id }) => id);
