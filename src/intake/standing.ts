import type { SubjectIds } from '../allocation/subject.ts';
import { unitPseudonym } from '../store/log/identify.ts';
import type { Store } from '../store/port.ts';
import { isUsableId } from '../store/keys/pseudonym.ts';
import { wholeMilliseconds } from '../store/log/share-of-day.ts';
import type { Protocol, Unit } from '../trial/protocol.ts';
import type { Trial } from '../trial/trial.ts';
import type { KnownSubject } from './known-subject.ts';
import { hasUnit } from './known-subject.ts';

/** The days on which the record tells that a subject was at risk. */
export interface ToldDays<U extends Unit> {
  readonly subject: KnownSubject<U>;
  readonly days: ReadonlySet<string>;
}

/** A day that stands in the ledger and that the record does not tell. */
interface UntoldDay<U extends Unit> {
  readonly day: string;
  /** Whose day it is; undefined when the unit cannot be named, or it may be told of somebody else. */
  readonly subject: KnownSubject<U> | undefined;
}

/** The days at risk that stand in a ledger. */
export interface Standing<U extends Unit> {
  /** @param patient the id as the record has it */
  untold(patient: string, told: readonly ToldDays<U>[]): readonly UntoldDay<U>[];
}

interface Time {
  readonly unitId: string;
  readonly day: string;
  calendar: number;
  midnight: number;
  elapsed: number;
}

/** A subject of which no encounter is left: what it was is told by the ledger, but for pseudonyms. */
function named<U extends Unit>(
  { unit, protocol }: { readonly unit: U; readonly protocol: Pick<Protocol, 'within'> },
  { patient, unitId }: { readonly patient: string; readonly unitId: string },
): KnownSubject<U> | undefined {
  // Of a trial within another, the subject's arm there may depend on more than this.
  if (protocol.within !== undefined) return undefined;
  const ids = unit === 'practice' ? { patient, practice: unitId } : { patient };
  return hasUnit(ids, unit) ? ids : undefined;
}

/**
 * Reads the days on which somebody is counted as at risk, with everything that was amended.
 *
 * @param options.from first instant that matters, milliseconds
 * @param options.to first instant that does not
 */
export async function standingDays<P extends Protocol>(
  ledger: Pick<Store, 'pseudonym' | 'read'>,
  { trial, from, to }: { readonly trial: Trial<P>; readonly from: number; readonly to: number },
): Promise<Standing<P['unit']>> {
  const patients = new Map<string, Map<string, Time>>();
  const query = { trial: trial.fingerprint, since: from, types: ['patient-days'] } as const;
  for await (const { event } of ledger.read(query)) {
    // What is not random is not counted, and so need not be corrected.
    if (event.type !== 'patient-days' || !event.randomized || event.at >= to) continue;
    const { patient, day } = event;
    const unitId = event.unitId ?? '';
    const days = patients.get(patient) ?? new Map<string, Time>();
    patients.set(patient, days);
    const key = JSON.stringify([unitId, day]);
    const time = days.get(key) ?? { unitId, day, calendar: 0, midnight: 0, elapsed: 0 };
    time.calendar += wholeMilliseconds(event.calendar);
    time.midnight += wholeMilliseconds(event.midnight);
    time.elapsed += wholeMilliseconds(event.elapsed);
    days.set(key, time);
  }
  const { pseudonym } = ledger;
  const unitOf = (ids: SubjectIds): string | undefined => {
    const id = ids[trial.unit];
    return isUsableId(id) ? unitPseudonym(trial, id, pseudonym) : undefined;
  };
  const standingOf = (patient: string): readonly Time[] => {
    const days = isUsableId(patient) ? patients.get(pseudonym('patient', patient)) : undefined;
    return [...(days?.values() ?? [])].filter(
      ({ calendar, midnight, elapsed }) => Math.max(calendar, midnight, elapsed) > 0,
    );
  };
  return {
    untold: (id, told) => {
      const groups = told.map(({ subject, days }) => ({ subject, days, unitId: unitOf(subject) }));
      const names = new Set([id, ...told.map(({ subject }) => subject.patient)]);
      return [...names].flatMap((patient) =>
        standingOf(patient).flatMap(({ unitId, day }) => {
          const group = groups.find(
            ({ subject, unitId: own }) => own === unitId && subject.patient === patient,
          );
          if (group?.days.has(day) === true) return [];
          // Whoever is told under another name may be several of the record, of whom one is told here.
          if (patient !== id) return [{ day, subject: undefined }];
          return [{ day, subject: group?.subject ?? named<P['unit']>(trial, { patient, unitId }) }];
        }),
      );
    },
  };
}
