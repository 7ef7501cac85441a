import { writeFile } from 'node:fs/promises';
import { analyze, overrideReasons } from '../../analysis/index.ts';
import { messageOf, UsageError } from '../../errors.ts';
import { reportHtml } from '../../report/index.ts';
import { overrideMapFrom } from '../../events/override-map.ts';
import { trialFrom } from '../../trial/trial.ts';
import { chooseTrial, openLedger } from '../ledger.ts';
import { readDocument } from '../read-file.ts';
import type { Streams } from '../streams.ts';
import { say, tell } from '../streams.ts';

export interface AnalyzeArguments {
  readonly ledger: string;
  readonly trial?: string | undefined;
  readonly round?: number | undefined;
  /** Milliseconds. */
  readonly asOf?: number | undefined;
  readonly report?: string | undefined;
  /** Why alerts were overridden: with the file of a map, or by the reasons as they are. */
  readonly overrides?: string | true | undefined;
  readonly json: boolean;
}

/** Writes a file, with a message a person can use when that fails. */
export async function writeResult(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new UsageError(`${file} cannot be written: ${messageOf(cause)}`, { cause });
  }
}

/** `rapidcycle analyze`. Exit code 1 when the arms do not hold the units that they should. */
export async function analyzeCommand(options: AnalyzeArguments, streams: Streams): Promise<number> {
  await using store = await openLedger(options.ledger);
  const trial = trialFrom(chooseTrial(await store.trials(), options).protocol);
  const { asOf, overrides: wanted } = options;
  const map =
    typeof wanted === 'string'
      ? await readDocument(wanted, 'The map of reasons', { check: overrideMapFrom })
      : undefined;
  const analysis = await analyze(trial, store, { asOf });
  const overrides =
    wanted === undefined ? undefined : await overrideReasons(store, trial, { map, asOf });
  if (options.json) {
    const results = overrides === undefined ? analysis : { ...analysis, overrides };
    say(streams, JSON.stringify(results, null, 2));
  } else {
    say(streams, String(analysis));
    if (overrides !== undefined) say(streams, `\n${String(overrides)}`);
  }
  if (options.report !== undefined) {
    await writeResult(options.report, reportHtml(analysis, { overrides }));
    tell(streams, `Report: ${options.report}`);
  }
  return analysis.sampleRatio.estimable && analysis.sampleRatio.mismatch ? 1 : 0;
}
