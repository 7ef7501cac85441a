import type { Logger } from 'pino';
import { destination, levels, pino } from 'pino';
import { UsageError } from '../errors.ts';

/**
 * The logger of the command: JSON lines on stderr. Whatever might hold an identifier, a token or free
 * text is removed even where nothing should have put it.
 *
 * @throws UsageError for a level that does not exist
 */
export function loggerOf(level: string): Logger {
  if (level !== 'silent' && !(level in levels.values)) {
    throw new UsageError(
      `There is no log level "${level}": give ${Object.keys(levels.values).join(', ')} or silent.`,
    );
  }
  const fields = [
    'patient',
    'patientId',
    'encounterId',
    'userId',
    'clinician',
    'encounter',
    'key',
    'access_token',
    'authorization',
    'userComment',
    'context',
    'prefetch',
    'fhirAuthorization',
  ];
  const output = destination({ dest: 2, sync: true });
  // A full disk under the log must not end the service.
  output.on('error', () => undefined);
  return pino(
    {
      name: 'rapidcycle',
      level,
      redact: { paths: fields.flatMap((field) => [field, `*.${field}`]), remove: true },
    },
    output,
  );
}
