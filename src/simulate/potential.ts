import { assign } from '../allocation/assign.ts';
import type { Assignment } from '../allocation/assign.ts';
import type { Subject } from '../allocation/subject.ts';
import type { UnitSummary } from '../store/port.ts';
import { noSums } from '../store/sums.ts';
import type { Protocol } from '../trial/protocol.ts';
import type { Trial } from '../trial/trial.ts';
import type { Answer } from './answers.ts';
import { answersTo } from './answers.ts';
import type { Clinic } from './clinic.ts';
import { acceptanceOf, makeClinic } from './clinic.ts';
import { firingsOf } from './firings.ts';
import { listAt, textAt } from './json.ts';
import type { Person, Stay } from './persons.ts';
import { isAdult } from './persons.ts';
import type { ClinicChoices } from './settings.ts';
import { dayIndex, day24 } from './window.ts';

/** Gives arms in place of hashing, such as from a list. */
export type Assigner = (
  subject: Subject,
  at: number,
) => Pick<Assignment, 'arm' | 'content' | 'silent' | 'randomized' | 'unitId'>;

type Sums = { -readonly [K in keyof UnitSummary]: UnitSummary[K] };

function emptySums(unitId: string, arm: string): Sums {
  return { unitId, arm, stratum: '', patients: 0, ...noSums };
}

/** What the simulator reads of the content of an arm. */
interface ReadContent {
  readonly summary: string;
  readonly quietIn: readonly string[];
}

function readContent(content: unknown): ReadContent {
  return {
    summary: textAt(content, 'cards', 0, 'summary') || textAt(content, 'summary'),
    quietIn: listAt(content, 'quietIn').map((place) => textAt(place)),
  };
}

/** The row of a unit and arm, and what the arm shows. */
interface Place {
  readonly row: Sums;
  readonly silent: boolean;
  readonly content: ReadContent;
}

/** An opening of a chart: its last firing, and whether one of its alerts was shown, and accepted. */
interface Opening {
  at: number;
  shown: boolean;
  accepted: boolean;
}

/** Finds the row that a patient-day belongs to. */
function rowFinder(
  clinic: Clinic,
  assigner: Assigner,
  rows: Map<string, Sums>,
): (person: Person, stay: Stay, at: number) => Place | undefined {
  const contents = new Map<unknown, ReadContent>();
  return (person, stay, at) => {
    const practice = clinic.wards[stay.ward]?.id ?? 'ward';
    const subject = { patient: person.id, practice, encounter: stay.id } as Subject;
    const { arm, content, silent, randomized, unitId } = assigner(subject, at);
    if (!randomized || unitId === null) return undefined;
    const key = `${unitId} ${arm}`;
    let row = rows.get(key);
    if (row === undefined) {
      row = emptySums(unitId, arm);
      rows.set(key, row);
    }
    let read = contents.get(content);
    if (read === undefined) {
      read = readContent(content);
      contents.set(content, read);
    }
    return { row, silent, content: read };
  };
}

/** Adds the answers to one shown alert. */
function addAnswers(row: Sums, opening: Opening, answers: readonly Answer[], latest: number): void {
  let accepted = false;
  let dismissed = false;
  for (const { outcome, at } of answers) {
    if (at > latest) continue;
    if (outcome === 'accepted') accepted = true;
    else dismissed = true;
  }
  if (dismissed) row.dismissed += 1;
  if (!accepted) return;
  row.accepted += 1;
  if (dismissed) row.acceptedAndDismissed += 1;
  if (!opening.accepted) row.acceptedByOpening += 1;
  opening.accepted = true;
}

/** A clinic's weeks without sockets: the same courses and decisions, straight to unit summaries. */
function live(clinic: Clinic, trial: Trial, assigner: Assigner): readonly UnitSummary[] {
  const { window, settings } = clinic;
  const { overridden } = settings;
  const rows = new Map<string, Sums>();
  const find = rowFinder(clinic, assigner, rows);

  const livePerson = (person: Person, stays: readonly Stay[]): void => {
    // No two stays share a day, so that the day alone says which row a firing belongs to.
    const places = new Map<number, Place | undefined>();
    const counted = new Set<Sums>();
    for (const stay of stays) {
      const last = dayIndex(window, stay.to - 1);
      for (let day = dayIndex(window, stay.from); day <= last; day += 1) {
        const begins = window.starts[day] ?? 0;
        const ends = window.starts[day + 1] ?? window.to;
        const place = find(person, stay, begins);
        places.set(day, place);
        if (place === undefined) continue;
        const { row } = place;
        row.calendarDays += 1;
        // A patient who is discharged at midnight is not there at midnight.
        if (stay.to > ends) row.midnightDays += 1;
        row.elapsedDays += (Math.min(stay.to, ends) - Math.max(stay.from, begins)) / day24;
        if (!counted.has(row)) row.patients += 1;
        counted.add(row);
      }
    }

    const openings = new Map<number, Opening>();
    let shownDay = -1;
    for (const firing of firingsOf(person, clinic)) {
      const place = places.get(firing.day);
      if (place === undefined) continue;
      const { row, content } = place;
      // As a log does it: a firing within the window of the last one, shown or silent, is a repeat.
      let opening = openings.get(firing.clinician);
      if (opening === undefined || firing.at - opening.at > trial.repeatWindow) {
        opening = { at: firing.at, shown: false, accepted: false };
        openings.set(firing.clinician, opening);
      }
      opening.at = firing.at;
      if (place.silent || content.quietIn.includes(firing.place)) {
        row.silent += 1;
        continue;
      }
      row.alerts += 1;
      if (firing.day !== shownDay) row.exposedDays += 1;
      shownDay = firing.day;
      if (!opening.shown) row.alertsByOpening += 1;
      opening.shown = true;
      const accept = acceptanceOf(clinic, firing, content.summary);
      const answers = answersTo(firing, { accept, overridden });
      addAnswers(row, opening, answers, firing.at + trial.responseWindow);
    }
  };

  for (const person of clinic.persons) {
    const stays = person.stays.filter(
      ({ from, to }) => to > window.from && from < window.to && isAdult(person.birthDate, from),
    );
    if (stays.length > 0) livePerson(person, stays);
  }
  return [...rows.values()].sort(
    (a, b) => (a.unitId < b.unitId ? -1 : a.unitId > b.unitId ? 1 : 0) || (a.arm < b.arm ? -1 : 1),
  );
}

/** Hashing, remembered by unit where it cannot change with time. */
function hashingOf(trial: Trial): Assigner {
  if (trial.enrolment.length > 1) return (subject, at) => assign(trial, subject, { at });
  const known = new Map<string, Assignment>();
  return (subject, at) => {
    const unit = subject[trial.unit] ?? '';
    // Before and after the trial nobody is randomised.
    if (at < trial.startsAt || at >= trial.endsAt) return assign(trial, subject, { at });
    let assignment = known.get(unit);
    if (assignment === undefined) {
      assignment = assign(trial, subject, { at });
      known.set(unit, assignment);
    }
    return assignment;
  };
}

/**
 * The unit summaries that a trial in a synthetic clinic would give, without sockets or store: the
 * same courses and decisions as `runClinic`, in milliseconds, so that hundreds of seeds can be tried.
 * Arms are hashed from the plain ids, where a log hashes pseudonyms.
 *
 * The effects are those of the settings where an arm's content has the shape of `AlertContent`: the
 * card is known by its summary, and the arm is quiet in the places that it names. Set `quietShare`
 * and `cardEffect` to 0 for no effect. Answers come within two hours, so the acceptance is
 * exactly as set for any response window of two hours or more. There are no orders beside the
 * accepted cards (`ordered` is 0), and no strata.
 *
 * @param trial randomising patients, practices (wards) or encounters; default arms by hashing
 * @throws RangeError for a trial by clinician: no clinician owns a patient-day here
 */
export function simulateSummaries<P extends Protocol>(
  settings: ClinicChoices,
  trial: Trial<P>,
  options: { readonly assign?: Assigner | undefined } = {},
): readonly UnitSummary[] {
  if (trial.unit === 'clinician') {
    throw new RangeError(
      'a clinician has no patient-days: randomise patients, practices or encounters',
    );
  }
  const plain = trial as Trial;
  const clinic = makeClinic({
    timeZone: trial.timeZone,
    start: trial.protocol.start,
    end: trial.protocol.end,
    ...settings,
  });
  return live(clinic, plain, options.assign ?? hashingOf(plain));
}
