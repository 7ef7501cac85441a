import { nameOf } from '../../errors.ts';
import type { LogLines } from '../../store/log/safe-logger.ts';
import { attempt } from '../attempt.ts';
import type { ReplayStore } from './replay.ts';

// A store that several processes share is on a network, and a call must not wait for it.
const patience = 100;

/**
 * Whether a token is used for the first time. A store that fails or does not answer in 100 ms is
 * passed over, and said so once: a token that is good in every other way must not be refused, and an
 * alert with it, because a cache is down.
 */
export function firstUses(
  store: ReplayStore,
  logger: LogLines | undefined,
): (key: string, until: number) => Promise<boolean> {
  let failing = false;
  return async (key, until) => {
    const asked = await attempt(patience, () => store.use(key, until));
    if (asked.status === 'done') {
      if (failing) logger?.info({}, 'the replay store works again');
      failing = false;
      return asked.value;
    }
    if (!failing) {
      const error = asked.status === 'failed' ? nameOf(asked.error) : asked.status;
      logger?.error({ error }, 'the replay store fails: tokens are taken without it');
    }
    failing = true;
    return true;
  };
}
