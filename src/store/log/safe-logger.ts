import type { Logger } from 'pino';

/** A logger as the library uses one. */
export interface LogLines {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

/** A logger whose failure is nobody's: what cannot be said must not cost an event or an alert. */
export function safeLogger(logger: Logger | undefined): LogLines | undefined {
  if (logger === undefined) return undefined;
  const guarded =
    (level: keyof LogLines) =>
    (fields: object, message: string): void => {
      try {
        logger[level](fields, message);
      } catch {
        // There is nobody left to tell.
      }
    };
  return { info: guarded('info'), warn: guarded('warn'), error: guarded('error') };
}
