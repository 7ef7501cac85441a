import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { planted } from '../planted.ts';
import { protocol } from '../trials.ts';
import { commandHere } from './command.ts';
import { eventsOf, placeForFiles, registered } from './extracts.ts';

const place = placeForFiles();

const alerts = [
  'showing_id,shown_at,patient_id,clinician_id,encounter_id,practice_id,alert,status,override_reason,order_code,answered_at',
  ...[1, 2, 3].map(
    (n) => `${n},2026-10-07 12:00:00,${planted('mrn', n)},,,,flu,overridden,later,,`,
  ),
  '',
].join('\n');

describe('rapidcycle resources', () => {
  test('writes a trial as resources without an identifier, and says which and how many', async () => {
    const ledger = await registered(place, 'study');
    await commandHere([
      'ingest',
      'csv',
      ledger,
      place.give('alerts.csv', alerts),
      '--preset',
      'generic',
      '--zone',
      'America/New_York',
    ]);
    const events = await eventsOf(ledger);
    const folder = place.made('resources');
    const words = ['resources', ledger, folder, '--as-of', '2026-10-20T12:00:00Z'];
    const { code, out } = await commandHere(words);
    expect(code).toBe(0);
    expect(out).toMatch(/ResearchStudy\.ndjson: 1 ResearchStudy\n/);
    expect(out).toMatch(/ResearchSubject\.ndjson: 3 ResearchSubjects\n/);
    expect(out).toMatch(/AuditEvent\.ndjson: 6 AuditEvents\n/);
    for (const name of readdirSync(folder)) {
      expect(readFileSync(join(folder, name), 'utf8')).not.toMatch(/planted-/);
    }
    const again = await commandHere([...words, '--json']);
    expect(JSON.parse(again.out)).toMatchObject({
      output: expect.arrayContaining([expect.objectContaining({ type: 'AuditEvent', count: 6 })]),
    });
    expect(await eventsOf(ledger)).toEqual(events);
  });

  test.each([
    ['a base that is no address', ['--base', 'here'], /the base must be an absolute address/],
    ['a folder that is a file', [], /make sure that it is a folder/],
    ['a trial that is not there', ['--trial', 'other'], /holds no trial "other"/],
  ])('refuses %s in words', async (_what, words, message) => {
    const ledger = await registered(place, 'refused');
    const { code, err } = await commandHere([
      'resources',
      ledger,
      place.give('file', ''),
      ...words,
    ]);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });
});

describe('rapidcycle register', () => {
  test('begins a trial once, and says that it has', async () => {
    const ledger = place.made('new.db');
    const words = ['register', place.give('p.json', protocol), '--ledger', ledger];
    expect(await commandHere(words)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^influenza, round 1 \([0-9a-f]{12}\): was registered in /),
    });
    const again = await commandHere([...words, '--json']);
    expect(JSON.parse(again.out)).toMatchObject({ id: 'influenza', round: 1, known: true });
    const changed = place.give('changed.json', { ...protocol, title: 'Another' });
    expect(await commandHere(['register', changed, '--ledger', ledger])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/ERR_PROTOCOL_MISMATCH/),
    });
  });

  test('keeps the list of a trial of practices, by which extracts are assigned', async () => {
    const listed = {
      ...protocol,
      unit: 'practice',
      allocation: { kind: 'listed', method: { method: 'complete' } },
    };
    const file = place.give('listed.json', listed);
    const ledger = place.made('listed.db');
    const words = ['register', file, '--ledger', ledger];
    expect((await commandHere(words)).err).toMatch(/have no arms yet: .*rapidcycle allocate/);
    const ingest = [
      'ingest',
      'csv',
      ledger,
      '--preset',
      'generic',
      '--zone',
      'America/New_York',
      '--json',
      place.give('listed.csv', alerts.replaceAll(',,,,flu', ',,,north,flu')),
    ];
    expect((await commandHere(ingest)).err).toMatch(/allocates from a list and has none yet/);
    const list = place.made('list.json');
    const practices = place.give('practices.csv', 'id\nnorth\nsouth\neast\nwest\n');
    await commandHere(['allocate', file, practices, '--out', list, '--seed', 'tests']);
    expect(await commandHere([...words, '--allocation', list])).toMatchObject({ code: 0, err: '' });
    const { out } = await commandHere(ingest);
    const { arms, notRandomized } = JSON.parse(out) as { arms: object; notRandomized: object };
    expect(new Set(Object.values(arms))).toEqual(new Set([0, 3]));
    expect(notRandomized).toEqual({});
  });
});
