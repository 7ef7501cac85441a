import type { PlanAssumptions } from '../../plan/index.ts';
import { assumptionsFrom, assumptionsOfPilot, daysOf, plan } from '../../plan/index.ts';
import { UsageError } from '../../errors.ts';
import { loadTrial } from '../../trial/load.ts';
import type { Trial } from '../../trial/trial.ts';
import { trialFrom } from '../../trial/trial.ts';
import { readClusters } from '../clusters.ts';
import { chooseTrial, openLedger } from '../ledger.ts';
import { progressOn } from '../progress.ts';
import { readJsonFile } from '../read-file.ts';
import type { Streams } from '../streams.ts';
import { say } from '../streams.ts';

export interface PlanArguments {
  readonly protocol: string;
  readonly assume?: string | undefined;
  readonly clusters?: string | undefined;
  readonly pilot?: string | undefined;
  readonly simulations?: number | undefined;
  /** The same words give the same plan; default `plan`. */
  readonly seed?: string | undefined;
  readonly json: boolean;
}

/**
 * `rapidcycle plan`: what a trial can and cannot do. Exit code 1 when, as designed, it cannot reach its
 * level or the wanted power.
 */
export async function planCommand(options: PlanArguments, streams: Streams): Promise<number> {
  const trial = loadTrial(options.protocol);
  const { simulations, seed = 'plan', json } = options;
  const assumptions = await assumptionsFor(trial, options);
  const clusters =
    options.clusters === undefined
      ? undefined
      : await readClusters(trial, { file: options.clusters, asTheyAre: true });
  const progress = progressOn(streams, 'Simulated trials');
  const report = plan(trial, assumptions, {
    clusters,
    simulations,
    seed,
    onProgress: (done, total) => progress.show(done, total, `${done} of ${total}`),
  });
  progress.end();
  say(streams, json ? JSON.stringify(report, null, 2) : String(report));
  return report.reaches.level && report.reaches.power ? 0 : 1;
}

/** The assumptions of a file, completed from a pilot. */
async function assumptionsFor(
  trial: Trial,
  { assume, pilot, clusters }: PlanArguments,
): Promise<PlanAssumptions> {
  if (assume === undefined && pilot === undefined) {
    throw new UsageError(
      'A plan needs assumptions: give --assume <file.json>, and --pilot <ledger> for what a pilot knows.',
    );
  }
  const given = assume === undefined ? {} : assumptionsIn(assume);
  if (pilot === undefined) return assumptionsFrom(given);
  await using store = await openLedger(pilot);
  const past = trialFrom(chooseTrial(await store.trials(), {}).protocol);
  const { units, ...found } = (await assumptionsOfPilot(past, store, { days: daysOf(trial) }))
    .assumptions;
  return assumptionsFrom({
    ...found,
    // The clusters of a file are counted there.
    ...(units === undefined || clusters !== undefined ? {} : { units }),
    ...given,
  });
}

function assumptionsIn(file: string): Readonly<Record<string, unknown>> {
  const document = readJsonFile(file, 'The assumptions');
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new UsageError(`${file} must hold an object: the assumptions`);
  }
  return { ...document };
}
