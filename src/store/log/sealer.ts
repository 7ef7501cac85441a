import { nameOf } from '../../errors.ts';
import type { Segment, Store } from '../port.ts';
import type { LogLines } from './safe-logger.ts';

/** Seals the events of a trial now and then, and tells the head. */
export interface Sealer {
  /** Seals what is new. Never rejects: what could not be sealed now is sealed the next time. */
  readonly seal: () => Promise<void>;
}

/** What a sealer works with. */
export interface SealerOptions {
  readonly store: Pick<Store, 'seal'>;
  /** Fingerprint. */
  readonly trial: string;
  readonly logger: LogLines | undefined;
  readonly onSeal: ((segment: Segment) => unknown) | undefined;
}

/** A sealer that tells each head once. */
export function sealerOf({ store, trial, logger, onSeal }: SealerOptions): Sealer {
  let told: string | undefined;
  let running: Promise<void> | undefined;

  const sealOnce = async (): Promise<void> => {
    let segment: Segment | undefined;
    try {
      segment = await store.seal(trial);
    } catch {
      // Whoever uses the log hears of a broken store by what is lost.
      return;
    }
    if (segment === undefined || segment.head === told) return;
    const { number, last, head } = segment;
    logger?.info({ trial, segment: number, last, head }, 'sealed');
    try {
      await onSeal?.(segment);
    } catch (cause) {
      // The head is told again the next time.
      logger?.error({ error: nameOf(cause) }, 'the head of the chain could not be published');
      return;
    }
    told = head;
  };

  return {
    seal: () => {
      running ??= sealOnce().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}
