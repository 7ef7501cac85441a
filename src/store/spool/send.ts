import { EventError } from '../../errors.ts';
import { derivedId } from '../../events/ids.ts';
import type { Gap, TrialEvent } from '../../events/event.ts';
import { trialFrom } from '../../trial/trial.ts';
import { composerOf } from '../log/compose.ts';
import type { RegisteredTrial, SequencedEvent, Store } from '../port.ts';
import type { LogLines } from '../log/safe-logger.ts';

/** What became of a batch that was sent to the ledger of the server. */
export interface Sent {
  /** Events that it took. */
  readonly forwarded: number;
  /** Events that it had already. */
  readonly duplicate: number;
  /** The places of the events that it can never take. */
  readonly refused: readonly number[];
}

/** What a batch is sent with. */
export interface SendOptions {
  readonly trials: () => Promise<readonly RegisteredTrial[]>;
  /** Whether the server takes no event of a trial. */
  readonly isRefused: (fingerprint: string) => boolean;
  readonly logger: LogLines | undefined;
}

const nothing: Sent = { forwarded: 0, duplicate: 0, refused: [] };

function together(parts: readonly Sent[]): Sent {
  return {
    forwarded: parts.reduce((sum, part) => sum + part.forwarded, 0),
    duplicate: parts.reduce((sum, part) => sum + part.duplicate, 0),
    refused: parts.flatMap((part) => part.refused),
  };
}

/**
 * The loss of an event that a ledger cannot keep. The same event always gives the same gap, so that it is
 * there once, however often the event is sent.
 */
function gapOf(event: TrialEvent, { fingerprint, protocol }: RegisteredTrial): Gap {
  const { timeZone, arms } = trialFrom(protocol);
  const composer = composerOf({ fingerprint, timeZone, arms }, () => event.receivedAt);
  const { arm, at } = event;
  const loss = event.type === 'gap' ? event : { arm, from: at, to: at, count: 1 };
  return { ...composer.gap(loss), id: derivedId('refused by the server', event.id) };
}

/**
 * Sends events to the ledger of the server, in their order. An event that it can never take is set aside,
 * so that it does not hold up those behind it; a gap says there that it is missing.
 *
 * @throws whatever the server's ledger throws while it cannot take events
 */
export async function send(
  upstream: Store,
  events: readonly SequencedEvent[],
  options: SendOptions,
): Promise<Sent> {
  const { trials, isRefused, logger } = options;
  const [kept, taken] = [
    events.filter(({ event }) => isRefused(event.trial)),
    events.filter(({ event }) => !isRefused(event.trial)),
  ];

  const lose = async (event: TrialEvent): Promise<void> => {
    const trial = (await trials()).find(({ fingerprint }) => fingerprint === event.trial);
    if (trial === undefined) return;
    try {
      await upstream.append([gapOf(event, trial)]);
    } catch (cause) {
      // What cannot be kept for the text of its arm cannot be missing there either.
      if (!(cause instanceof EventError)) throw cause;
    }
  };
  const sendSome = async (some: readonly SequencedEvent[]): Promise<Sent> => {
    if (some.length === 0) return nothing;
    try {
      const receipt = await upstream.append(some.map(({ event }) => event));
      const conflicting = new Set(receipt.conflicting);
      if (conflicting.size > 0) {
        logger?.warn(
          { events: conflicting.size },
          "events were refused by the server's ledger: it holds others with their ids, which stand",
        );
      }
      const refused = some.filter(({ event }) => conflicting.has(event.id));
      return {
        forwarded: receipt.accepted,
        duplicate: receipt.duplicate,
        refused: refused.map(({ sequence }) => sequence),
      };
    } catch (cause) {
      if (!(cause instanceof EventError)) throw cause;
      const [first] = some;
      if (first !== undefined && some.length === 1) {
        await lose(first.event);
        logger?.error(
          { code: cause.code, arm: first.event.arm },
          "an event was refused by the server's ledger: it stays in the file, and a gap says so there",
        );
        return { ...nothing, refused: [first.sequence] };
      }
      const middle = Math.floor(some.length / 2);
      return together([await sendSome(some.slice(0, middle)), await sendSome(some.slice(middle))]);
    }
  };

  if (kept.length > 0) {
    logger?.error(
      { events: kept.length },
      "events of a trial that the server's ledger refuses stay in the file",
    );
  }
  const sent = await sendSome(taken);
  return { ...sent, refused: [...sent.refused, ...kept.map(({ sequence }) => sequence)] };
}
