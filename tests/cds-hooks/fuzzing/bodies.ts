import fc from 'fast-check';
import { item } from './answers.ts';
import type { Attack } from './attack.ts';
import { json, post } from './attack.ts';
import { requestOf } from './calls.ts';

const types: readonly (readonly [
  Readonly<Record<string, string | readonly string[]>>,
  RegExp | undefined,
])[] = [
  [{}, /application\/json/],
  [{ 'content-type': 'text/plain' }, /application\/json/],
  [{ 'content-type': 'application/xml' }, /application\/json/],
  [{ 'content-type': 'application/x-www-form-urlencoded' }, /application\/json/],
  [{ 'content-type': 'json' }, /application\/json/],
  [{ 'content-type': 'application/json; charset=iso-8859-1' }, /UTF-8/],
  [{ 'content-type': 'application/json; charset=utf-16' }, /UTF-8/],
  [{ ...json, 'content-encoding': 'gzip' }, /content encoding/],
  [{ 'content-type': 'application/json;charset=UTF-8' }, undefined],
  [{ 'content-type': 'APPLICATION/JSON ; x=y', 'content-encoding': 'identity' }, undefined],
  [{ 'content-type': 'application/fhir+json' }, undefined],
];
/** A body that says of itself what it is, rightly or not. */
export const typed: fc.Arbitrary<Attack> = fc
  .tuple(fc.constantFrom(...types), requestOf('patient-view'), fc.boolean())
  .map(([[headers, names], document, isFeedback]) => ({
    ...post(`/cds-services/as-data${isFeedback ? '/feedback' : ''}`, 'media type'),
    headers,
    load: () => ({ body: JSON.stringify(isFeedback ? { feedback: [item] } : document) }),
    statuses: names === undefined ? [200] : [415],
    names,
  }));

const deep = (levels: number, [open, inside, close]: readonly [string, string, string]): string =>
  open.repeat(levels) + inside + close.repeat(levels);
const nests = [
  ['[', '1', ']'],
  ['{"a":', '1', '}'],
  ['[{"b":[', '', ']}]'],
] as const;

type Raw = Pick<Attack, 'load' | 'statuses' | 'names'>;
const raw = (body: string | Uint8Array, status: number, names?: RegExp): Raw => ({
  load: () => ({ body }),
  statuses: [status],
  names,
});

/** Bodies that no client should send, made of a good one and a number. */
const spoilers: readonly ((text: string, lot: number) => Raw)[] = [
  (text, lot) => raw(text.slice(0, lot % text.length), 400, /not JSON/),
  (text, lot) => {
    const bytes = Buffer.from(text);
    const at = lot % bytes.length;
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    return raw(Buffer.concat([before, Buffer.from([0xff, 0xc0]), after]), 400, /not UTF-8/);
  },
  ...['', ' ', 'null x', '{', "{'hook': 1}", '\u0000', 'NaN'].map(
    (body) => () => raw(body, 400, /not JSON/),
  ),
  (text) => raw(text + text, 400, /not JSON/),
  ...['null', 'true', '17', '"hook"', '[]', '1e999'].map((body) => () => raw(body, 400)),
  ...nests.flatMap((nest) => [
    () => raw(deep(10_000, nest), 400),
    (text: string) => raw(text.replace(/\}$/, `,"extension":${deep(10_000, nest)}}`), 200),
    (text: string) => raw(text.replace(/\}$/, `,"prefetch":{"a":${deep(10_000, nest)}}}`), 200),
  ]),
  (text) => raw(text.replace('{', '{"hook":"other","hook":1,'), 200),
  ...['{"cards":1}', '{"hook":"x"}', 'null', '[1]', '{"patientId":17}'].map(
    (value) => (text: string) =>
      raw(
        text
          .replace('{', `{"__proto__":${value},"constructor":${value},`)
          .replace('"context":{', `"context":{"__proto__":${value},"toString":${value},`),
        200,
      ),
  ),
  ...['1e999', '-1e999', '123456789012345678901234567890', '1e-999'].map(
    (number) => (text: string) => raw(text.replace('{', `{"number":${number},`), 200),
  ),
  (text) => raw(`\ufeff${text}`, 200),
];
/** A body that no client should send. */
export const rawBody: fc.Arbitrary<Attack> = fc
  .tuple(requestOf('patient-view'), fc.constantFrom(...spoilers), fc.nat())
  .map(([document, spoil, lot]) => ({
    ...post('/cds-services/everywhere', 'body'),
    ...spoil(JSON.stringify(document), lot),
  }));

const limit = 4_194_304;
/** A body about as large as is taken, and larger. */
export const largeBody: fc.Arbitrary<Attack> = fc
  .tuple(requestOf('patient-view'), fc.constantFrom(-1, 0, 1, 1_000_000))
  .map(([document, over]) => ({
    ...post('/cds-services/as-data', 'large body'),
    load: () => {
      const text = JSON.stringify(document);
      return { body: text.padEnd(limit + over + (text.length - Buffer.byteLength(text)), ' ') };
    },
    statuses: over > 0 ? [413] : [200],
    names: over > 0 ? /larger than the 4194304 bytes/ : undefined,
  }));
