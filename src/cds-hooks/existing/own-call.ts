import { randomUUID } from 'node:crypto';
import { RequestError } from '../../errors.ts';
import type { HttpHandler, HttpRequest } from '../http.ts';
import { refusal } from '../refusal.ts';

const name = 'x-rapidcycle-usual-care';
// Of this process only, so that no client can ask for usual care by it.
const mark = randomUUID();

/** What a call to an existing service carries, so that it is known when it comes back to its sender. */
export const ownCall: Readonly<Record<string, string>> = { [name]: mark };

/** Whether a request was sent by a trial of this process to the existing service. */
export function isOwnCall({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  return headers[name] === mark;
}

/**
 * Breaks the circle of a trial whose existing service is that trial (508): without it, one call
 * would go round until the process has no memory left.
 */
export function breakCircles(handler: HttpHandler): HttpHandler {
  return async (request) =>
    isOwnCall(request)
      ? refusal(
          new RequestError('The existing service of this trial is the trial itself.', {
            status: 508,
          }),
        )
      : handler(request);
}
