import type {
  RegisteredTrial,
  Store,
  StoreStatistics,
  TrialStatistics,
} from '../../../store/index.ts';
import { openLedger } from '../../ledger.ts';
import type { Streams } from '../../streams.ts';
import { say } from '../../streams.ts';
import { counted, grouped, size, titleOf } from '../../words.ts';

/** What a ledger holds, with the names of its trials and what was lost. */
export interface LedgerReport extends Omit<StoreStatistics, 'trials'> {
  readonly location: string;
  readonly trials: readonly (TrialStatistics &
    Pick<RegisteredTrial, 'id' | 'round' | 'stoppedAt' | 'retiredAt'> & {
      /** Events that could not be recorded, as gaps say. */
      readonly lost: number;
    })[];
}

async function lostOf(store: Store, { fingerprint }: RegisteredTrial): Promise<number> {
  let lost = 0;
  for await (const { event } of store.read({ trial: fingerprint, types: ['gap'] })) {
    if (event.type === 'gap') lost += event.count;
  }
  return lost;
}

/** Reads what a ledger holds. */
export async function reportOn(store: Store): Promise<LedgerReport> {
  const { trials: found, ...statistics } = await store.statistics();
  const registered = await store.trials();
  const trials = [];
  for (const trial of registered) {
    const own = found.find(({ fingerprint }) => fingerprint === trial.fingerprint);
    if (own === undefined) continue;
    const { id, round, stoppedAt, retiredAt } = trial;
    trials.push({ id, round, stoppedAt, retiredAt, lost: await lostOf(store, trial), ...own });
  }
  return { location: store.location, ...statistics, trials };
}

const day = (instant: number): string => new Date(instant).toISOString().slice(0, 10);

/** A report in words. */
export function reportText({ location, engine, schema, bytes, trials }: LedgerReport): string {
  const place = [
    engine,
    ...(schema > 0 ? [`schema ${schema}`] : []),
    ...(bytes === null ? [] : [size(bytes)]),
  ].join(', ');
  const lines = trials.map((trial) => {
    const { events, unfolded, unsealed, segments, firstAt, lastAt, stoppedAt, retiredAt, lost } =
      trial;
    const span =
      firstAt === null || lastAt === null ? '' : `, ${day(firstAt)} to ${day(lastAt)} (UTC)`;
    return [
      `${titleOf(trial)}: ${counted(events, 'event')}${span}`,
      `  ${grouped(unfolded)} not in the sums yet; ${counted(segments, 'segment')}, ${grouped(unsealed)} not sealed yet`,
      ...(lost > 0 ? [`  ${counted(lost, 'event')} could not be recorded: the gaps say when`] : []),
      ...(stoppedAt === null ? [] : [`  stopped on ${new Date(stoppedAt).toISOString()}`]),
      ...(retiredAt === null
        ? []
        : [`  events removed on ${new Date(retiredAt).toISOString()}; the sums stand`]),
    ].join('\n');
  });
  return [`${location}: ${place}`, ...(lines.length === 0 ? ['No trial yet.'] : lines)].join('\n');
}

export interface StatsArguments {
  readonly ledger: string;
  readonly json: boolean;
}

/** `rapidcycle store stats`. */
export async function statsCommand(options: StatsArguments, streams: Streams): Promise<number> {
  await using store = await openLedger(options.ledger);
  const report = await reportOn(store);
  say(streams, options.json ? JSON.stringify(report, null, 2) : reportText(report));
  return 0;
}
