import fc from 'fast-check';
import { planted } from '../../planted.ts';
import { anyRequest } from '../arbitraries.ts';
import { brokenFeedback, contradiction, faultyFeedback, feedback, toNobody } from './answers.ts';
import type { Attack } from './attack.ts';
import { post } from './attack.ts';
import { largeBody, rawBody, typed } from './bodies.ts';
import { brokenCall, faultyCall, goodCall } from './calls.ts';

const reading: fc.Arbitrary<Attack> = fc
  .tuple(
    fc.constantFrom('/cds-services', '/cds-services/', '/health', '/ready', '/metrics'),
    fc.constantFrom('GET', 'GET', 'HEAD', 'OPTIONS'),
    fc.constantFrom<Record<string, string>[]>(
      {},
      { origin: 'https://ehr.example' },
      { origin: 'null' },
    ),
  )
  .map(([path, method, headers]) => ({
    what: path.startsWith('/cds-services') ? 'discovery' : 'reading',
    method,
    path,
    headers,
    statuses: [method === 'OPTIONS' ? 204 : 200],
  }));

const otherMethod: fc.Arbitrary<Attack> = fc
  .tuple(
    fc.constantFrom(
      '/cds-services',
      '/cds-services/as-data',
      '/cds-services/as-data/feedback',
      '/health',
    ),
    fc.constantFrom('PUT', 'DELETE', 'PATCH', 'GET', 'POST', 'TRACE', 'PROPFIND'),
  )
  .filter(([path, method]) => method !== (/data/.test(path) ? 'POST' : 'GET'))
  .map(([path, method]) => ({
    what: 'method',
    method,
    path,
    headers: {},
    statuses: [405],
    names: /^This address takes (?:GET, HEAD|POST), OPTIONS\.$/,
  }));

const paths = fc.oneof(
  fc.constantFrom(
    '/',
    '//',
    '/cds-services/../health',
    '/cds-services/%2e%2e/health',
    '/cds-services/unheard-of%2Ffeedback',
    '/cds-services/%',
    '/cds-services/%ff%fe',
    '/cds-services/%ED%A0%80',
    '/cds-services/%00',
    '/cds-services/as-data/feedback/more',
    '/cds-services//as-data',
    '/cds-services/AS-DATA',
    '/CDS-SERVICES',
    '/cds-services/__proto__',
    '/cds-services/constructor/feedback',
    '/metrics/more',
    `/cds-services/${planted('mrn', 4)}`,
    `/cds-services/${'x'.repeat(5_000)}`,
  ),
  fc.string({ maxLength: 30 }).map((end) => `/cds-services/${encodeURIComponent(end)}/x/y`),
);
const elsewhere: fc.Arbitrary<Attack> = fc
  .tuple(paths, fc.constantFrom('POST', 'GET'), anyRequest)
  .map(([path, method, document]) => ({
    ...post(path, 'path'),
    method,
    ...(method === 'GET' ? { headers: {} } : { load: () => ({ body: JSON.stringify(document) }) }),
    // What stands behind the Fetch standard is not told of two dots.
    statuses: /\.\.|%2e/.test(path) ? [200, 404, 405] : [404, 405],
    names:
      /no service of this name|nothing at this address|address is malformed|This address takes/,
  }));

/** Every kind of request, those of a service that works the most often. */
export const anyAttack: fc.Arbitrary<Attack> = fc
  .oneof(
    { weight: 260, arbitrary: goodCall },
    { weight: 250, arbitrary: brokenCall },
    { weight: 50, arbitrary: faultyCall },
    { weight: 90, arbitrary: feedback },
    { weight: 20, arbitrary: toNobody },
    { weight: 80, arbitrary: brokenFeedback },
    { weight: 30, arbitrary: faultyFeedback },
    { weight: 20, arbitrary: contradiction },
    { weight: 30, arbitrary: reading },
    { weight: 20, arbitrary: otherMethod },
    { weight: 40, arbitrary: elsewhere },
    { weight: 30, arbitrary: typed },
    { weight: 79, arbitrary: rawBody },
    { weight: 1, arbitrary: largeBody },
  )
  // What fails says which request it was; a list of functions says nothing.
  .map((attack) => Object.assign(attack, { [fc.toStringMethod]: () => attack.what }));
