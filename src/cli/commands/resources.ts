import { exportFhir } from '../../fhir/index.ts';
import { trialFrom } from '../../trial/trial.ts';
import type { TrialChoice } from '../ledger.ts';
import { chooseTrial, openLedger } from '../ledger.ts';
import { progressOn } from '../progress.ts';
import type { Streams } from '../streams.ts';
import { say } from '../streams.ts';
import { counted } from '../words.ts';

export interface ResourcesArguments extends TrialChoice {
  readonly ledger: string;
  readonly folder: string;
  /** Milliseconds. */
  readonly asOf?: number | undefined;
  readonly base?: string | undefined;
  readonly smallest?: number | undefined;
  readonly json: boolean;
}

/** `rapidcycle resources`: a trial as FHIR resources. */
export async function resourcesCommand(
  options: ResourcesArguments,
  streams: Streams,
): Promise<number> {
  await using store = await openLedger(options.ledger);
  const trial = trialFrom(chooseTrial(await store.trials(), options).protocol);
  const { folder, asOf, base, smallest } = options;
  const { trials } = await store.statistics();
  const { events = 0 } = trials.find(({ fingerprint }) => fingerprint === trial.fingerprint) ?? {};
  const progress = progressOn(streams, 'Resources');
  const manifest = await exportFhir(store, trial, {
    folder,
    asOf,
    base,
    smallest,
    onProgress: ({ written, type }) =>
      progress.show(written, Math.max(written, events), `${counted(written, 'resource')}, ${type}`),
  }).finally(progress.end);
  if (options.json) say(streams, JSON.stringify(manifest, null, 2));
  else
    for (const { type, url, count } of manifest.output) {
      say(streams, `${folder}/${url}: ${counted(count, type)}`);
    }
  return 0;
}
