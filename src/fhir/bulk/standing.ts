import { FhirError } from '../../errors.ts';
import { isSameQuestion } from './request.ts';
import type { BulkRequest, BulkState } from './state.ts';

/** How an export is to go on. */
export interface Intent {
  readonly folder: string;
  /** Whether it is asked for anew whatever there is. */
  readonly again: boolean;
  /** Whether it adds to what there is. */
  readonly isAdded: boolean;
}

/**
 * What is to be done about an export: nothing when it is whole, go on with one that was interrupted, or
 * begin.
 *
 * @throws FhirError when the folder holds, or was to hold, an export of something else
 */
export function standingOf(
  { runs, open }: BulkState,
  request: BulkRequest,
  { folder, again, isAdded }: Intent,
): 'whole' | 'unfinished' | 'not begun' {
  if (again) return 'not begun';
  const [first] = runs;
  if (first !== undefined && !isSameQuestion(first.request, request)) {
    throw new FhirError(
      `${folder} holds an export of something else: use another folder, or again: true to replace it`,
    );
  }
  if (open !== null) {
    if (isSameQuestion(open.request, request) && open.request.since === request.since) {
      return 'unfinished';
    }
    throw new FhirError(
      `${folder} holds an unfinished export of something else: finish it as it was begun, or give it up with again: true`,
    );
  }
  if (first === undefined || isAdded) return 'not begun';
  if (first.request.since === request.since) return 'whole';
  throw new FhirError(
    `${folder} holds an export since another time: use another folder, since: 'last', or again: true`,
  );
}
