import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as requestTo } from 'node:http';
import { duplexPair } from 'node:stream';
import { isObject } from '../is-object.ts';
import type { Exchange, Incoming } from './exchange.ts';
import { answerLimit, existingOver } from './exchange.ts';
import type { ExistingOptions, ExistingService } from './existing-service.ts';

/**
 * What answers requests of `node:http`: a listener, or an application or router of Express. As a
 * method, because those take requests of their own type.
 */
export type Listener = {
  answer(
    request: IncomingMessage,
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ): unknown;
}['answer'];

function statusOf(error: unknown): number {
  const status = isObject(error) ? error['status'] : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

async function readAnswer(call: ClientRequest): Promise<Incoming> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    call.on('response', resolve);
    call.on('error', reject);
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > answerLimit)
      throw new Error(`The existing service answered with more than ${answerLimit} bytes.`);
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') };
}

/**
 * An existing service that is a listener of `node:http` or an application or router of Express. It
 * is spoken to in HTTP, but within the process and without a socket; it need not listen.
 *
 * The application may be the one that the trial is mounted in with `toExpress`, before its own
 * routes: calls then go to the trial first, and usual care is what the application did without it.
 *
 * @example
 * const flu = fromListener(app, { path: '/cds-services/flu' });
 *
 * @throws TypeError when the options are malformed
 */
export function fromListener(listener: Listener, options: ExistingOptions): ExistingService {
  if (typeof listener !== 'function') {
    throw new TypeError(
      'fromListener takes a listener of node:http, or an application of Express.',
    );
  }
  // An application ends by itself what it has no route for; a router needs to be told how.
  const isApplication = 'listen' in listener;
  const server = createServer((request, response) => {
    const end = (error?: unknown): void => {
      if (!response.headersSent) response.writeHead(error === undefined ? 404 : statusOf(error));
      response.end();
    };
    const answer = async (): Promise<unknown> =>
      listener(request, response, isApplication ? undefined : end);
    answer().catch(end);
  });

  const exchange: Exchange = async ({ method, address, headers, body = '', signal }) => {
    const [near, far] = duplexPair();
    const length = Buffer.byteLength(body);
    const call = requestTo({
      createConnection: () => near,
      method,
      path: address,
      headers: { host: 'localhost', connection: 'close', 'content-length': length, ...headers },
      signal,
    });
    // What breaks while nobody waits for it must not end the process.
    for (const side of [near, far, call]) side.on('error', () => undefined);
    // A pair does not tell one side that the other was torn down, as a socket does.
    far.on('close', () => {
      if (!far.writableFinished) near.destroy();
    });
    server.emit('connection', far);
    call.end(body);
    try {
      return await readAnswer(call);
    } finally {
      near.destroy();
      far.destroy();
    }
  };
  return existingOver(exchange, { ...options, address: options.path });
}
