import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import { parseEvent } from '../events/schema.ts';
import type { TrialEvent } from '../events/event.ts';
import { chronicleOf } from '../store/log/chronicle.ts';
import { composerOf } from '../store/log/compose.ts';
import { impressionsOf } from '../store/log/impressions.ts';
import { openingsWithin } from '../store/log/openings.ts';
import type { TrialLog } from '../store/log/port.ts';
import { recorderOf } from '../store/log/recorder.ts';
import type { Store } from '../store/port.ts';
import type { Protocol } from '../trial/protocol.ts';

/** What a record is written to. */
export type RecordLog<P extends Protocol = Protocol> = Pick<
  TrialLog<P>,
  'trial' | 'patientDays' | 'acceptedOrder'
>;

// The same event is told twice, if at all, soon after the first time.
const remembered = 20_000;

/**
 * A log that says what would become of everything, and writes nothing: not to the ledger, nor
 * anywhere else.
 *
 * @param log of the trial, which assigns
 * @param options.ledger the store of that log
 * @param options.now the clock, milliseconds; default `Date.now`
 */
export function rehearsalOf<P extends Protocol>(
  log: Pick<TrialLog<P>, 'trial' | 'assign'>,
  { ledger, now = Date.now }: { readonly ledger: Pick<Store, 'find'>; readonly now?: () => number },
): RecordLog<P> {
  const { trial } = log;
  const clock = (): number => Math.floor(now());
  const told = new LRUCache<string, TrialEvent>({ max: remembered });
  const find = async (id: string): Promise<TrialEvent | undefined> =>
    told.get(id) ?? ledger.find(id);
  const append: Store['append'] = async (events) => {
    let duplicate = 0;
    const conflicting: string[] = [];
    for (const event of events) {
      const checked = parseEvent(event);
      const known = await find(checked.id);
      if (known === undefined) told.set(checked.id, checked);
      else if (isSame(known, checked)) duplicate += 1;
      else conflicting.push(checked.id);
    }
    return { accepted: events.length - duplicate - conflicting.length, duplicate, conflicting };
  };

  const composer = composerOf(trial, clock);
  const { patientDays, acceptedOrder } = chronicleOf({
    trial,
    composer,
    recorder: recorderOf({
      store: { append },
      capacity: Number.MAX_SAFE_INTEGER,
      logger: undefined,
      now: clock,
      gapOf: composer.gap,
    }),
    openings: openingsWithin(trial.repeatWindow),
    impressions: impressionsOf(trial.fingerprint, { find }),
    now: clock,
    assign: log.assign,
  });
  return { trial, patientDays, acceptedOrder };
}

/** Whether two events of one id say the same, whenever the ledger learnt of them. */
function isSame(left: TrialEvent, right: TrialEvent): boolean {
  const said = (event: TrialEvent): unknown =>
    JSON.parse(JSON.stringify({ ...event, receivedAt: 0 }));
  return isDeepStrictEqual(said(left), said(right));
}
