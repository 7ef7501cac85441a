import type { Logger } from 'pino';

/** What a log says. */
export interface LogLines {
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

/** A logger whose failure is nobody's: what cannot be said must not cost an event or an alert. */
export function safeLogger(logger: Logger | undefined): LogLines | undefined {
  if (logger === undefined) return undefined;
  const guarded =
    (level: 'warn' | 'error') =>
    (fields: object, message: string): void => {
      try {
        logger[level](fields, message);
      } catch {
        // There is nobody left to tell.
      }
    };
  return { warn: guarded('warn'), error: guarded('error') };
}
