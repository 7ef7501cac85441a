import * as z from 'zod';
import type { AllocationFault } from './allocation-faults.ts';
import type { Protocol, Within } from './protocol.ts';
import { identifier } from './schema-parts.ts';

/** The shape of the first step of a trial in two steps. */
export const withinShape: z.ZodType<Within> = z.strictObject({
  trial: identifier('the id of the first trial'),
  round: z.int('must be a whole number').min(1, 'rounds count from 1'),
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/, {
    error: 'a fingerprint is 64 lower-case hexadecimal digits: copy that of the first trial',
  }),
  arms: z.array(identifier('the name of an arm')).min(1, 'name at least one arm'),
});

/** What is wrong with a first step given the rest of its protocol. */
export function withinFaults({
  id,
  round,
  unit,
  within,
}: Pick<Protocol, 'id' | 'round' | 'unit' | 'within'>): readonly AllocationFault[] {
  if (within === undefined) return [];
  const { arms } = within;
  const faults: AllocationFault[] = [];
  if (within.trial === id && within.round === round) {
    faults.push({
      path: ['within'],
      message: 'a trial cannot lie within itself: name the trial that randomises the larger units',
    });
  }
  if (unit === 'practice') {
    faults.push({
      path: ['unit'],
      message:
        'a trial within another randomises smaller units than that one: patient, clinician or encounter',
    });
  }
  const twice = arms.findIndex((arm, i) => arms.indexOf(arm) < i);
  if (twice >= 0) {
    faults.push({ path: ['within', 'arms', twice], message: `"${arms[twice]}" is named twice` });
  }
  return faults;
}
