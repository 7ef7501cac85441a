import { RequestError } from '../errors.ts';

/** A request, free of any framework. */
export interface HttpRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The text, the bytes, or a stream of them that is read only as far as the limit. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | null | undefined;
}

/** A response, free of any framework. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, the text of metrics, or nothing. */
  readonly body: string;
}

/** Answers a request. Never rejects. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse>;

/** The value of a header; that of the first when there are several. */
export function headerOf(
  { headers }: Pick<HttpRequest, 'headers'>,
  name: string,
): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

function tooLarge(limit: number): RequestError {
  return new RequestError(`The body is larger than the ${limit} bytes that are taken here.`, {
    status: 413,
  });
}

// By what it is and not by its constructor, which another realm has too.
function isBytes(body: object): body is Uint8Array {
  return ArrayBuffer.isView(body);
}

async function bytesOf(body: HttpRequest['body'], limit: number): Promise<Uint8Array> {
  if (body === null || body === undefined) return new Uint8Array();
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  if (isBytes(body)) return body;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function checkType(request: HttpRequest): void {
  const type = headerOf(request, 'content-type') ?? '';
  const [media = '', ...parameters] = type.toLowerCase().split(';');
  if (!/^application\/(?:[a-z0-9.+-]+\+)?json$/.test(media.trim())) {
    throw new RequestError('Send the body as application/json.', { status: 415 });
  }
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/.exec(parameter)?.[1])
    .find((name) => name !== undefined);
  if (charset !== undefined && !['utf-8', 'utf8', 'us-ascii'].includes(charset)) {
    throw new RequestError('Send the body in UTF-8.', { status: 415 });
  }
  const encoding = headerOf(request, 'content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new RequestError('Send the body without a content encoding.', { status: 415 });
  }
}

/**
 * Reads the body of a request as JSON.
 *
 * @param limit bytes that are taken at most
 * @throws RequestError 400, 413 or 415
 */
export async function readJson(request: HttpRequest, limit: number): Promise<unknown> {
  checkType(request);
  if (Number(headerOf(request, 'content-length') ?? 0) > limit) throw tooLarge(limit);
  let bytes: Uint8Array;
  try {
    bytes = await bytesOf(request.body, limit);
  } catch (cause) {
    if (cause instanceof RequestError) throw cause;
    throw new RequestError('The body could not be read to its end.', { cause });
  }
  if (bytes.byteLength > limit) throw tooLarge(limit);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RequestError('The body is not UTF-8.', { cause });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    // The parser's own message quotes the body, which holds patients' data.
    throw new RequestError('The body is not JSON.', { cause });
  }
}

/** A response with a JSON body. */
export function json(
  status: number,
  document: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      ...headers,
    },
    body: JSON.stringify(document),
  };
}
