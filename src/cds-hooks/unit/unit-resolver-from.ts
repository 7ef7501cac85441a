import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as z from 'zod';
import type { Problem } from '../../errors.ts';
import { codeOf, ImportError, messageOf, problemsOf } from '../../errors.ts';
import type { Crosswalk } from './crosswalk.ts';
import { parseCrosswalk } from './crosswalk.ts';
import { fhirPathUnit } from './fhir-path-unit.ts';
import type { PracticeElement } from './practice-element.ts';
import { isPracticeElement, queries } from './practice-element.ts';
import { practiceFrom } from './practice-from.ts';
import type { UnitResolver } from './unit-resolver.ts';

/** How practices are resolved, as a document: by elements, or by an expression. */
export interface UnitDocument {
  readonly practice: (
    | { readonly from: PracticeElement | readonly PracticeElement[] }
    | {
        readonly fhirpath: string;
        /** FHIR queries by key. */
        readonly prefetch?: Readonly<Record<string, string>> | undefined;
      }
  ) & {
    /** Path of a crosswalk file. */
    readonly crosswalk?: string | undefined;
    /** System of an identifier that stands for the organisation. */
    readonly identifier?: string | undefined;
  };
}

const text = z.string().min(1, 'must not be empty');
const element = z.custom<PracticeElement>(
  isPracticeElement,
  `must be one of ${Object.keys(queries).join(', ')}`,
);
const common = { crosswalk: text.optional(), identifier: text.optional() };
const byElement = z.strictObject({
  from: z.preprocess((from) => (Array.isArray(from) ? from : [from]), z.array(element).min(1)),
  ...common,
});
const byExpression = z.strictObject({
  fhirpath: text,
  prefetch: z.record(z.string(), text).optional(),
  ...common,
});

async function crosswalkAt(path: string): Promise<Crosswalk> {
  try {
    return parseCrosswalk(await readFile(path, 'utf8'));
  } catch (error) {
    const at = 'practice.crosswalk';
    const problems: readonly Problem[] =
      error instanceof ImportError
        ? error.problems.map((problem) => ({
            ...problem,
            path: [at, problem.path].filter((part) => part !== '').join(', '),
          }))
        : [{ path: at, message: `cannot be read (${codeOf(error) ?? messageOf(error)})` }];
    throw new ImportError(problems);
  }
}

/**
 * Makes a resolver of practices from a document, so that a trial of practices needs no code.
 *
 * @param document a `UnitDocument`, such as `{ "practice": { "from": "Encounter.serviceProvider",
 *   "crosswalk": "practices.csv" } }`
 * @param options `folder`: where the path of the crosswalk starts; default the working directory
 * @throws ImportError with every problem of the document or its crosswalk
 */
export async function unitResolverFrom(
  document: unknown,
  options: { readonly folder?: string | undefined } = {},
): Promise<UnitResolver> {
  const { folder = '.' } = options;
  const outer = z.strictObject({ practice: z.looseObject({}) }).safeParse(document);
  if (!outer.success) throw new ImportError(problemsOf(outer.error.issues));
  const schema: z.ZodType<UnitDocument['practice']> =
    'fhirpath' in outer.data.practice ? byExpression : byElement;
  const parsed = schema.safeParse(outer.data.practice);
  if (!parsed.success) throw new ImportError(problemsOf(parsed.error.issues, 'practice'));
  const { crosswalk: path, identifier } = parsed.data;
  const crosswalk = path === undefined ? undefined : await crosswalkAt(resolve(folder, path));
  try {
    if ('from' in parsed.data) return practiceFrom(parsed.data.from, { crosswalk, identifier });
    const { fhirpath, prefetch } = parsed.data;
    return await fhirPathUnit(fhirpath, { crosswalk, identifier, prefetch });
  } catch (error) {
    const at = 'from' in parsed.data ? 'practice.from' : 'practice.fhirpath';
    throw new ImportError([{ path: at, message: messageOf(error) }]);
  }
}
