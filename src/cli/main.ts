#!/usr/bin/env node
import { run } from './run.ts';

// Whoever read the output has gone, as `head` does: there is nothing left to do. Any other fault of
// an output means that the result was not delivered.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 2));
}

process.exitCode = await run(process.argv.slice(2));
