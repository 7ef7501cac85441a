import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Problem } from '../../errors.ts';
import { AllocationError, messageOf, notJson, problemsOf } from '../../errors.ts';
import { isCalendarDay } from '../../trial/calendar.ts';
import { fingerprintOf } from '../../trial/fingerprint.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Allocation } from './allocation.ts';
import { foreignness } from './belonging.ts';
import { checksumsOf } from './checksum.ts';
import { everListed } from './history.ts';
import { listedPlanOf } from './plan.ts';
import { asMade, behind, faultsOf } from './standing.ts';

const text = z.string().min(1, 'must not be empty');

const cluster = z.strictObject({
  id: text,
  size: z.number().gt(0).optional(),
  values: z.record(z.string(), z.union([z.string(), z.number()])),
  wave: z.int().min(0),
  arms: z.array(text).min(1),
});

const amendment = {
  from: z.string().refine(isCalendarDay, 'must be a calendar day that exists'),
  reason: text,
  amends: text,
};

const allocationShape = z.strictObject({
  form: z.literal('rapidcycle-allocation/1'),
  trial: text,
  id: text,
  round: z.int(),
  // They are those of the protocol, letter by letter, which has been checked.
  method: z.unknown(),
  periods: z.unknown(),
  seed: text,
  clusters: z.array(cluster).min(1),
  diagnostics: z.unknown(),
  amendments: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('add'),
        ...amendment,
        seed: text,
        clusters: z.array(cluster).min(1),
      }),
      z.strictObject({ kind: z.literal('withdraw'), ...amendment, cluster: text }),
      z.strictObject({ kind: z.literal('merge'), ...amendment, cluster: text, into: text }),
    ]),
  ),
  checksum: text,
});

/**
 * Takes up an allocation from a document that may be anything, such as parsed JSON: checks its shape,
 * its checksum with that of each amendment, that each amendment could have been made, and that it
 * belongs to the trial. That its seed gives these very arms is checked where it is replayed
 * (`referenceSetOf`, `rapidcycle verify`).
 *
 * @throws AllocationError with every fault found
 */
export function allocationFrom(trial: Trial, document: unknown): Allocation {
  const plan = listedPlanOf(trial);
  const parsed = allocationShape.safeParse(document);
  if (!parsed.success) throw new AllocationError(problemsOf(parsed.error.issues));
  // Through JSON, so that the copy shares nothing with the caller and can be frozen.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked just above
  const allocation = JSON.parse(JSON.stringify(document)) as Allocation;
  const problems: Problem[] = [];
  const fault = (path: string, message: string): void => {
    problems.push({ path, message });
  };
  const foreign = foreignness(trial, allocation);
  if (foreign !== undefined) {
    problems.push(foreign);
  } else {
    const stated = fingerprintOf([allocation.method, allocation.periods]);
    if (stated !== fingerprintOf([plan.method, plan.periods ?? null])) {
      fault('method', 'is not the method and the periods of the protocol');
    }
    for (const name of ['id', 'round'] as const) {
      if (allocation[name] === trial[name]) continue;
      fault(name, `must be ${trial[name]}, as in the protocol`);
    }
  }
  const checksums = checksumsOf(allocation);
  if (checksums.at(-1) !== allocation.checksum) {
    fault('checksum', 'does not match: the list was edited after it was made');
  }
  let standing = asMade(trial, allocation);
  allocation.amendments.forEach((each, i) => {
    const own = `amendments[${i}]`;
    if (checksums[i] !== each.amends) {
      fault(`${own}.amends`, 'is not the checksum of the list that it amended');
    }
    // A look-up follows mergers, and would never end where two clusters became part of each other.
    for (const { path, message } of faultsOf(trial, standing, { ...each, change: each })) {
      fault(`${own}.${path}`, message);
    }
    standing = behind(standing, each);
  });
  const arms = new Set(trial.arms.map(({ name }) => name));
  const seen = new Set<string>();
  everListed(allocation).forEach(({ id, arms: own }) => {
    if (seen.has(id)) fault('clusters', `"${id}" stands there twice`);
    seen.add(id);
    if (own.length !== trial.periods.length || own.some((arm) => !arms.has(arm))) {
      fault(
        'clusters',
        `"${id}" needs one of the trial's arms for each of its ${trial.periods.length} period(s)`,
      );
    }
  });
  if (problems.length > 0) throw new AllocationError(problems);
  return allocation;
}

/**
 * Reads an allocation from a JSON file.
 *
 * @throws AllocationError when the file cannot be read, is not JSON, or is no allocation of the trial
 */
export function loadAllocation(trial: Trial, file: string | URL): Allocation {
  const path = String(file);
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/^\u{FEFF}/u, '');
  } catch (cause) {
    throw new AllocationError([{ path, message: messageOf(cause) }], { cause });
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new AllocationError([{ path, message: notJson(text, cause) }]);
  }
  return allocationFrom(trial, document);
}
