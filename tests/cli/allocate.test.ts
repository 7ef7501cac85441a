import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { allocationFrom } from '../../src/allocation/index.ts';
import { openStore } from '../../src/store/index.ts';
import { trialFrom } from '../../src/trial/trial.ts';
import { protocol } from '../trials.ts';
import { practices } from '../allocation/list/fixtures.ts';
import { commandHere as command } from './command.ts';
import { discard, makeFolder } from '../store/place.ts';

describe('rapidcycle allocate', () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);
  const write = async (name: string, content: unknown): Promise<string> => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(file(name), text);
    return file(name);
  };
  // Far enough in the future that an amendment of tomorrow lies within the trial.
  const document = {
    ...protocol,
    unit: 'practice',
    start: '2026-10-05',
    end: '2099-12-31',
    allocation: {
      kind: 'listed',
      method: { method: 'constrained', covariates: [{ name: 'size' }, { name: 'rate' }] },
    },
  };
  const csv = (count: number): string =>
    [
      'practice,size,rate',
      ...practices(count).map(({ id, size, rate }) => [id, size, rate].join(',')),
    ].join('\n');

  beforeEach(async () => {
    folder = makeFolder();
    await write('protocol.json', document);
    await write('practices.csv', csv(10));
  });
  afterEach(async () => discard(folder));

  const allocate = (...more: readonly string[]): ReturnType<typeof command> =>
    command(['allocate', file('protocol.json'), file('practices.csv'), ...more]);

  test('writes the list, keeps it in the ledger, and shows it', async () => {
    const ran = await allocate(
      '--out',
      file('list.json'),
      '--seed',
      'drawn in public',
      '--ledger',
      file('l.db'),
    );
    expect(ran.err).toMatch(/List: .*list\.json, kept in .*l\.db/);
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(/10 clusters by the method "constrained", seed "drawn in public"/);
    const trial = trialFrom(document);
    const list = allocationFrom(trial, JSON.parse(await readFile(file('list.json'), 'utf8')));
    expect(ran.out).toContain(list.checksum);
    expect((await stat(file('list.json'))).mode & 0o777).toBe(0o600);
    await using store = await openStore(file('l.db'));
    expect(await store.allocation(trial.fingerprint)).toEqual(list);
  }, 30_000);

  test('never makes a second list over the first, and draws a seed of its own where none is given', async () => {
    expect((await allocate('--out', file('list.json'))).code).toBe(0);
    const again = await allocate('--out', file('list.json'));
    expect(again).toMatchObject({ code: 2, out: '' });
    expect(again.err).toMatch(/is there already and is not overwritten: a list is made once/);
    const other = await allocate('--out', file('other.json'), '--json');
    const seeds = await Promise.all(
      ['list.json', 'other.json'].map(async (name) => {
        const { seed }: { readonly seed: string } = JSON.parse(await readFile(file(name), 'utf8'));
        return seed;
      }),
    );
    for (const seed of seeds) expect(seed).toMatch(/^[0-9a-f]{32}$/);
    expect(seeds[0]).not.toBe(seeds[1]);
    expect(JSON.parse(other.out)).toMatchObject({ seed: seeds[1] });
  }, 30_000);

  test('leaves no list behind that the ledger did not take', async () => {
    const ledger = ['--ledger', file('l.db')] as const;
    expect((await allocate('--out', file('list.json'), ...ledger)).code).toBe(0);
    const second = await allocate('--out', file('second.json'), ...ledger);
    expect(second.code).toBe(2);
    expect(second.err).toMatch(/has a list already/);
    const nowhere = await allocate('--out', file('second.json'), '--ledger', file('no/l.db'));
    expect(nowhere.code).toBe(2);
    expect(nowhere.err).toMatch(/the folder of the ledger does not exist/);
    await expect(readFile(file('second.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  }, 30_000);

  test('refuses a malformed file of clusters with the row and the reason, and writes nothing', async () => {
    await write('practices.csv', 'practice,size,rate\nA,12,0.1\na ,,0.2\nB,many,0.3\nA,5,0.4\n');
    const ran = await allocate('--out', file('list.json'));
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/ERR_ALLOCATION_INVALID/);
    expect(ran.err).toMatch(/row 3.*size/);
    expect(ran.err).toMatch(/row 4.*size/);
    await expect(readFile(file('list.json'))).rejects.toMatchObject({ code: 'ENOENT' });
    const hashed = await write('hashed.json', protocol);
    const none = await command([
      'allocate',
      hashed,
      file('practices.csv'),
      '--out',
      file('x.json'),
    ]);
    expect(none.err).toMatch(/assigns by hash and needs no list/);
    const missing = await command([
      'allocate',
      file('protocol.json'),
      file('no.csv'),
      '--out',
      file('x.json'),
    ]);
    expect(missing.err).toMatch(/no\.csv cannot be read/);
  }, 30_000);

  test('a list is amended for days to come, with a reason, and running ledgers take it', async () => {
    await allocate('--out', file('list.json'), '--seed', 's', '--ledger', file('l.db'));
    const amend = (...more: readonly string[]): ReturnType<typeof command> =>
      command(['amend', file('protocol.json'), file('list.json'), ...more]);
    await write('late.json', practices(13).slice(10));
    const late = await amend(
      '--out',
      file('2.json'),
      '--add',
      file('late.json'),
      '--seed',
      't',
      '--reason',
      'opened',
      '--ledger',
      file('l.db'),
    );
    expect(late.err).toMatch(/kept in/);
    expect(late.out).toMatch(
      /Amendment 1, from \d{4}-\d\d-\d\d: practice-11, practice-12, practice-13 added \(seed "t"\)\. Reason: opened/,
    );
    await using store = await openStore(file('l.db'));
    expect((await store.allocation(trialFrom(document).fingerprint))?.amendments).toHaveLength(1);
    // The list as it was is no longer what the ledger keeps.
    const stale = await amend(
      '--out',
      file('3.json'),
      '--withdraw',
      'practice-1',
      '--reason',
      'x',
      '--ledger',
      file('l.db'),
    );
    expect(stale).toMatchObject({ code: 2 });
    expect(stale.err).toMatch(/amended, never replaced/);
    for (const [words, message] of [
      [['--reason', 'x'], /one of --add <file>, --withdraw <cluster> and --merge <cluster>/],
      [['--reason', 'x', '--merge', 'practice-1'], /--merge needs --into/],
      [
        ['--reason', 'x', '--withdraw', 'practice-1', '--from', '2026-10-06'],
        /--from must be after today/,
      ],
      [['--withdraw', 'practice-1'], /required option '--reason/],
      [['--reason', 'x', '--withdraw', 'nobody'], /"nobody" is not on the list/],
      [
        ['--reason', 'x', '--withdraw', 'practice-1', '--ledger', file('misspelt.db')],
        /There is no ledger at .*misspelt\.db/,
      ],
    ] as const) {
      const ran = await amend('--out', file('4.json'), ...words);
      expect(ran.code).toBe(2);
      expect(ran.err).toMatch(message);
    }
  }, 60_000);

  test('a list of persons holds pseudonyms, which take a ledger', async () => {
    await write('protocol.json', { ...document, unit: 'clinician' });
    await write('practices.csv', csv(10).replace('practice,', 'clinician,'));
    const none = await allocate('--out', file('list.json'));
    expect(none.err).toMatch(
      /A list of clinicians holds pseudonyms, which the key of a ledger makes: give --ledger/,
    );
    const named = csv(10)
      .replace('practice,', 'name,clinician,')
      .replaceAll('\npractice', '\nSomebody,practice');
    await write('practices.csv', named);
    const ran = await allocate('--out', file('list.json'), '--ledger', file('l.db'));
    expect(ran.code).toBe(0);
    // The ledger never forgets: nothing that the method does not need comes into it.
    expect(ran.err).toMatch(/list of clinicians holds only what its method needs.*without "name"/);
    expect(await readFile(file('list.json'), 'utf8')).not.toMatch(/practice-\d|Somebody/);
    expect(ran.out).not.toMatch(/practice-\d/);
  }, 30_000);

  test('persons leave and merge by their ids with the ledger or their pseudonyms without, and no message repeats an id', async () => {
    await write('protocol.json', { ...document, unit: 'clinician' });
    await write('practices.csv', csv(10).replace('practice,', 'clinician,'));
    await allocate('--out', file('list.json'), '--ledger', file('l.db'));
    const amend = async (list: string, ...more: readonly string[]): ReturnType<typeof command> => {
      const ran = await command([
        'amend',
        file('protocol.json'),
        file(list),
        '--reason',
        'x',
        ...more,
      ]);
      expect(ran.out + ran.err).not.toMatch(/practice-\d/);
      return ran;
    };
    const ledger = ['--ledger', file('l.db')] as const;
    const withdraw = ['--out', file('2.json'), '--withdraw'] as const;
    expect((await amend('list.json', ...withdraw, 'practice-1')).err).toMatch(
      /pseudonyms of clinicians: give one as it stands there, or --ledger/,
    );
    expect((await amend('list.json', ...withdraw, 'practice-99', ...ledger)).err).toMatch(
      /No clinician with the id that was given is on the list/,
    );
    await using store = await openStore(file('l.db'));
    const [one = '', two = '', three = ''] = [1, 2, 3].map((number) =>
      store.pseudonym('clinician', `practice-${number}`),
    );
    const left = await amend('list.json', ...withdraw, 'practice-1', ...ledger);
    expect(left.out).toContain(`${one} withdrawn`);
    const merge = ['--out', file('3.json'), '--merge', two, '--into', three] as const;
    expect((await amend('2.json', ...merge)).out).toContain(`${two} merged into ${three}`);
    const late = await write('late.csv', csv(3).replace('practice,', 'clinician,'));
    const twin = await amend('2.json', '--out', file('4.json'), '--add', late, ...ledger);
    expect(twin).toMatchObject({ code: 2 });
  }, 60_000);
});
