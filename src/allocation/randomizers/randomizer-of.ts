import type { AllocationMethod } from '../../trial/allocation-plan.ts';
import { blocksRandomizer } from './blocks.ts';
import { completeRandomizer } from './complete.ts';
import { constrainedRandomizer } from './constrained/index.ts';
import { matchedRandomizer } from './matched.ts';
import { minimisationRandomizer } from './minimisation.ts';
import type { Randomizer } from './randomizer.ts';
import type { SeededSetting } from './setting.ts';

/**
 * A method of allocation made ready for the clusters of a trial. It is the same whenever it is made from
 * the same method, clusters, weights and seed, and later waves do not change what earlier ones get.
 *
 * @throws RangeError if the method cannot be had with these clusters and weights
 */
export function randomizerOf(method: AllocationMethod, setting: SeededSetting): Randomizer {
  switch (method.method) {
    case 'complete':
      return completeRandomizer(method, setting);
    case 'blocks':
      return blocksRandomizer(method, setting);
    case 'matched':
      return matchedRandomizer(method, setting);
    case 'minimisation':
      return minimisationRandomizer(method, setting);
    case 'constrained':
      return constrainedRandomizer(method, setting);
  }
}
