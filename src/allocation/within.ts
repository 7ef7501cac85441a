import type { Problem } from '../errors.ts';
import { ProtocolError } from '../errors.ts';
import type { Unit, Within } from '../trial/protocol.ts';
import type { Reason } from '../trial/reason.ts';
import type { Trial } from '../trial/trial.ts';
import type { Assignment } from './assign.ts';

/** What the second step reads of a subject's assignment in the first. */
export type FirstAssignment = Pick<Assignment, 'fingerprint' | 'arm' | 'randomized' | 'reason'>;

/** Reasons that depend on more than the protocol, its list, the unit and the instant. */
export const reasonsFromOutside: ReadonlySet<Reason> = new Set(['opted-out', 'forced', 'fault']);

/**
 * Why the first step keeps a subject out of the second; undefined when it does not. A reason from
 * outside is handed on, so that the ledger says that this row does not follow from the protocols.
 */
export function reasonOutside(
  within: Within,
  first: FirstAssignment | undefined,
): Reason | undefined {
  if (first === undefined) return 'not-enrolled';
  if (first.fingerprint !== within.fingerprint) return 'fault';
  if (first.randomized) return within.arms.includes(first.arm) ? undefined : 'not-enrolled';
  return reasonsFromOutside.has(first.reason) ? first.reason : 'not-enrolled';
}

const fromLargest: readonly Unit[] = ['practice', 'clinician', 'patient', 'encounter'];

/**
 * Checks that a trial in two steps fits the first: that this is the trial which it names, that the arms
 * which it names are some of its arms and not all, that it randomises smaller units than that one, and
 * that the two ever run at once.
 *
 * @throws ProtocolError naming everything that does not fit
 */
export function checkWithin(second: Trial, first: Trial): void {
  const problems = problemsBetween(second, first);
  if (problems.length > 0) throw new ProtocolError(problems);
}

function problemsBetween(second: Trial, first: Trial): readonly Problem[] {
  const { within } = second.protocol;
  const [one, other] = [nameOf(second), nameOf(first)];
  if (within === undefined) {
    return [
      { path: 'within', message: `${one} lies within no other trial, so it takes no ${other}` },
    ];
  }
  if (within.trial !== first.id || within.round !== first.round) {
    const named = `${within.trial}, round ${within.round}`;
    return [{ path: 'within', message: `${one} lies within ${named}, not within ${other}` }];
  }
  if (within.fingerprint !== first.fingerprint) {
    return [
      {
        path: 'within.fingerprint',
        message: `${one} lies within another protocol of ${other}: its fingerprint is ${first.fingerprint}`,
      },
    ];
  }
  const problems: Problem[] = [];
  const names = first.arms.map(({ name }) => name);
  within.arms.forEach((arm, i) => {
    if (names.includes(arm)) return;
    problems.push({
      path: `within.arms[${i}]`,
      message: `"${arm}" is no arm of ${other}: its arms are ${names.join(', ')}`,
    });
  });
  if (names.every((name) => within.arms.includes(name))) {
    problems.push({
      path: 'within.arms',
      message: `these are all arms of ${other}, so it would decide nothing: leave at least one out, or leave \`within\` out`,
    });
  }
  if (fromLargest.indexOf(second.unit) <= fromLargest.indexOf(first.unit)) {
    problems.push({
      path: 'unit',
      message: `${other} randomises each ${first.unit}, so ${one} must randomise a smaller unit, not each ${second.unit}`,
    });
  }
  if (second.endsAt <= first.startsAt || second.startsAt >= first.endsAt) {
    problems.push({
      path: 'within',
      message: `${one} runs on no day of ${other}, so nobody would be in it`,
    });
  }
  return problems;
}

function nameOf({ id, round }: Pick<Trial, 'id' | 'round'>): string {
  return `${id}, round ${round}`;
}
