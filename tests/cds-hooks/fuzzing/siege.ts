import type { HttpHandler } from '../../../src/cds-hooks/index.ts';
import type { Store } from '../../../src/store/index.ts';
import { parseEvent } from '../../../src/events/schema.ts';
import { cardId } from '../../../src/events/ids.ts';
import type { TrialEvent } from '../../../src/events/event.ts';
import { plantedMarks } from '../../planted.ts';
import { noon } from '../support.ts';
import type { Attack, Load, Returned, Sent } from './attack.ts';
import { diagnosticsOf, faultsOfAnswer, faultsOfDiscovery, faultsOfOutcome } from './conforming.ts';
import { badToken, goodToken } from './tokens.ts';

/** A request as it goes out, wherever to. */
export interface Shot {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array | undefined;
}

/** What came back. */
export interface Echo {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/**
 * Whether an answer is that of what the handler is mounted in: of a request that is not for the handler, or
 * that the host has no name for.
 */
const isOfHost = ({ what }: Attack, { status, headers }: Echo): boolean =>
  headers['x-request-id'] === undefined &&
  (what === 'path' || what === 'method') &&
  [400, 404, 405].includes(status);

/** What carries a request to a handler and its answer back. */
export type Transport = (shot: Shot) => Promise<Echo>;

/** How a request is sent: to the handler that asks for tokens or to the other, and with which token. */
export interface Way {
  readonly to: 'open' | 'guarded';
  readonly transport: Transport;
  readonly caller: string;
  /** Which of the bad tokens; undefined for a good one. */
  readonly bad?: number | undefined;
}

/** Hands requests to a handler in memory. */
export const inMemory =
  (handler: HttpHandler): Transport =>
  async (shot) =>
    handler(shot);

/** What became of everything that was sent. */
export interface Tally {
  readonly requests: number;
  /** How many of each kind were answered with which status, as `kind status`. */
  readonly byStatus: ReadonlyMap<string, number>;
  /** The first cards of what was returned: ids of impressions. */
  readonly returned: ReadonlySet<string>;
  readonly acknowledged: readonly Sent[];
  /** Impressions that a malformed batch may have answered. */
  readonly touched: ReadonlySet<string>;
}

/** Sends requests, checks each answer, and remembers what the ledger must hold by the end. */
export interface Siege {
  readonly carryOut: (attack: Attack, way: Way) => Promise<void>;
  readonly tally: () => Tally;
}

/** Whether a text holds an identifier that was given away. */
export function leaks(text: string): boolean {
  return plantedMarks.some((mark) => text.includes(mark));
}

const isGuarded = ({ what, method, path }: Attack): boolean =>
  path.startsWith('/cds-services') && what !== 'path' && what !== 'method' && method !== 'OPTIONS';

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

function faultsIn({ what, method, path, names }: Attack, echo: Echo): readonly string[] {
  const { status, headers, body } = echo;
  if (method === 'HEAD' || status === 204) return body === '' ? [] : ['has a body'];
  if (status === 200 && path === '/metrics') return [];
  if (headers['content-type'] !== 'application/json; charset=utf-8')
    return ['is not typed as JSON'];
  const document = parsed(body);
  if (document === undefined) return ['is not JSON'];
  if (status === 200) {
    if (what === 'discovery') return faultsOfDiscovery(document);
    if (path.endsWith('feedback')) return body === '{}' ? [] : ['is no answer to feedback'];
    return method === 'POST' ? faultsOfAnswer(document) : [];
  }
  const said = diagnosticsOf(document);
  return [
    ...faultsOfOutcome(document),
    ...(names === undefined || names.test(said) ? [] : [`does not say ${String(names)}: ${said}`]),
    ...(status === 405 && headers['allow'] === undefined ? ['names no methods'] : []),
    ...(status === 401 && headers['www-authenticate'] === undefined ? ['asks for no token'] : []),
  ];
}

/** What is expected of an attack once it is known how it is sent. */
function aimed(attack: Attack, { to, caller, bad }: Way): Attack {
  if (to === 'open') return attack;
  const { path, headers } = attack;
  if (!isGuarded(attack)) {
    return { ...attack, statuses: [...attack.statuses, 401], names: undefined };
  }
  if (bad === undefined) {
    return { ...attack, headers: { ...headers, authorization: goodToken(caller, path) } };
  }
  const { authorization, status, names } = badToken(bad, path);
  const sent = authorization === undefined ? headers : { ...headers, authorization };
  return { ...attack, headers: sent, statuses: [status], names };
}

const isForeign = ({ to, caller }: Way, card: Returned): boolean =>
  to === 'guarded' && card.caller !== caller;

/** Begins a siege. */
export function siege(): Siege {
  const cards: Returned[] = [];
  const byStatus = new Map<string, number>();
  const returned = new Set<string>();
  const acknowledged: Sent[] = [];
  const touched = new Set<string>();
  let requests = 0;
  let instants = 0;
  const situation = {
    pick: (lot: number) => cards[lot % Math.max(1, cards.length)],
    instant: () => noon + 60_000 + (instants += 1),
  };

  function keep(document: unknown, way: Way): void {
    // Checked before: it is an answer to a call.
    const { cards: shown } = document as {
      readonly cards: readonly {
        readonly uuid: string;
        readonly suggestions?: readonly { readonly uuid: string }[];
      }[];
    };
    const caller = way.to === 'guarded' ? way.caller : undefined;
    for (const { uuid: card, suggestions = [] } of shown) {
      cards.push({ card, caller, suggestions: suggestions.map(({ uuid }) => uuid) });
    }
    const [first] = shown;
    if (first !== undefined) returned.add(first.uuid);
  }

  function checkFeedback({ answers = [] }: Load, way: Way, status: number): readonly string[] {
    const own = answers.filter(({ to }) => !isForeign(way, to));
    acknowledged.push(...own);
    const expected = own.length < answers.length ? 403 : 200;
    return status === expected ? [] : [`should have the status ${expected}`];
  }

  return {
    carryOut: async (plain, way) => {
      const attack = aimed(plain, way);
      const { what, method, path, headers, statuses } = attack;
      const load = attack.load?.(situation);
      requests += 1;
      const echo = await way.transport({ method, path, headers, body: load?.body });
      const { status, body } = echo;
      const said = body + JSON.stringify(echo.headers);
      const isLetIn = way.to === 'open' || way.bad === undefined;
      if (isOfHost(attack, echo)) return;
      const faults = [
        ...(statuses.includes(status) ? [] : [`should have one of ${statuses.join(', ')}`]),
        ...faultsIn(attack, echo),
        ...(leaks(said) ? ['holds an identifier of a person'] : []),
        ...(isLetIn && what === 'feedback' && load !== undefined
          ? checkFeedback(load, way, status)
          : []),
      ];
      if (faults.length > 0) {
        throw new Error(
          [
            `${what}, sent to the ${way.to} handler: ${method} ${path.slice(0, 200)}`,
            JSON.stringify(headers).slice(0, 300),
            Buffer.from(load?.body ?? '')
              .toString('utf8')
              .slice(0, 2_000),
            `was answered with ${status}: ${body.slice(0, 1_000)}`,
            ...faults.slice(0, 10).map((fault) => `- ${fault}`),
          ].join('\n'),
        );
      }
      if (isLetIn) for (const card of load?.touched ?? []) touched.add(cardId(card, 0));
      if (status === 200 && method === 'POST' && !path.endsWith('feedback'))
        keep(parsed(body), way);
      const key = `${what} ${status}`;
      byStatus.set(key, (byStatus.get(key) ?? 0) + 1);
    },
    tally: () => ({ requests, byStatus, returned, acknowledged, touched }),
  };
}

const keyOf = (impression: string, outcome: string, at: number, suggestion = ''): string =>
  JSON.stringify([impression, outcome, at, suggestion]);

/** What the ledger holds against what was answered. */
export interface Reckoning {
  readonly events: number;
  /** Why events are none, at most ten. */
  readonly malformed: readonly string[];
  readonly leaking: number;
  /** Impressions that were returned by one side only. */
  readonly impressionsMissing: number;
  readonly impressionsUnexplained: number;
  readonly silent: number;
  readonly answersMissing: number;
  readonly answersUnexplained: number;
}

/** Reads the whole ledger, checks each event, and compares it with what clients were told. */
export async function reckon(
  store: Store,
  trials: readonly string[],
  { returned, acknowledged, touched }: Tally,
): Promise<Reckoning> {
  const events: TrialEvent[] = [];
  for (const trial of trials)
    for await (const { event } of store.read({ trial })) events.push(event);
  const malformed = events.flatMap((event) => {
    try {
      parseEvent(event);
      return [];
    } catch (error) {
      return [String(error)];
    }
  });
  const firings = events.filter((event) => event.type === 'impression');
  const shown = new Set(firings.filter(({ stage }) => stage === 'returned').map(({ id }) => id));
  const answers = new Map(
    events.flatMap((event) => {
      if (event.type !== 'dismissal' && event.type !== 'acceptance') return [];
      const { impression, at } = event;
      const outcome = event.type === 'dismissal' ? 'overridden' : 'accepted';
      const suggestion = event.type === 'acceptance' ? event.suggestion : undefined;
      return [[keyOf(impression, outcome, at, suggestion), impression] as const];
    }),
  );
  const told = new Set(
    acknowledged.map(({ card, outcome, at, suggestion }) =>
      keyOf(cardId(card, 0), outcome, at, suggestion),
    ),
  );
  return {
    events: events.length,
    malformed: malformed.slice(0, 10),
    leaking: events.filter((event) => leaks(JSON.stringify(event))).length,
    impressionsMissing: [...returned].filter((id) => !shown.has(id)).length,
    impressionsUnexplained: [...shown].filter((id) => !returned.has(id)).length,
    silent: firings.length - shown.size,
    answersMissing: [...told].filter((key) => !answers.has(key)).length,
    answersUnexplained: [...answers].filter(
      ([key, impression]) => !told.has(key) && !touched.has(impression),
    ).length,
  };
}
