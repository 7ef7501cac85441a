import type { LogCounters } from '../store/log/port.ts';
import type { AlertCounters, AlertService, AnswerLog } from './service.ts';

/** How the logs and the alerts are doing. */
export interface Health {
  /** `failing` for a minute after a loss was seen. The alerts are served all the same. */
  readonly status: 'ok' | 'failing';
  readonly logs: readonly (LogCounters & { readonly trial: string; readonly round: number })[];
  readonly services: readonly (AlertCounters & { readonly id: string; readonly hook: string })[];
}

const minute = 60_000;

/**
 * Watches whether the logs still hold what is written to them. A loss is noticed when somebody
 * looks, so look more often than once a minute.
 */
export function watchHealth(services: readonly AlertService[], now: () => number): () => Health {
  const logs = [...new Set(services.map(({ log }) => log))];
  let lostBefore = 0;
  let lostAt = -Infinity;
  const readLog = ({ trial, counters }: AnswerLog): Health['logs'][number] => {
    const { durable, duplicate, unknown, rejected, lost, waiting, spooled } = counters;
    const { id, round } = trial;
    return { trial: id, round, durable, duplicate, unknown, rejected, lost, waiting, spooled };
  };
  return () => {
    const counted = logs.map(readLog);
    const lost = counted.reduce((sum, log) => sum + log.lost, 0);
    if (lost > lostBefore) lostAt = now();
    lostBefore = lost;
    return {
      status: now() - lostAt < minute ? 'failing' : 'ok',
      logs: counted,
      services: services.map(({ description: { id, hook }, counters }) => ({
        id,
        hook,
        ...counters,
      })),
    };
  };
}
