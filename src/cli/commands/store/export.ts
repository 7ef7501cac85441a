import { UsageError } from '../../../errors.ts';
import { exportLedger } from '../../../store/index.ts';
import type { TrialChoice } from '../../ledger.ts';
import { openLedger, trialsMeant } from '../../ledger.ts';
import { progressOn } from '../../progress.ts';
import type { Streams } from '../../streams.ts';
import { say } from '../../streams.ts';
import { counted, titleOf } from '../../words.ts';

export interface ExportArguments extends TrialChoice {
  readonly ledger: string;
  readonly folder: string;
  readonly format: string;
}

/** `rapidcycle store export`. */
export async function exportCommand(options: ExportArguments, streams: Streams): Promise<number> {
  const { ledger, folder, format } = options;
  if (format !== 'parquet' && format !== 'ndjson') {
    throw new UsageError(`There is no format "${format}": give parquet or ndjson.`);
  }
  await using store = await openLedger(ledger);
  const trials = trialsMeant(await store.trials(), options);
  const progress = progressOn(streams, 'Export');
  const receipt = await exportLedger(store, folder, {
    format,
    trials: trials.map(({ fingerprint }) => fingerprint),
    onProgress: ({ done, total }) => progress.show(done, total, counted(done, 'event')),
  }).finally(progress.end);
  say(streams, `${folder}: ${counted(receipt.events, 'new event')}`);
  for (const trial of receipt.manifest.trials.filter(({ missing }) => missing > 0)) {
    say(
      streams,
      `${titleOf(trial)}: ${counted(trial.missing, 'event')} had been removed before and are not in it; its sums are`,
    );
  }
  return 0;
}
