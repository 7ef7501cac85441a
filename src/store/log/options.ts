import type { Trial } from '../../trial/trial.ts';
import type { OpenLogOptions } from './log.ts';

const longestTimer = 2_147_483_647;

function requireWhole(name: string, value: number, [least, most]: readonly [number, number]): void {
  if (!(Number.isInteger(value) && value >= least && value <= most)) {
    throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
  }
}

/** The options of a log with their defaults. */
export interface LogOptions {
  readonly capacity: number;
  readonly refreshEvery: number;
  readonly sealEvery: number;
  readonly optedOut: Iterable<string>;
  readonly forced: ReadonlyMap<string, string>;
}

/**
 * Fills in the defaults and checks what would otherwise go wrong without a word.
 *
 * @throws RangeError when an option is out of range, the opt-outs are one text, or a forced arm does not exist
 */
export function logOptions(trial: Pick<Trial, 'id' | 'arms'>, options: OpenLogOptions): LogOptions {
  const {
    capacity = 10_000,
    refreshEvery = 2_000,
    sealEvery = 3_600_000,
    optedOut = [],
    forced = new Map(),
  } = options;
  requireWhole('capacity', capacity, [1, Number.MAX_SAFE_INTEGER]);
  requireWhole('refreshEvery', refreshEvery, [10, longestTimer]);
  requireWhole('sealEvery', sealEvery, [10, longestTimer]);
  // A text is a list of its letters, to the compiler too: the one who opted out would be randomised.
  if (typeof optedOut === 'string')
    throw new RangeError('optedOut must be a list of ids, not one text');
  const arms = new Set(trial.arms.map(({ name }) => name));
  for (const arm of forced.values()) {
    if (!arms.has(arm)) {
      throw new RangeError(
        `"${arm}" is forced but is no arm of trial ${trial.id}: its arms are ${[...arms].join(', ')}`,
      );
    }
  }
  return { capacity, refreshEvery, sealEvery, optedOut, forced };
}
