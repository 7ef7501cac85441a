import type { Actual, Replay } from './draw.ts';
import type { Procedure } from './procedure.ts';
import { replayHashed } from './replay-hashed.ts';
import { replayListed, replaySampler } from './replay-listed.ts';
import { placesOf, replayPlaces } from './replay-places.ts';

/**
 * Makes a procedure ready to be replayed.
 *
 * @throws RangeError when the procedure does not fit the units or could not have given their arms
 */
export function replayOf(procedure: Procedure, actual: Actual): Replay {
  switch (procedure.kind) {
    case 'hashed':
      return replayHashed(procedure, actual);
    case 'complete':
    case 'stratified':
      return replayPlaces(placesOf(procedure, actual), actual);
    case 'listed':
      return replayListed(procedure, actual);
    case 'sampler':
      return replaySampler(procedure, actual);
  }
}
