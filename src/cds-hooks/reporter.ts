import type { LogLines } from '../store/log/safe-logger.ts';
import type { Meters, Observed } from './metrics/meters.ts';
import { reasonOf } from './metrics/reason.ts';
import type { Answer } from './service.ts';

/** What is said about a request in the logger's line. */
type Line = Record<string, string | number | boolean | undefined>;

/** What is known of a request by the end of it. */
export interface Seen {
  readonly line: Line;
  outcome?: Observed['outcome'];
  error?: unknown;
}

/** How a request ended. */
interface Ending {
  readonly status: number;
  readonly milliseconds: number;
}

/** What a call did, in one word. */
export function outcomeOf({ response, fired, fault }: Answer): Observed['outcome'] {
  if (fault !== undefined) return 'fault';
  if (!fired) return 'not-eligible';
  return response.cards.length > 0 ? 'returned' : 'silent';
}

/** Says what became of a request: in one line, and in the metrics. */
export function reporter(
  logger: LogLines | undefined,
  measure: (take: (meters: Meters) => void) => void,
): (seen: Seen, ending: Ending) => void {
  return ({ line, outcome, error }, { status, milliseconds }) => {
    const ms = Math.round(milliseconds * 10) / 10;
    const level =
      status >= 500 || line['fault'] !== undefined ? 'error' : status >= 400 ? 'warn' : 'info';
    logger?.[level]({ ...line, status, ms }, 'cds-hooks');
    const textOf = (name: string): string => String(line[name] ?? '');
    measure((meters) =>
      meters.request({
        to: textOf('to'),
        service: textOf('service'),
        hook: textOf('hook'),
        caller: textOf('caller'),
        status,
        seconds: milliseconds / 1_000,
        outcome,
        refused: reasonOf(status, error),
      }),
    );
  };
}
