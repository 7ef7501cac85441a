import split from 'split2';

/** A line of a file that is not empty. */
export interface TextLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** How to read lines. */
export interface LineOptions {
  /** The most characters of one line. */
  readonly longest: number;
  readonly breakOff: (breakage: { readonly line: number; readonly reason: string }) => Error;
}

/** The lines of a text, as many at a time as a chunk of it holds. */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  { longest, breakOff }: LineOptions,
): AsyncGenerator<readonly TextLine[]> {
  let lines: TextLine[] = [];
  let line = 0;
  // Nothing is passed on: the lines of a chunk are taken together.
  const splitter = split(
    (text: string) => {
      line += 1;
      if (text.trim() !== '') lines.push({ line, text });
    },
    { maxLength: longest },
  );
  splitter.on('error', () => undefined);
  splitter.resume();
  const settled = (call: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      call((error) => (error ? reject(error) : resolve()));
    });
  const take = (): readonly TextLine[] => {
    const taken = lines;
    lines = [];
    return taken;
  };
  let isBroken = false;
  try {
    for await (const chunk of chunks) {
      await settled((done) => splitter.write(chunk, done)).catch(() => {
        isBroken = true;
      });
      yield take();
      if (isBroken) break;
    }
    if (!isBroken) await settled((done) => splitter.end(done));
    yield take();
  } finally {
    splitter.destroy();
  }
  if (isBroken) {
    const reason = `the line is longer than ${longest} characters: each must be one JSON object`;
    throw breakOff({ line: line + 1, reason });
  }
}
