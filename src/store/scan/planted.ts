import type { Searcher } from './finding.ts';
import { formsOf } from './forms.ts';

const shortestIdentifier = 6;
const longestIdentifier = 1_024;

/** Each byte with A to Z as a to z. */
const folded = Uint8Array.from({ length: 256 }, (_byte, code) =>
  code >= 65 && code <= 90 ? code + 32 : code,
);

interface Pattern {
  readonly bytes: Uint8Array;
  readonly ignoresCase: boolean;
  readonly form: string;
  readonly planted: number;
}

function checkIdentifier(identifier: string, number: number): void {
  const { length } = identifier;
  if (length < shortestIdentifier || length > longestIdentifier || !identifier.isWellFormed()) {
    throw new RangeError(
      `planted identifier ${number} must have ${shortestIdentifier} to ${longestIdentifier} characters of well-formed Unicode: a shorter one is found by chance`,
    );
  }
}

const word = (bytes: Uint8Array, at: number): number =>
  ((folded[bytes[at] ?? 0] ?? 0) << 24) |
  ((folded[bytes[at + 1] ?? 0] ?? 0) << 16) |
  ((folded[bytes[at + 2] ?? 0] ?? 0) << 8) |
  (folded[bytes[at + 3] ?? 0] ?? 0);

// Four bytes are told apart well enough by 16 bits; 40503 is 2^16 divided by the golden ratio.
const bit = (four: number): number => (Math.imul(four ^ (four >>> 16), 40_503) >>> 8) & 0xffff;

function matches(piece: Buffer, at: number, { bytes, ignoresCase }: Pattern): boolean {
  if (at + bytes.length > piece.length) return false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = piece[at + index] ?? 0;
    if ((ignoresCase ? folded[byte] : byte) !== bytes[index]) return false;
  }
  return true;
}

/**
 * A searcher for given identifiers, in each of the forms that they may be written in. Every position of a
 * file is looked up by its next four bytes, so the time hardly depends on how many are looked for.
 *
 * @throws RangeError when an identifier is too short to be told from chance, or too long
 */
export function plantedSearcher(identifiers: readonly string[]): Searcher {
  const patterns = new Map<number, Pattern[]>();
  const mayBegin = new Uint8Array(65_536);
  let reach = 4;
  for (const [index, identifier] of identifiers.entries()) {
    checkIdentifier(identifier, index + 1);
    for (const { name, bytes, ignoresCase } of formsOf(identifier)) {
      const begin = word(bytes, 0);
      const alike = patterns.get(begin) ?? [];
      alike.push({ bytes, ignoresCase, form: name, planted: index + 1 });
      patterns.set(begin, alike);
      mayBegin[bit(begin)] = 1;
      reach = Math.max(reach, bytes.length);
    }
  }
  return {
    reach,
    search: (piece, found) => {
      if (patterns.size === 0) return;
      let four = 0;
      for (let end = 0; end < piece.length; end += 1) {
        four = (four << 8) | (folded[piece[end] ?? 0] ?? 0);
        if (end < 3 || mayBegin[bit(four)] === 0) continue;
        const start = end - 3;
        for (const pattern of patterns.get(four) ?? []) {
          if (!matches(piece, start, pattern)) continue;
          const { form, planted } = pattern;
          found({ start, length: pattern.bytes.length, kind: 'planted', form, planted });
        }
      }
    },
  };
}
