import type { Transform } from 'node:stream';
import { pipeline, Readable } from 'node:stream';
import split from 'split2';
import { FhirError, messageOf } from '../../errors.ts';

/** Longest line, in characters: a resource with a large attachment has tens of millions. */
const maxLength = 2 ** 26;

/**
 * The lines of NDJSON, one after the other, however many. Only a line feed ends a line, with a carriage
 * return before it or without: JSON may hold any other of Unicode's line ends inside its texts.
 *
 * @param source bytes of UTF-8
 * @param through what the bytes go through first, such as what unpacks them
 * @throws FhirError when a line is too long; whatever the source throws
 */
export async function* linesOf(
  source: AsyncIterable<Uint8Array>,
  through: readonly Transform[] = [],
): AsyncGenerator<string, void, undefined> {
  const lines = split(/\r?\n/, { maxLength });
  // What fails ends the lines too, where it is thrown.
  const bytes = Readable.from(source, { objectMode: false });
  pipeline([bytes, ...through, lines], () => undefined);
  let isFirst = true;
  try {
    for await (const line of lines as AsyncIterable<string>) {
      yield isFirst ? line.replace(/^\uFEFF/, '') : line;
      isFirst = false;
    }
  } catch (error) {
    if (messageOf(error) !== 'maximum buffer reached') throw error;
    throw new FhirError(`a line is longer than ${maxLength} characters`);
  }
}
