import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { claimsFor, ellipticSigner, signed } from '../cds-hooks/tokens.ts';
import { recordServer } from '../fhir/record-server.ts';
import { recordOf } from '../fhir/ingest-fixtures.ts';
import { planted } from '../planted.ts';
import { commandHere } from './command.ts';
import { eventsOf, placeForFiles, totalsOf } from './extracts.ts';
import { end, serve, served } from './services.ts';

const place = placeForFiles();

const body = (patientId: string) => ({
  hook: 'patient-view',
  hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
  context: { userId: `Practitioner/${planted('clinician', 1)}`, patientId },
});

describe('rapidcycle serve, inside of an EHR', () => {
  test('serves signed calls of several organisations, from browsers too, while a record is ingested', async () => {
    const publicUrl = 'https://cds.example/trial';
    const [north, south] = [ellipticSigner('north'), ellipticSigner('south')];
    place.give('south.json', { keys: [south.jwk] });
    const clients = place.give('clients.json', {
      clients: [
        { issuer: 'https://north.example', jwks: { keys: [north.jwk] } },
        { issuer: 'https://south.example', jwksFile: 'south.json' },
      ],
    });
    const ledger = place.made('signed.db');
    const service = await serve([
      place.give('signed.json', served),
      '--ledger',
      ledger,
      '--clients',
      clients,
      '--public-url',
      publicUrl,
      '--cors',
      'https://ehr.example',
    ]);
    const path = '/cds-services/influenza';
    const post = (signer: typeof north, at: string, content: unknown): Promise<Response> => {
      const issuer = `https://${signer.kid}.example`;
      const claims = claimsFor({ issuer, audience: `${publicUrl}${at}`, at: Date.now() });
      return fetch(`${service.url}${at}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${signed(signer, { claims })}`,
          origin: 'https://ehr.example',
        },
        body: JSON.stringify(content),
      });
    };
    const response = await post(north, path, body(planted('mrn', 1)));
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://ehr.example');
    const { cards } = (await response.json()) as { cards: { uuid: string }[] };
    const feedback = {
      feedback: [
        {
          card: cards[0]?.uuid,
          outcome: 'accepted',
          acceptedSuggestions: [{ id: 'x' }],
          outcomeTimestamp: new Date().toISOString(),
        },
      ],
    };
    // A card is answered by whom it went to.
    await post(south, `${path}/feedback`, feedback);
    expect((await post(north, `${path}/feedback`, feedback)).status).toBe(200);
    expect((await post(south, path, body(planted('mrn', 2)))).status).toBe(200);

    await using server = await recordServer(recordOf([planted('mrn', 1)]));
    const words = ['ingest', 'fhir', ledger, '--server', server.url];
    expect(await commandHere(words)).toMatchObject({ code: 0 });

    await end(service, 'SIGTERM');
    expect(await totalsOf(ledger, ['alerts', 'accepted', 'calendarDays'])).toEqual({
      alerts: 2,
      accepted: 1,
      calendarDays: 3,
    });
    expect(service.log()).not.toMatch(/planted-|eyJ/);
  }, 60_000);

  test('keeps everything when it is told twice to end, as npx and timeout do', async () => {
    const ledger = place.made('twice.db');
    const service = await serve([
      place.give('twice.json', served),
      '--ledger',
      ledger,
      '--drain',
      '300',
    ]);
    await fetch(`${service.url}/cds-services/influenza`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body(planted('mrn', 1))),
    });
    service.child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 50));
    service.child.kill('SIGINT');
    const [code] = (await once(service.child, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(service.log()).toMatch(/"msg":"closed"/);
    expect(await eventsOf(ledger)).toHaveLength(1);
  }, 60_000);

  test.each([
    ['origins that are none', ['--cors', 'ehr'], /cors\.origins: "ehr" must be an origin/],
    [
      'clients without an address',
      ['--clients', () => ({})],
      /--clients .* --public-url .* together/,
    ],
    [
      'clients that are none',
      ['--public-url', 'https://cds.example', '--clients', () => ({ clients: [{}] })],
      /file of clients .* is malformed:\n(.*\n)*.*issuer/,
    ],
    [
      'a public address that is none',
      [
        '--public-url',
        'cds',
        '--clients',
        () => ({ clients: [{ issuer: 'a', jku: ['https://ehr.example/jwks.json'] }] }),
      ],
      /ERR_USAGE/,
    ],
    [
      'a crosswalk that is not there',
      ['--unit', () => ({ practice: { from: 'Encounter.serviceProvider', crosswalk: 'no.csv' } })],
      /practice\.crosswalk: cannot be read/,
    ],
    ['a file of strays in no folder', ['--strays', '/nowhere/strays'], /Strays cannot be written/],
  ] as const)('refuses %s, and leaves no ledger behind', async (_what, words, message) => {
    const ledger = place.made('refused.db');
    const given = words.map((word) =>
      typeof word === 'string' ? word : place.give('document.json', word()),
    );
    const { code, out, err } = await commandHere([
      'serve',
      place.give('refused.json', served),
      '--ledger',
      ledger,
      '--port',
      '0',
      ...given,
      '--log-level',
      'silent',
    ]);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(existsSync(ledger)).toBe(false);
  });

  test('says in its help how everything is read that a file says', async () => {
    const { out } = await commandHere(['serve', '--help']);
    for (const word of ['"practice"', '"clients"', 'RAPIDCYCLE_METRICS_TOKEN']) {
      expect(out).toContain(word);
    }
  });
});
