import type { Arm, ArmName, Json, Protocol, Unit } from '../trial/protocol.ts';
import type { Reason } from '../trial/reason.ts';
import { isRandom } from '../trial/reason.ts';
import type { Trial } from '../trial/trial.ts';
import type { Allocation } from './list/allocation.ts';
import { lookUp } from './list/lookup.ts';
import { layoutOf } from './place.ts';
import type { Subject } from './subject.ts';
import type { FirstAssignment } from './within.ts';
import { reasonOutside } from './within.ts';

/** The arm a subject gets, and why. Plain data. */
export interface Assignment<P extends Protocol = Protocol> {
  /** The arm to serve: the control arm whenever `randomized` is false and nothing was forced. */
  readonly arm: ArmName<P>;
  /** What the arm shows; `null` for a silent arm without content. */
  readonly content: Json;
  /** Whether nothing is to be shown. */
  readonly silent: boolean;
  /** Whether the arm is random. Nothing else is ever counted in an analysis. */
  readonly randomized: boolean;
  readonly reason: Reason;
  readonly unit: Unit;
  /** The id that was looked up; `null` when it was missing. */
  readonly unitId: string | null;
  /** Fingerprint of the protocol. */
  readonly fingerprint: string;
}

/** What an assignment depends on besides the trial and the subject. */
export interface AssignOptions {
  /** The instant of the alert, milliseconds since 1970-01-01T00:00Z; default now. */
  readonly at?: number | undefined;
  /** When the trial was stopped, if it was: from then on everybody gets the control arm. */
  readonly stoppedAt?: number | undefined;
  /** Ids of units and patients who opted out. */
  readonly optedOut?: ReadonlySet<string> | undefined;
  /** Arms by unit id, for testing an arm by hand; never counted. */
  readonly forced?: ReadonlyMap<string, string> | undefined;
  /** The list of a trial that allocates from one; without it every unit is `not-listed`. */
  readonly allocation?: Allocation | undefined;
  /**
   * Of a trial within another, the subject's assignment in that one at the same instant; without it
   * nobody is in the trial.
   */
  readonly within?: FirstAssignment | undefined;
}

const nothing: AssignOptions = {};

/**
 * Assigns a subject to an arm. Pure and synchronous: the same trial, subject and instant (and list, of
 * a trial that has one) give the same arm on every machine, for ever. Never throws for a trial that
 * `defineTrial` or `loadTrial` made.
 *
 * From a list, a unit is looked up in a map and has the arm of the period; one that is not on it gets
 * the control arm, `not-listed`, and one that left it `withdrawn`. Of a unit that became part of
 * another, `unitId` is that other. Otherwise by hash: a unit's place is `u = murmur3_x86_32(utf8(key)) / 2^32` with the key
 * `rapidcycle|1|trial id|round|salt|arm|unit|unit id`, in whose parts `\` and `|` are escaped by a
 * `\`. Arms take `[0, 1)` in protocol order by cumulative weight. Enrolment uses the same key with
 * the purpose `enrolment`, so that raising the fraction never moves a unit between arms.
 *
 * Of a trial within another, whoever has none of the named arms of that one at random gets the control
 * arm, `not-enrolled`; whoever opted out there, was forced or met a fault has that reason here too.
 *
 * A log assigns by pseudonyms (`log.assign`), so with a person's own id this gives another arm than
 * the log does: use the one or the other in a trial.
 *
 * Ids are compared as they are written: `José` in composed and decomposed form are two ids. An id
 * that is empty, not a string, or not well-formed Unicode (a lone surrogate, which has no UTF-8
 * form and would collide with others) counts as missing.
 *
 * @example
 * const { arm, content } = assign(trial, { patient: 'p-1' });
 */
export function assign<P extends Protocol>(
  trial: Trial<P>,
  subject: Subject<P['unit']>,
  options: AssignOptions = nothing,
): Assignment<P> {
  const unitId: unknown = (subject as Partial<Record<Unit, unknown>> | null | undefined)?.[
    trial.unit
  ];
  if (typeof unitId !== 'string' || unitId === '' || !unitId.isWellFormed()) {
    return control(trial, null, 'unit-missing');
  }
  const { forced, optedOut, stoppedAt } = options;
  if (forced !== undefined) {
    const name = forced.get(unitId);
    const arm = trial.arms.find((each) => each.name === name);
    if (arm !== undefined) return given(trial, arm, unitId, 'forced');
  }
  if (optedOut !== undefined && (optedOut.has(unitId) || optedOut.has(subject.patient ?? unitId))) {
    return control(trial, unitId, 'opted-out');
  }
  const at = options.at ?? Date.now();
  if (!(at >= trial.startsAt)) return control(trial, unitId, 'before-start');
  if (at >= trial.endsAt) return control(trial, unitId, 'after-end');
  if (stoppedAt !== undefined && at >= stoppedAt) return control(trial, unitId, 'stopped');

  const { within } = trial.protocol;
  if (within !== undefined) {
    const reason = reasonOutside(within, options.within);
    if (reason !== undefined) return control(trial, unitId, reason);
  }

  if (trial.allocation.kind === 'listed') {
    const { allocation } = options;
    if (allocation === undefined) return control(trial, unitId, 'not-listed');
    if (allocation.trial !== trial.fingerprint) return control(trial, unitId, 'fault');
    const listing = lookUp(allocation, trial, { unitId, at });
    if (listing.reason !== 'listed') return control(trial, unitId, listing.reason);
    for (const arm of trial.arms) {
      if (arm.name === listing.arm) return given(trial, arm, listing.unitId, 'listed');
    }
    return control(trial, unitId, 'fault');
  }

  const layout = layoutOf(trial);
  const { layer, isRamped } = layout;
  if (layer !== undefined) {
    const place = layer.hash(unitId);
    if (place < layer.from || place >= layer.to) return control(trial, unitId, 'not-enrolled');
  }
  if (isRamped && layout.enrolment(unitId) >= enrolledFraction(trial, at) * 4_294_967_296) {
    return control(trial, unitId, 'not-enrolled');
  }
  const place = layout.arm(unitId);
  for (let index = 0; index < layout.bounds.length; index += 1) {
    const arm = trial.arms[index];
    if (arm !== undefined && place < (layout.bounds[index] ?? 0))
      return given(trial, arm, unitId, 'hashed');
  }
  return control(trial, unitId, 'fault');
}

function enrolledFraction(trial: Pick<Trial, 'enrolment'>, at: number): number {
  let fraction = 0;
  for (const step of trial.enrolment) {
    if (step.from > at) break;
    fraction = step.fraction;
  }
  return fraction;
}

function given<P extends Protocol>(
  trial: Trial<P>,
  arm: Arm,
  unitId: string | null,
  reason: Reason,
): Assignment<P> {
  return {
    arm: arm.name,
    content: arm.content ?? null,
    silent: arm.silent === true,
    randomized: isRandom(reason),
    reason,
    unit: trial.unit,
    unitId,
    fingerprint: trial.fingerprint,
  };
}

function control<P extends Protocol>(
  trial: Trial<P>,
  unitId: string | null,
  reason: Reason,
): Assignment<P> {
  for (const arm of trial.arms) {
    if (arm.name === trial.control) return given(trial, arm, unitId, reason);
  }
  throw new RangeError(
    `"${trial.control}" is no arm of trial ${trial.id}: make trials with defineTrial`,
  );
}

/**
 * The assignment to serve when something broke: the control arm, flagged as not random.
 *
 * @param unitId the unit, when it is known
 */
export function assignControl<P extends Protocol>(
  trial: Trial<P>,
  reason: Exclude<Reason, 'hashed' | 'listed'>,
  unitId: string | null = null,
): Assignment<P> {
  return control(trial, unitId, reason);
}
