/** Every reason for an arm. Only `hashed` and `listed` are random and counted. */
export const reasons = [
  'hashed',
  'listed',
  'not-enrolled',
  'opted-out',
  'stopped',
  'before-start',
  'after-end',
  'unit-missing',
  'not-listed',
  'withdrawn',
  'forced',
  'fault',
] as const;

/** Why a subject got its arm. */
export type Reason = (typeof reasons)[number];

/** Whether an arm given for this reason is random, and so counted. */
export function isRandom(reason: Reason): boolean {
  return reason === 'hashed' || reason === 'listed';
}
