import { CommanderError } from 'commander';
import { codeOf, messageOf, RapidcycleError } from '../errors.ts';
import { programOf } from './program.ts';
import type { Streams } from './streams.ts';
import { tell } from './streams.ts';

/**
 * Runs the `rapidcycle` command.
 *
 * @param argv the words after the name of the command
 * @param streams where to write; default the process's own
 * @returns the exit code: 0 done; 1 done, and something is wrong with the trial; 2 not done, because
 *   the words, a file or a protocol are wrong
 */
export async function run(
  argv: readonly string[],
  streams: Streams = { out: process.stdout, err: process.stderr },
): Promise<number> {
  let code = 0;
  const program = programOf(streams, (found) => {
    code = found;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof RapidcycleError) {
      tell(streams, `${error.code}: ${error.message}`);
      return 2;
    }
    if (error instanceof RangeError) {
      tell(streams, `ERR_USAGE: ${error.message}`);
      return 2;
    }
    if (error instanceof Error && 'syscall' in error && codeOf(error) !== undefined) {
      tell(streams, `A file or folder cannot be used: ${error.message}`);
      return 2;
    }
    tell(
      streams,
      `Unexpected: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`,
    );
    return 2;
  }
}
