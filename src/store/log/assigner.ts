import { assign, assignControl } from '../../allocation/assign.ts';
import type { Allocation } from '../../allocation/list/allocation.ts';
import type { Subject } from '../../allocation/subject.ts';
import type { Protocol, Unit } from '../../trial/protocol.ts';
import type { Trial } from '../../trial/trial.ts';
import { identify, unitPseudonym } from './identify.ts';
import type { TrialLog } from './port.ts';
import type { NameOf, Pseudonymizer } from '../keys/pseudonym.ts';
import type { LogLines } from './safe-logger.ts';
import { nameOf } from '../../errors.ts';

/** What an assigner works with. */
export interface AssignerOptions<P extends Protocol> {
  readonly trial: Trial<P>;
  readonly pseudonym: Pseudonymizer;
  readonly logger: LogLines | undefined;
  readonly now: () => number;
  readonly stoppedAt: () => number | undefined;
  /** The list of a trial that allocates from one. */
  readonly allocation: () => Allocation | undefined;
  /** The log of the trial that this one lies within. */
  readonly within: Pick<TrialLog, 'assign'> | undefined;
  /** Ids of patients and units, as the caller knows them. */
  readonly optedOut: Iterable<string>;
  /** Arms by unit id, as the caller knows it. */
  readonly forced: Iterable<readonly [string, string]>;
}

/**
 * An `assign` that works on pseudonyms and serves the control arm when anything breaks.
 *
 * @throws RangeError when an id that opted out or was forced is empty or no text
 */
export function assignerOf<P extends Protocol>(options: AssignerOptions<P>): TrialLog<P>['assign'] {
  const { trial, pseudonym, logger, now, stoppedAt, allocation, within } = options;
  const unit: { readonly unit: Unit } = trial;
  // A list holds ids as they are recorded; a hash must not change with the key.
  const original = trial.allocation.kind === 'hashed' ? pseudonym.original : undefined;
  const assigned: NameOf =
    original === undefined ? pseudonym : (kind, id) => original(pseudonym(kind, id));
  const optedOut = new Set<string>();
  for (const id of options.optedOut) {
    optedOut.add(unitPseudonym(unit, id, assigned)).add(assigned('patient', id));
  }
  const forced = new Map<string, string>();
  for (const [id, arm] of options.forced) forced.set(unitPseudonym(unit, id, assigned), arm);
  return (subject, assignOptions) => {
    try {
      const { ids, stratum } = identify(trial, subject, pseudonym);
      const known = original === undefined ? ids : identify(trial, subject, assigned).ids;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a missing unit is what `unit-missing` is about
      const looked = known as unknown as Subject<P['unit']>;
      const at = assignOptions?.at ?? now();
      if (!Number.isFinite(at)) throw new RangeError('an assignment needs an instant');
      const basis = {
        at,
        stoppedAt: stoppedAt(),
        optedOut,
        forced,
        allocation: allocation(),
        within: within?.assign(subject, { at }),
      };
      const assignment = assign(trial, looked, basis);
      const unitId = original === undefined ? assignment.unitId : (ids[unit.unit] ?? null);
      return Object.assign(assignment, { unitId, ids, stratum });
    } catch (cause) {
      logger?.error({ error: nameOf(cause) }, 'an assignment failed: the control arm was served');
      return { ...assignControl(trial, 'fault'), ids: {}, stratum: '' };
    }
  };
}
