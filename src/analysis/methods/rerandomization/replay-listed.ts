import { sum } from '../../../stats/index.ts';
import type { ListedProcedure, SamplerProcedure } from './procedure.ts';
import type { Actual, Replay } from './draw.ts';
import { emptyDraw, fillDraw } from './draw.ts';

/** Replays a draw from a list of allocations, which is gone through whatever its length. */
export function replayListed(
  { allocations, weights = allocations.map(() => 1) }: ListedProcedure,
  actual: Actual,
): Replay {
  const { labels, used, arms } = actual;
  if (
    weights.length !== allocations.length ||
    !weights.every((weight) => Number.isFinite(weight) && weight > 0)
  ) {
    throw new RangeError(
      `weights must be ${allocations.length} numbers above 0, one for each allocation`,
    );
  }
  allocations.forEach((allocation, a) => checkAllocation(allocation, `allocation ${a}`, actual));
  if (!allocations.some((allocation) => labels.every((arm, i) => allocation[i] === arm))) {
    throw new RangeError(
      'the allocation that the units have must be among the listed ones: list it, and give the units in its order',
    );
  }
  const draw = emptyDraw(labels.length, arms, 0);
  const chanceOf = (renamed: (arm: number) => number): number =>
    sum(
      weights.filter((_, a) =>
        labels.every((arm, i) => used[i] !== 1 || allocations[a]?.[i] === renamed(arm)),
      ),
    ) / sum(weights);
  return {
    draw,
    places: labels.length,
    assignments: allocations.length,
    chance: chanceOf((arm) => arm),
    mirrored: arms === 2 ? chanceOf((arm) => 1 - arm) : 0,
    next: () => undefined,
    each: (visit) =>
      allocations.forEach((allocation, a) => {
        fillDraw(draw, allocation);
        visit(weights[a] ?? 0);
      }),
  };
}

/** Replays a procedure by running it. */
export function replaySampler({ sample }: SamplerProcedure, actual: Actual): Replay {
  const { labels, arms } = actual;
  const draw = emptyDraw(labels.length, arms, 0);
  return {
    draw,
    places: labels.length,
    assignments: Number.POSITIVE_INFINITY,
    chance: 0,
    mirrored: 0,
    next: (stream) => {
      const allocation = sample(stream);
      checkAllocation(allocation, 'the allocation sampled', actual);
      fillDraw(draw, allocation);
    },
    each: () => undefined,
  };
}

function checkAllocation(
  allocation: ArrayLike<number>,
  name: string,
  { labels, arms }: Actual,
): void {
  if (allocation.length !== labels.length) {
    throw new RangeError(
      `${name} holds ${allocation.length} arms, not one for each of the ${labels.length} units`,
    );
  }
  for (let i = 0; i < allocation.length; i += 1) {
    const arm = allocation[i] ?? Number.NaN;
    if (!(Number.isInteger(arm) && arm >= 0 && arm < arms)) {
      throw new RangeError(`${name} gives unit ${i} the arm ${arm}, not one of 0 to ${arms - 1}`);
    }
  }
}
