import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { RequestError } from '../errors.ts';
import { askHandler, unreadable } from './ask-handler.ts';
import { isOwnCall } from './existing/own-call.ts';
import type { HttpHandler, HttpRequest } from './http.ts';
import { isObject } from './is-object.ts';
import { bytesFrom, pathOf, send } from './node.ts';

/** A request of Express, whose body may have been read and parsed. */
export type ExpressRequest = IncomingMessage & { readonly body?: unknown };

/** Hands on to what stands next in the application. */
type ExpressNext = (error?: unknown) => void;

/** Middleware of Express. */
export type ExpressMiddleware = (
  request: ExpressRequest,
  response: ServerResponse,
  next: ExpressNext,
) => void;

/** Middleware of Express for what went wrong before it. */
export type ExpressErrorMiddleware = (
  error: unknown,
  request: ExpressRequest,
  response: ServerResponse,
  next: ExpressNext,
) => void;

/** What a handler is given of a request, and what happens to a request that is not for it. */
interface Handover {
  readonly headers: HttpRequest['headers'];
  readonly body: AsyncIterable<Uint8Array>;
  readonly goOn: () => void;
}

/** The headers of a body that was parsed: it is no longer encoded, and has another length. */
function headersOfParsed({ headers }: ExpressRequest): HttpRequest['headers'] {
  const {
    'content-encoding': _encoding,
    'content-length': _length,
    'content-type': type = '',
    ...others
  } = headers;
  const [media = ''] = type.split(';');
  return { ...others, 'content-type': media };
}

/** A body that was parsed, as text again. It fails where it is read, so that the handler answers for it. */
function bytesOfParsed(body: unknown): AsyncIterable<Uint8Array> {
  if (body === undefined) {
    const message = 'The body was read before it came here, and is lost.';
    return unreadable(new RequestError(message, { status: 500 }));
  }
  if (body instanceof Uint8Array) return Readable.from([body]);
  try {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return Readable.from([Buffer.from(text, 'utf8')]);
  } catch (cause) {
    // A parser takes what is nested deeper than can be written.
    const message = 'The body is nested too deeply to be read here.';
    return unreadable(new RequestError(message, { cause }));
  }
}

function refusedBy(status: number): RequestError {
  const message =
    status === 413
      ? 'The body is larger than is taken here.'
      : status === 415
        ? 'Send the body in UTF-8 and without a content encoding.'
        : 'The body could not be read as JSON.';
  return new RequestError(message, { status });
}

/** The status with which a body parser refused a body; what other middleware refuses is its own. */
function statusOfParser(error: unknown): number | undefined {
  if (!isObject(error) || typeof error['type'] !== 'string') return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/**
 * Lets a handler answer within an application of Express 4 or 5, before or after `express.json()`.
 * What is not an address of the handler, or names no service of it, goes on to the next route. It is
 * two pieces of middleware in one list: the second answers for a body that a parser before it
 * refused, so that a client is not sent a page of HTML.
 *
 * Mounted under a path, the handler needs no `basePath`. A body parser that stands before it has a
 * limit of its own (100 kB by default), which is small for a call with prefetch: stand before it
 * where that can be chosen.
 *
 * To put single services of an application on trial at the addresses that they have, and leave it its
 * discovery and its other services, stand before those addresses only, as in the second example.
 *
 * @example
 * app.use('/alerts', toExpress(createCdsService({ services })));
 * @example
 * const front = express();
 * front.all(['/cds-services/flu', '/cds-services/flu/feedback'], toExpress(handler)).use(app);
 */
export function toExpress(handler: HttpHandler): [ExpressMiddleware, ExpressErrorMiddleware] {
  async function serve(
    request: ExpressRequest,
    response: ServerResponse,
    { headers, body, goOn }: Handover,
  ): Promise<void> {
    // Without a listener, the error of a connection that breaks would end the process.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const { method = 'GET' } = request;
    const answer = await askHandler(handler, { method, path: pathOf(request), headers, body });
    try {
      if (answer !== undefined) send(response, answer);
    } catch {
      response.destroy();
    }
    if (answer === undefined) goOn();
  }

  return [
    (request, response, next) => {
      // The existing service that is asked for usual care may be a later route of this application.
      if (isOwnCall(request)) {
        next();
        return;
      }
      const content = request.readableDidRead
        ? { headers: headersOfParsed(request), body: bytesOfParsed(request.body) }
        : { headers: request.headers, body: bytesFrom(request) };
      void serve(request, response, { ...content, goOn: () => next() });
    },
    (error, request, response, next) => {
      const status = request.method === 'POST' ? statusOfParser(error) : undefined;
      if (status === undefined || isOwnCall(request)) {
        next(error);
        return;
      }
      const headers = headersOfParsed(request);
      const handover = { headers, body: unreadable(refusedBy(status)), goOn: () => next(error) };
      void serve(request, response, handover);
    },
  ];
}
