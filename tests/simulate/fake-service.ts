import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { assign } from '../../src/allocation/assign.ts';
import { cardId, newImpressionId } from '../../src/events/ids.ts';
import { listAt, textAt, valueAt } from '../../src/simulate/json.ts';
import { influenzaTrial, isAdult, placeOf } from '../../src/simulate/index.ts';

/** What the fake service was sent. */
interface Received {
  readonly calls: { readonly at: string; readonly patient: string; readonly place: string }[];
  readonly feedback: {
    readonly at: string;
    readonly card: string;
    readonly outcome: string;
    readonly timestamp: string;
    readonly reason: string | undefined;
  }[];
  /** Uuids of the cards that were returned, with their arm and the instant of their call. */
  readonly cards: Map<string, { readonly arm: string; readonly at: number }>;
}

export interface FakeService {
  readonly url: string;
  readonly received: Received;
  readonly close: () => Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  request.setEncoding('utf8');
  for await (const chunk of request) body += String(chunk);
  return body;
}

/**
 * A CDS service of a few lines that randomises the demonstration trial.
 *
 * @param fails says whether the request with this number, from 1, is answered with 503
 */
export async function fakeService(
  options: { readonly port?: number; readonly fails?: (number: number) => boolean } = {},
): Promise<FakeService> {
  const received: Received = { calls: [], feedback: [], cards: new Map() };
  let requests = 0;

  const answer = (path: string, at: string, document: unknown): unknown => {
    if (path.endsWith('/feedback')) {
      for (const item of listAt(document, 'feedback')) {
        received.feedback.push({
          at,
          card: textAt(item, 'card'),
          outcome: textAt(item, 'outcome'),
          timestamp: textAt(item, 'outcomeTimestamp'),
          reason: textAt(item, 'overrideReason', 'reason', 'code') || undefined,
        });
      }
      return {};
    }
    const patient = textAt(document, 'context', 'patientId');
    const instant = Date.parse(at);
    const place = placeOf(valueAt(document, 'prefetch', 'encounter')) ?? 'none';
    received.calls.push({ at, patient, place });
    if (!isAdult(textAt(document, 'prefetch', 'patient', 'birthDate'), instant))
      return { cards: [] };
    const { arm } = assign(influenzaTrial, { patient }, { at: instant });
    const content = influenzaTrial.arms.find(({ name }) => name === arm)?.content;
    if (content === undefined || content.quietIn.some((quiet) => quiet === place)) {
      return { cards: [] };
    }
    const impression = newImpressionId();
    return {
      cards: content.cards.map((card, index) => {
        const uuid = cardId(impression, index);
        received.cards.set(uuid, { arm, at: instant });
        return { ...card, uuid };
      }),
    };
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    requests += 1;
    if (options.fails?.(requests) === true) {
      response.writeHead(503).end();
      return;
    }
    const at = String(request.headers['x-simulated-time']);
    const result = answer(request.url ?? '', at, JSON.parse(body));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(result));
  };

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => {
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
