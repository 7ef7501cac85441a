import type { Store } from '../../store/port.ts';
import type { Reason } from '../../trial/reason.ts';
import type { Trial } from '../../trial/trial.ts';

/** A unit that was randomised, with an arm that it has or had. */
export interface Participant {
  readonly unitId: string;
  readonly arm: string;
  /** The pseudonym of the patient, where one is known. */
  readonly patient: string | undefined;
  /** When the first and the last that the ledger holds of it there happened, milliseconds. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** Whether it got another arm as well, though it was randomised to this one: by a fault, by force. */
  readonly mixed: boolean;
}

/** Why a unit of the trial may get another arm than its own, while it is in the trial. */
const departures: ReadonlySet<Reason> = new Set(['fault', 'forced', 'opted-out', 'withdrawn']);

interface Standing {
  patient: string | undefined;
  first: number;
  last: number;
}

/**
 * The units that were randomised, with their arms, in the order in which they came. Of a design over time
 * a unit stands there once for each arm that it had. Memory grows with the units, not with the events.
 */
export async function participantsOf(
  trial: Trial,
  store: Pick<Store, 'read' | 'summaries' | 'trials'>,
): Promise<readonly Participant[]> {
  const { fingerprint } = trial;
  const registered = (await store.trials()).find((each) => each.fingerprint === fingerprint);
  if ((registered?.retiredAt ?? null) !== null) return fromSums(trial, store);
  const units = new Map<string, Map<string, Standing>>();
  const departed = new Map<string, Set<string>>();
  for await (const { event } of store.read({ trial: fingerprint })) {
    const { unitId, arm, randomized, reason, patient, at, type } = event;
    if (unitId === null || type === 'gap') continue;
    if (type === 'impression' && departures.has(reason)) {
      const arms = departed.get(unitId) ?? new Set();
      departed.set(unitId, arms.add(arm));
    }
    if (!randomized) continue;
    const arms = units.get(unitId) ?? new Map<string, Standing>();
    units.set(unitId, arms);
    const standing = arms.get(arm);
    if (standing === undefined) arms.set(arm, { patient, first: at, last: at });
    else {
      standing.patient ??= patient;
      standing.first = Math.min(standing.first, at);
      standing.last = Math.max(standing.last, at);
    }
  }
  return [...units].flatMap(([unitId, arms]) =>
    [...arms].map(([arm, { patient, first, last }]) => ({
      unitId,
      arm,
      patient: trial.unit === 'patient' ? unitId : patient,
      first,
      last,
      mixed:
        (trial.periods.length === 1 && arms.size > 1) ||
        [...(departed.get(unitId) ?? [])].some((other) => other !== arm),
    })),
  );
}

/** Of a trial whose events were removed only the units and their arms are known. */
async function fromSums(
  trial: Trial,
  store: Pick<Store, 'summaries'>,
): Promise<readonly Participant[]> {
  const known = new Map<string, Participant>();
  for (const { unitId, arm } of await store.summaries(trial.fingerprint)) {
    const patient = trial.unit === 'patient' ? unitId : undefined;
    const nothing = { patient, first: undefined, last: undefined, mixed: false };
    known.set(JSON.stringify([unitId, arm]), { unitId, arm, ...nothing });
  }
  return [...known.values()];
}
