import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addKey, createKeyFile, readKeyFile } from '../../../src/store/keys/key-file.ts';
import { keysOf, renewal, returnToFirst } from '../../../src/store/keys/key-ring.ts';
import { keyCheckOf, keysBehind, parseKey, ringLength } from '../../../src/store/keys/key.ts';
import { pseudonymizer } from '../../../src/store/keys/pseudonym.ts';
import { memoryStore } from '../../../src/store/index.ts';
import { inFolder } from '../place.ts';

const first = '01'.repeat(32);
const second = '02'.repeat(32);
const third = '03'.repeat(32);

/** What a pseudonym was before there were rings. */
function plain(key: string, input: string): string {
  const digest = createHmac('sha256', Buffer.from(key, 'hex')).update(input, 'utf8').digest();
  return digest.subarray(0, 16).toString('base64url');
}

describe('A ring of keys', () => {
  test('of one key gives the pseudonyms and the key check that the key always gave', () => {
    const pseudonym = pseudonymizer(parseKey(first));
    expect(pseudonym('patient', 'p-1')).toBe(plain(first, 'patient:p-1'));
    expect(pseudonym('patient', 'p-1')).toBe('WGWFrpqIgk-Kq1xA59zoKQ');
    expect(pseudonym.original).toBeUndefined();
    expect(keyCheckOf(parseKey(first))).toBe('9a42049e52998ed9');
    expect(keyCheckOf(parseKey([first]))).toBe(keyCheckOf(parseKey(first)));
    expect(keysBehind(keyCheckOf(parseKey(first)))).toBe(1);
  });

  test('of two keys gives another pseudonym, and the one under the first key back', () => {
    const pseudonym = pseudonymizer(parseKey([first, second]));
    const renewed = pseudonym('clinician', 'c-1');
    expect(renewed).toMatch(/^[\w-]{22}$/);
    expect(renewed).not.toBe(plain(first, 'clinician:c-1'));
    expect(renewed).not.toBe(plain(second, 'clinician:c-1'));
    expect(pseudonym.original?.(renewed)).toBe(plain(first, 'clinician:c-1'));
    expect(pseudonym('clinician', 'c-1')).toBe(renewed);
  });

  test('is fixed for ever: AES-256 under a key that comes from each further key', () => {
    const pseudonym = pseudonymizer(parseKey([first, second, third]));
    // Made with openssl: dgst -mac HMAC, then enc -aes-256-ecb -nopad under the key of each step.
    expect(pseudonym('patient', 'p-1')).toBe('0Ii2DEf7DRKXzHBrKxZ8UQ');
  });

  test('makes no two persons one, and every one of its steps can be undone by who has it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (block) => {
        const original = Buffer.from(block).toString('base64url');
        const ring = parseKey([first, second, third]);
        const renewed = renewal(ring, 1)(original);
        expect(renewed).not.toBe(original);
        expect(returnToFirst(ring)(renewed)).toBe(original);
        // Step by step comes to the same.
        const once = renewal(parseKey([first, second]), 1)(original);
        expect(renewal(ring, 2)(once)).toBe(renewed);
        // Another last key leads elsewhere.
        expect(returnToFirst(parseKey([first, third, second]))(renewed)).not.toBe(original);
      }),
    );
  });

  test('has a key check that tells how many keys it has, and is that of none of its keys', () => {
    const rings = [[first], [second], [first, second], [second, first], [first, second, third]];
    const checks = rings.map((keys) => keyCheckOf(parseKey(keys)));
    expect(new Set(checks).size).toBe(rings.length);
    expect(checks.map(keysBehind)).toEqual([1, 1, 2, 2, 3]);
    expect(checks[2]).toMatch(/^2-[0-9a-f]{16}$/);
  });

  test('may be given as an array, as lines, and as a key object', () => {
    const ring = parseKey([Buffer.from(first, 'hex'), second]);
    const lines = parseKey(`${first}\r\n\n ${Buffer.from(second, 'hex').toString('base64')}\n`);
    expect(lines.equals(ring)).toBe(true);
    expect(parseKey(ring)).toBe(ring);
    expect(ringLength(ring)).toBe(2);
    expect(keysOf(ring).map((key) => Buffer.from(key).toString('hex'))).toEqual([first, second]);
    expect(inspect(ring)).not.toContain('01');
  });

  test.each([
    ['nothing', [], /empty ring/],
    ['a key that is too short', [first, '0102'], /malformed.*oldest first/],
    ['the same key twice', [first, Buffer.from(first, 'hex')], /same key twice/],
    ['two keys as one run of bytes', randomBytes(64), /malformed/],
    ['a key object of another size', createSecretKey(randomBytes(33)), /malformed/],
    ['a number', 7, /malformed/],
    ['an empty text', '', /malformed/],
  ])('is refused when it is %s', (_what, material, words) => {
    expect(() => parseKey(material)).toThrow(words);
    expect(() => parseKey(material)).toThrow(expect.objectContaining({ code: 'ERR_KEY_INVALID' }));
  });

  test.each(['', 'u1', 'WGWFrpqIgk-Kq1xA59zoKR', 'WGWFrpqIgk-Kq1xA59zoK', '\u00e9'.repeat(22)])(
    'leads nowhere from what is no pseudonym: "%s"',
    (text) => {
      const ring = parseKey([first, second]);
      expect(() => returnToFirst(ring)(text)).toThrow(/no pseudonym/);
      expect(() => renewal(ring, 1)(text)).toThrow(RangeError);
    },
  );

  test('opens a store as one key does', async () => {
    await using store = memoryStore({ key: [first, second] });
    expect(store.pseudonym('patient', 'p-1')).toBe(
      pseudonymizer(parseKey([first, second]))('patient', 'p-1'),
    );
  });
});

describe('A key file', () => {
  const hex = (key: { export(): Buffer } | undefined): string =>
    key?.export().toString('hex') ?? '';

  test('may hold a ring, one key a line, the oldest first', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ring.key');
      await writeFile(file, `${first}\n${second}\n`, { mode: 0o600 });
      expect(hex(await readKeyFile(file))).toBe(first + second);
    });
  });

  test('gets a new key behind its keys in a new file that only its owner may use', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'old.key');
      const old = await createKeyFile(file);
      const before = await readFile(file, 'utf8');
      const made = await addKey(file, join(folder, 'new.key'));
      expect(hex(made).slice(0, 64)).toBe(hex(old));
      expect(ringLength(made)).toBe(2);
      expect((await stat(join(folder, 'new.key'))).mode & 0o777).toBe(0o600);
      expect(await readFile(file, 'utf8')).toBe(before);
      // Again it is the same ring, so that a re-keying can be gone on with.
      expect(hex(await addKey(file, join(folder, 'new.key')))).toBe(hex(made));
      expect(ringLength(await addKey(join(folder, 'new.key'), join(folder, 'third.key')))).toBe(3);
      // Nothing is left over from the writing.
      expect((await readdir(folder)).sort()).toEqual(['new.key', 'old.key', 'third.key']);
    });
  });

  test('is the same for all who add a key at once', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'old.key');
      await createKeyFile(file);
      const rings = await Promise.all(
        Array.from({ length: 5 }, () => addKey(file, join(folder, 'new.key'))),
      );
      expect(new Set(rings.map(hex)).size).toBe(1);
    });
  });

  test('is never replaced by another, and a missing or open one is refused', async () => {
    await inFolder(async (folder) => {
      const at = (name: string): string => join(folder, name);
      await createKeyFile(at('old.key'));
      await createKeyFile(at('other.key'));
      const other = await readFile(at('other.key'), 'utf8');
      await expect(addKey(at('old.key'), at('other.key'))).rejects.toThrow(/new file/);
      await expect(addKey(at('old.key'), at('old.key'))).rejects.toThrow(/new file/);
      expect(await readFile(at('other.key'), 'utf8')).toBe(other);
      await expect(addKey(at('none.key'), at('new.key'))).rejects.toThrow(/is not there/);
      await expect(addKey(at('old.key'), at('no folder/new.key'))).rejects.toMatchObject({
        code: 'ERR_KEY_INVALID',
      });
      await mkdir(at('folder.key'));
      await expect(addKey(at('folder.key'), at('new.key'))).rejects.toThrow(/not a file/);
      await chmod(at('old.key'), 0o644);
      await expect(addKey(at('old.key'), at('new.key'))).rejects.toThrow(/chmod 600/);
    });
  });
});
