import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { notJson } from '../errors.ts';
import type { Json } from '../trial/protocol.ts';
import type { JsonObject } from './json.ts';
import { isJsonObject, textAt, valueAt } from './json.ts';

/** What is read of a bundle: Patients and Encounters, with references to `Type/id`. */
export interface BundleFile {
  /** Name of the file. */
  readonly name: string;
  readonly patients: readonly JsonObject[];
  readonly encounters: readonly JsonObject[];
}

/** Replaces `urn:uuid:…` by `Type/id` wherever the bundle itself holds the resource. */
function relinked(resource: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  const relink = (value: Json): Json => {
    if (isJsonObject(value)) return relinked(value, names);
    return Array.isArray(value) ? value.map(relink) : value;
  };
  return Object.fromEntries(
    Object.entries(resource).map(([key, value]) => [
      key,
      key === 'reference' && typeof value === 'string'
        ? (names.get(value) ?? value)
        : relink(value),
    ]),
  );
}

function parse(name: string, text: string): BundleFile {
  const fault = (what: string): Error =>
    new Error(`${name} is not a FHIR bundle that can be used: ${what}`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw fault(`it ${notJson(text, cause)}`);
  }
  if (textAt(document, 'resourceType') !== 'Bundle') {
    throw fault('its resourceType must be "Bundle"');
  }
  const entries = valueAt(document, 'entry');
  if (!Array.isArray(entries)) throw fault('it must have a list `entry`');
  const names = new Map<string, string>();
  const resources = entries.map((entry: unknown, index): JsonObject => {
    const resource = valueAt(entry, 'resource');
    const type = textAt(resource, 'resourceType');
    if (!isJsonObject(resource) || type === '') {
      throw fault(`entry[${index}].resource must be a resource with a resourceType`);
    }
    const id = textAt(resource, 'id');
    if (['Patient', 'Encounter'].includes(type) && id === '') {
      throw fault(`entry[${index}].resource must have an id`);
    }
    const fullUrl = textAt(entry, 'fullUrl');
    if (fullUrl !== '') names.set(fullUrl, `${type}/${id}`);
    return resource;
  });
  const of = (type: string): readonly JsonObject[] =>
    resources
      .filter(({ resourceType }) => resourceType === type)
      .map((resource) => relinked(resource, names));
  return { name, patients: of('Patient'), encounters: of('Encounter') };
}

/**
 * Reads every `.json` file of a folder as a FHIR R4 bundle, in order of names.
 *
 * @throws Error naming the file and what is wrong with it, or that there is none
 */
export async function readBundles(folder: string): Promise<readonly BundleFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  if (names.length === 0) throw new Error(`${folder} holds no bundle: no file ends in .json`);
  const files: BundleFile[] = [];
  for (const name of names) {
    files.push(parse(name, await readFile(join(folder, name), 'utf8')));
  }
  return files;
}
