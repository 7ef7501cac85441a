import type { IncomingMessage } from 'node:http';
import { RequestError } from '../errors.ts';
import { askHandler, unreadable } from './ask-handler.ts';
import { breakCircles } from './existing/own-call.ts';
import type { HttpHandler, HttpRequest } from './http.ts';
import { isObject } from './is-object.ts';
import { bytesFrom } from './node.ts';

/** What is used of a request of Fastify. */
interface FastifyRequestLike {
  readonly method: string;
  readonly params: unknown;
  readonly headers: HttpRequest['headers'];
  readonly body?: unknown;
}

/** What is used of a reply of Fastify. */
interface FastifyReplyLike {
  code(status: number): unknown;
  headers(values: Record<string, string>): unknown;
  send(payload?: unknown): unknown;
  callNotFound(): unknown;
}

/** What is used of an instance of Fastify. */
export interface FastifyLike {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    type: string,
    parser: (
      request: FastifyRequestLike,
      payload: IncomingMessage,
      done: (error: Error | null, body?: unknown) => void,
    ) => void,
  ): unknown;
  setErrorHandler(
    handler: (error: unknown, request: FastifyRequestLike, reply: FastifyReplyLike) => unknown,
  ): unknown;
  route(options: {
    method: string[];
    url: string;
    handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => unknown;
  }): unknown;
}

/** A plugin of Fastify. */
export type FastifyPlugin = (instance: FastifyLike) => Promise<void>;

const notJson = new RequestError('Send the body as application/json.', { status: 415 });

const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Whether Fastify refused a body before any route was asked. */
function isRefusedBody(error: unknown): boolean {
  return isObject(error) && String(error['code']).startsWith('FST_ERR_CTP_');
}

function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return isObject(body) && Symbol.asyncIterator in body;
}

/** What stands behind the prefix, which may have parameters of its own; encoded, as it was sent. */
function pathOf(params: unknown): string {
  const rest = isObject(params) ? params['*'] : undefined;
  return `/${(typeof rest === 'string' ? rest : '').split('/').map(encodeURIComponent).join('/')}`;
}

async function* nothing(): AsyncGenerator<Uint8Array, void> {}

/**
 * Lets a handler answer within an application of Fastify 5, as a plugin that keeps to itself: the
 * application's other routes, parsers and error pages stay as they are. What is not an address of
 * the handler, or names no service of it, is answered as the application answers what it does not
 * know. Hooks of the application run here too.
 *
 * Registered with a prefix, the handler needs no `basePath`. It takes every address under its prefix
 * that no route of the application is nearer to.
 *
 * @example
 * await app.register(fastifyCds(createCdsService({ services })), { prefix: '/alerts' });
 */
export function fastifyCds(handler: HttpHandler): FastifyPlugin {
  const ours = breakCircles(handler);
  return async (instance) => {
    async function serve(
      { method, params, headers }: FastifyRequestLike,
      reply: FastifyReplyLike,
      body: AsyncIterable<Uint8Array>,
    ): Promise<unknown> {
      const answer = await askHandler(ours, { method, path: pathOf(params), headers, body });
      if (answer === undefined) return reply.callNotFound();
      reply.code(answer.status);
      reply.headers({ ...answer.headers });
      // As bytes: Fastify would write a text as JSON once more.
      return reply.send(answer.body === '' ? undefined : Buffer.from(answer.body, 'utf8'));
    }

    // The handler has its own limit of a body, and its own answers to those that it does not take.
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser('*', (_request, payload, done) => {
      // Without a listener, the error of a connection that breaks would end the process.
      payload.on('error', () => undefined);
      done(null, bytesFrom(payload));
    });
    instance.setErrorHandler((error, request, reply) => {
      if (!isRefusedBody(error)) throw error;
      return serve(request, reply, unreadable(notJson));
    });
    instance.route({
      method: methods,
      url: '/*',
      handler: (request, reply) =>
        serve(request, reply, isStream(request.body) ? request.body : nothing()),
    });
  };
}
