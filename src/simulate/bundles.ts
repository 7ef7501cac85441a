import { randomStream } from '../stats/index.ts';
import type { BundleFile } from './bundle-file.ts';
import { readBundles } from './bundle-file.ts';
import type { Clinic } from './clinic.ts';
import { clinicWith } from './clinic.ts';
import { cumulate, indexAt } from './draws.ts';
import type { JsonObject } from './json.ts';
import { textAt } from './json.ts';
import type { Person, Stay } from './persons.ts';
import { drawPersonFrailty } from './persons.ts';
import type { ClinicChoices } from './settings.ts';
import type { Window } from './window.ts';
import { day24 } from './window.ts';

/** What became of the encounters of the bundles. */
export interface BundleCounts {
  readonly files: number;
  readonly patients: number;
  /** Patients with at least one inpatient stay in the window. */
  readonly withStays: number;
  /** Inpatient stays moved into the window. */
  readonly moved: number;
  /** Inpatient stays left out: the earlier ones of a patient, when the window has no room for them. */
  readonly withoutRoom: number;
  /** Inpatient stays left out: within another stay of the same patient. */
  readonly overlapping: number;
  /** Inpatient encounters left out: no usable period. */
  readonly withoutPeriod: number;
}

interface ReadStay {
  readonly from: number;
  readonly to: number;
  readonly record: JsonObject;
}

interface Read {
  readonly stays: readonly ReadStay[];
  readonly others: readonly JsonObject[];
  readonly overlapping: number;
  readonly withoutPeriod: number;
}

function readStays(encounters: readonly JsonObject[]): Read {
  const inpatient = encounters.filter(
    (encounter) =>
      ['IMP', 'ACUTE', 'NONAC'].includes(textAt(encounter, 'class', 'code')) &&
      encounter['status'] === 'finished',
  );
  const read = inpatient.map((record): ReadStay => ({
    from: Date.parse(textAt(record, 'period', 'start')),
    to: Date.parse(textAt(record, 'period', 'end')),
    record,
  }));
  const usable = read.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from);
  const apart: ReadStay[] = [];
  for (const stay of usable) {
    if (stay.from >= (apart.at(-1)?.to ?? -Infinity)) apart.push(stay);
  }
  return {
    stays: apart,
    others: encounters.filter((encounter) => !inpatient.includes(encounter)),
    overlapping: usable.length - apart.length,
    withoutPeriod: read.length - usable.length,
  };
}

/** The gap between two moved stays, whole days: kept from two days to a week, else brought there. */
function daysCut(gap: number, draw: (bound: number) => number): number {
  if (gap < 2 * day24) return -Math.ceil((2 * day24 - gap) / day24);
  if (gap > 7 * day24) return Math.floor(gap / day24) - (2 + draw(5));
  return 0;
}

/**
 * Moves stays into the window by whole days of 24 hours. Lengths of stay are kept, and so are gaps
 * from two days to a week; others are lengthened or shortened to such. The last stays are taken, as
 * many as have room; where they lie in the window is drawn.
 */
function moveStays(
  stays: readonly ReadStay[],
  window: Window,
  draw: (bound: number) => number,
): readonly ReadStay[] {
  const chosen: ReadStay[] = [];
  let shift = 0;
  let room = { least: 0, most: 0 };
  for (const stay of [...stays].reverse()) {
    const later = chosen[0];
    if (later !== undefined) shift += daysCut(later.from - shift - stay.to, draw) * day24;
    const from = stay.from + shift;
    const to = stay.to + shift;
    const end = chosen.at(-1)?.to ?? to;
    const least = Math.ceil((window.from - from) / day24);
    const most = Math.floor((window.to - end) / day24);
    if (least > most) break;
    room = { least, most };
    chosen.unshift({ ...stay, from, to });
  }
  if (chosen.length === 0) return [];
  const move = (room.least + draw(room.most - room.least + 1)) * day24;
  return chosen.map((stay) => ({ ...stay, from: stay.from + move, to: stay.to + move }));
}

/**
 * Makes a clinic of the patients of FHIR R4 transaction bundles, such as those of Synthea: their
 * inpatient stays are moved into the clinic's window, and openings of charts, clinicians and answers
 * are simulated on top, with the truth that was set. Patients without inpatient stays stay in the
 * record and are never in hospital. Files are read where they lie.
 *
 * A stay is an Encounter of class IMP, ACUTE or NONAC that is finished. As bundles rarely say where
 * patients were, wards are drawn.
 *
 * @param folder every `.json` file in it is read
 * @throws Error naming the file that is not a bundle
 * @throws RangeError when a setting is out of range; `patients` is what the folder holds
 */
export async function clinicFromBundles(
  folder: string,
  choices: ClinicChoices = {},
): Promise<{ readonly clinic: Clinic; readonly counts: BundleCounts }> {
  const files = await readBundles(folder);
  const count = { moved: 0, withoutRoom: 0, overlapping: 0, withoutPeriod: 0, withStays: 0 };

  const personOf = (
    file: BundleFile,
    patient: JsonObject,
    { settings, window, wards }: Pick<Clinic, 'settings' | 'window' | 'wards'>,
    index: number,
  ): Person => {
    const id = textAt(patient, 'id');
    const own = file.encounters.filter(
      (encounter) => textAt(encounter, 'subject', 'reference') === `Patient/${id}`,
    );
    const read = readStays(own);
    const random = randomStream([settings.seed, 'bundle'], index);
    const moved = moveStays(read.stays, window, random.integer);
    const sizes = cumulate(wards.map(({ share }) => share));
    const stays = moved.map(({ from, to, record }): Stay => ({
      id: textAt(record, 'id'),
      ward: indexAt(sizes, random.next()),
      emergencyFrom: undefined,
      from,
      to,
      record,
    }));
    count.moved += stays.length;
    count.withoutRoom += read.stays.length - stays.length;
    count.overlapping += read.overlapping;
    count.withoutPeriod += read.withoutPeriod;
    if (stays.length > 0) count.withStays += 1;
    return {
      id,
      index,
      birthDate: textAt(patient, 'birthDate'),
      gender: patient['gender'] === 'male' ? 'male' : 'female',
      frailty: drawPersonFrailty(settings, index),
      stays,
      record: { patient, encounters: read.others },
    };
  };

  const pairs = files.flatMap((file) => file.patients.map((patient) => ({ file, patient })));
  if (pairs.length === 0) throw new Error(`${folder} holds no Patient`);
  const clinic = clinicWith({ ...choices, patients: pairs.length }, (parts) =>
    pairs.map(({ file, patient }, index) => personOf(file, patient, parts, index)),
  );
  return { clinic, counts: { files: files.length, patients: pairs.length, ...count } };
}
