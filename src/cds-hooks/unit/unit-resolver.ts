import type { CdsRequest } from '../types.ts';
import type { Crosswalk } from './crosswalk.ts';
import { isPerson } from './sources-of.ts';

/**
 * Why the practice of a call is not known:
 * - `prefetch-missing`: the client did not send the resource that names it
 * - `element-missing`: the resource does not name it
 * - `ambiguous`: it names several, or there is more than was sent
 * - `not-in-crosswalk`: the crosswalk does not have what it names
 * - `person`: it names a person, whose id may not stand for a practice without a crosswalk
 * - `failed`: the expression could not be evaluated, or gave what can be no id
 */
export type UnitGap =
  'prefetch-missing' | 'element-missing' | 'ambiguous' | 'not-in-crosswalk' | 'person' | 'failed';

/** How many calls were resolved, and how many not for which reason, since the resolver was made. */
export type UnitCounts = Readonly<Record<'resolved' | UnitGap, number>>;

/** Says which practice a call belongs to. */
export interface UnitResolver {
  /** The id of the practice; undefined when it is not known. Never throws. */
  (request: CdsRequest): string | undefined;
  /** The FHIR queries that it needs, for the alert's `prefetch`. */
  readonly prefetch: Readonly<Record<string, string>>;
  /** Holds no ids. */
  readonly counts: UnitCounts;
}

/** The source ids that a call names, or why there are none. */
export type Sources = readonly string[] | UnitGap;

/** How source ids become a practice. */
export interface UnitOptions {
  /**
   * Which practice each source id belongs to. Without it, the source ids are the ids of the
   * practices, and go into the ledger as they are.
   */
  readonly crosswalk?: Crosswalk | undefined;
  /**
   * System of an identifier that stands for the organisation instead of its reference, such as
   * `http://hl7.org/fhir/sid/us-npi`.
   */
  readonly identifier?: string | undefined;
}

function practiceOf(
  sources: Sources,
  crosswalk: Crosswalk | undefined,
): { readonly id: string } | UnitGap {
  if (typeof sources === 'string') return sources;
  const known = sources.map((source) => (crosswalk === undefined ? source : crosswalk.get(source)));
  const [id, ...others] = new Set(known);
  if (others.length > 0) return 'ambiguous';
  if (id === undefined) return sources.length === 0 ? 'element-missing' : 'not-in-crosswalk';
  if (crosswalk === undefined && isPerson(id)) return 'person';
  return id.length > 512 || !id.isWellFormed() ? 'failed' : { id };
}

/** Makes a resolver of what reads the source ids, and counts what became of each call. */
export function unitResolver(
  read: (request: CdsRequest) => Sources,
  { crosswalk, prefetch }: UnitOptions & { readonly prefetch: Readonly<Record<string, string>> },
): UnitResolver {
  const counts: Record<keyof UnitCounts, number> = {
    resolved: 0,
    'prefetch-missing': 0,
    'element-missing': 0,
    ambiguous: 0,
    'not-in-crosswalk': 0,
    person: 0,
    failed: 0,
  };
  const resolve = (request: CdsRequest): string | undefined => {
    let practice: { readonly id: string } | UnitGap;
    try {
      practice = practiceOf(read(request), crosswalk);
    } catch {
      practice = 'failed';
    }
    counts[typeof practice === 'string' ? practice : 'resolved'] += 1;
    return typeof practice === 'string' ? undefined : practice.id;
  };
  return Object.defineProperty(
    Object.assign(resolve, { prefetch, counts: { ...counts } }),
    'counts',
    {
      get: () => ({ ...counts }),
    },
  );
}
