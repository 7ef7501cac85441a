import { readFileSync } from 'node:fs';
import { messageOf, UsageError } from '../../../errors.ts';
import type { ScanOptions, ScanReport } from '../../../store/index.ts';
import { scan } from '../../../store/index.ts';
import { patternKinds } from '../../../store/scan/patterns.ts';
import type { Streams } from '../../streams.ts';
import { say } from '../../streams.ts';
import { counted, grouped, size } from '../../words.ts';

export interface ScanArguments {
  readonly paths: readonly string[];
  readonly planted?: string | undefined;
  /** Whether to look for nothing else. */
  readonly onlyPlanted: boolean;
  readonly json: boolean;
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** @throws UsageError when nothing is looked for, or an identifier is too short to be told from chance */
async function look({ paths, planted, onlyPlanted }: ScanArguments): Promise<ScanReport> {
  const identifiers = planted === undefined ? [] : readLines(planted);
  if (onlyPlanted && identifiers.length === 0) {
    throw new UsageError(
      'Nothing to look for: --only-planted needs --planted <file> with an identifier a line.',
    );
  }
  const options: ScanOptions = {
    planted: identifiers,
    without: onlyPlanted ? patternKinds : undefined,
  };
  try {
    return await scan(paths, options);
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new UsageError(`${planted} cannot be used: ${cause.message}`, { cause });
    }
    throw cause;
  }
}

const shownAtMost = 50;

/** `rapidcycle store scan`. Exit code 1 when anything was found. */
export async function scanCommand(options: ScanArguments, streams: Streams): Promise<number> {
  const report = await look(options);
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
      `${counted(files, 'file')}, ${size(bytes)}${unseen.length === 0 ? '' : ` (${grouped(unseen.length)} not seen whole)`}: ${total === 0 ? 'no identifier found' : `${counted(total, 'identifier')} FOUND`}`,
    );
  }
  return total > 0 ? 1 : 0;
}
