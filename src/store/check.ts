import { EventError } from '../errors.ts';
import type { TrialEvent } from '../events/event.ts';
import { parseEvent } from '../events/schema.ts';
import { validEvent } from '../events/valid-event.ts';
import { isUsableId } from './keys/pseudonym.ts';

function illFormedPath(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return value === '' || isUsableId(value) ? undefined : path;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, part] of Object.entries(value)) {
    const found = illFormedPath(part, path === '' ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Checks an event before it goes into a ledger: its schema, and that every text in it has a UTF-8
 * form, because a lone surrogate would come back from a disk as another text.
 *
 * @throws EventError with every fault found; nothing is repaired
 */
export function checkEvent(document: unknown): TrialEvent {
  const valid = validEvent(document);
  if (valid !== undefined) return valid;
  const event = parseEvent(document);
  const path = illFormedPath(event, '');
  if (path !== undefined) {
    throw new EventError([{ path, message: 'must be well-formed Unicode: no lone surrogates' }]);
  }
  return event;
}
