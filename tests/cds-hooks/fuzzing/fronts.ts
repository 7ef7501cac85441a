import type { IncomingMessage, RequestListener } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import express from 'express';
import fastify from 'fastify';
import type { CdsService } from '../../../src/cds-hooks/index.ts';
import {
  fastifyCds,
  serveCds,
  toExpress,
  toFetchHandler,
  toNodeListener,
} from '../../../src/cds-hooks/index.ts';
import { listening } from '../../listening.ts';
import type { Echo, Shot, Transport } from './siege.ts';
import type { Front } from './under-fire.ts';

function headOf({ method, path, headers }: Shot, more: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ host: 'cds.example', ...headers, ...more }).flatMap(
    ([name, value]) => [value].flat().map((each) => `${name}: ${each}`),
  );
  return `${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`;
}

/** The bytes of a request; every other body goes in chunks. */
export function bytesOf(shot: Shot): Buffer {
  if (shot.body === undefined) return Buffer.from(headOf(shot, {}));
  const body = Buffer.from(shot.body);
  const size = body.byteLength;
  if (size % 2 === 0) {
    return Buffer.concat([Buffer.from(headOf(shot, { 'content-length': String(size) })), body]);
  }
  const half = Math.ceil(size / 2);
  const chunk = (part: Buffer): readonly Buffer[] =>
    part.byteLength === 0
      ? []
      : [Buffer.from(`${part.byteLength.toString(16)}\r\n`), part, Buffer.from('\r\n')];
  return Buffer.concat([
    Buffer.from(headOf(shot, { 'transfer-encoding': 'chunked' })),
    ...chunk(body.subarray(0, half)),
    ...chunk(body.subarray(half)),
    Buffer.from('0\r\n\r\n'),
  ]);
}

/** An answer as far as it has come; undefined until it is whole. */
function answerIn(received: Buffer, method: string): Echo | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(first.split(' ')[1]);
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const body = received.subarray(end + 4);
  const length =
    method === 'HEAD' || status === 204 ? 0 : Number(headers['content-length'] ?? Infinity);
  if (body.byteLength < length) return undefined;
  return { status, headers, body: body.subarray(0, length).toString('utf8') };
}

/** Carries requests byte by byte as they were made, each on a connection of its own. */
export function overSocket(url: string): Transport {
  const { hostname, port } = new URL(url);
  return (shot) =>
    new Promise((resolve, reject) => {
      let received = Buffer.alloc(0);
      const socket = connect(Number(port), hostname);
      socket.on('error', reject);
      socket.on('close', () => reject(new Error(`no answer, but ${received.toString('utf8')}`)));
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        const answer = answerIn(received, shot.method);
        if (answer === undefined) return;
        resolve(answer);
        socket.destroy();
      });
      socket.write(bytesOf(shot));
    });
}

function requestOf(incoming: IncomingMessage): Request {
  const { method = 'GET', url = '/', headers } = incoming;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(new URL(url, 'http://cds.example'), {
    method,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, String(value)]),
    ),
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' } : {}),
  });
}

/** What runs listeners of the Fetch standard, as small as can be. */
function fetchListener(handler: CdsService): RequestListener {
  const answer = toFetchHandler(handler);
  return (incoming, outgoing) => {
    const respond = async (): Promise<void> => {
      const response = await answer(requestOf(incoming));
      const body = Buffer.from(await response.arrayBuffer());
      const length = response.status === 204 ? {} : { 'content-length': body.byteLength };
      outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), ...length });
      outgoing.end(body);
    };
    // A method that the standard forbids has no request there.
    respond().catch(() => outgoing.writeHead(405, { 'content-length': 0 }).end());
  };
}

/** The handler behind every adapter there is, on sockets. */
export async function everyFront(handler: CdsService): Promise<Front> {
  const served = await serveCds(handler, { port: 0 });
  const node = await listening(toNodeListener(handler));
  const fetching = await listening(fetchListener(handler));
  const within = await listening(express().use(toExpress(handler)));
  const app = fastify();
  await app.register(fastifyCds(handler));
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  // A server that does not join headers of one name takes the first, as good as any.
  const joined =
    (transport: Transport): Transport =>
    (shot) =>
      transport({
        ...shot,
        headers: Object.fromEntries(
          Object.entries(shot.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
        ),
      });
  return {
    transports: [
      overSocket(served.url),
      ...[node.url, fetching.url, within.url, url].map((each) => joined(overSocket(each))),
    ],
    [Symbol.asyncDispose]: async () => {
      await served.close();
      for (const each of [node, fetching, within]) await each[Symbol.asyncDispose]();
      await app.close();
    },
  };
}
