import { readFileSync } from 'node:fs';
import { messageOf, UsageError } from '../../../errors.ts';
import { scan } from '../../../store/index.ts';
import type { Streams } from '../../streams.ts';
import { say } from '../../streams.ts';
import { counted, size } from '../../words.ts';

export interface ScanArguments {
  readonly paths: readonly string[];
  readonly planted?: string | undefined;
  readonly json: boolean;
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .filter((line) => line !== '');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

const shownAtMost = 50;

/** `rapidcycle store scan`. Exit code 1 when anything was found. */
export async function scanCommand(options: ScanArguments, streams: Streams): Promise<number> {
  const planted = options.planted === undefined ? [] : readLines(options.planted);
  const report = await scan(options.paths, { planted });
  const { files, bytes, findings, found, unseen } = report;
  const total = Object.values(found).reduce((sum, count) => sum + count, 0);
  if (options.json) {
    say(streams, JSON.stringify(report, null, 2));
  } else {
    for (const { file, offset, kind, form, length } of findings.slice(0, shownAtMost)) {
      const place = offset === null ? 'in its name' : `at byte ${offset}`;
      say(streams, `${file}, ${place}: ${kind} (${form}, ${counted(length, 'byte')})`);
    }
    const more = total - Math.min(shownAtMost, findings.length);
    if (more > 0) say(streams, `and ${more} more`);
    for (const { file, why } of unseen) say(streams, `${file}: not seen whole: ${why}`);
    say(
      streams,
      `${counted(files, 'file')}, ${size(bytes)}: ${total === 0 ? 'no identifier found' : `${counted(total, 'identifier')} FOUND`}`,
    );
  }
  return total > 0 ? 1 : 0;
}
