import { calendarDay } from '../../trial/calendar.ts';
import { bareId, personOf } from '../context-ids.ts';
import { isObject } from '../is-object.ts';
import type { CdsRequest } from '../types.ts';
import { moveDate } from './move-date.ts';
import { indexResources } from './resource-index.ts';
import type { Selection } from './select.ts';
import { select } from './select.ts';
import type { PrefetchTemplate, Selector } from './template.ts';

/**
 * Why a template cannot become a query: a token has no value, has several where there is room for
 * one, leads to something that is not simple, leads through a resource that the call does not bring,
 * is a date out of all bounds, or its value cannot stand in an address.
 */
export type UnresolvedReason =
  'no-value' | 'many-values' | 'not-simple' | 'not-read' | 'no-date' | 'unfit-value';

/** The query of a template, or why there is none. */
export type ResolvedTemplate =
  | { readonly status: 'resolved'; readonly query: string }
  | {
      readonly status: 'unresolved';
      readonly reason: UnresolvedReason;
      /** What stands between the braces. */
      readonly token: string;
    };

/** What `today()` depends on. */
export interface ResolveOptions {
  /** Milliseconds since 1970-01-01T00:00Z; default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** IANA name of the time zone whose day is meant; default UTC. */
  readonly zone?: string | undefined;
}

/** What a selector leads to, or that it is a date out of bounds. */
type Found = Selection | 'no-date';

function finder(request: CdsRequest, options: ResolveOptions): (selector: Selector) => Found {
  const { now = Date.now, zone = 'UTC' } = options;
  const { context } = request;
  const sources = { request, find: indexResources(request) };
  // Sloppy clients send references where bare ids are meant, and addresses for references.
  const tidy: Readonly<Record<string, unknown>> = {
    ...context,
    patientId: bareId(context['patientId'], 'Patient'),
    encounterId: bareId(context['encounterId'], 'Encounter'),
    userId: personOf(context['userId']),
  };
  return (selector) => {
    switch (selector.from) {
      case 'user': {
        const user = context['userId'];
        const id = bareId(user, selector.resourceType);
        return { values: id === undefined || id === user ? [] : [id], unread: false };
      }
      case 'today': {
        let day: string | undefined = calendarDay(now(), zone);
        for (const shift of selector.shifts) day = day && moveDate(day, shift);
        return day === undefined ? 'no-date' : { values: [day], unread: false };
      }
      case 'context':
        return select(tidy, selector.steps, sources);
      case 'prefetch': {
        const { prefetch } = request;
        const known = isObject(prefetch) && Object.hasOwn(prefetch, selector.key);
        return select(known ? prefetch[selector.key] : undefined, selector.steps, sources);
      }
    }
  };
}

const isSimple = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** In a search, as data: what FHIR gives a meaning in a value is escaped. */
function searchValue(value: string): string {
  return encodeURIComponent(value.replace(/[\\,$|]/g, '\\$&'));
}

const isSegment = (value: string): boolean =>
  /^(?:[A-Z][A-Za-z]*\/)?[A-Za-z0-9._~-]+$/.test(value) && !/(?:^|\/)\.{1,2}$/.test(value);

/**
 * Puts a call's values into a template. A value that is missing never makes a query that asks for
 * more than was meant: there is none then.
 *
 * @returns the query, relative to the FHIR server, or why there is none
 */
export function resolveTemplate(
  template: PrefetchTemplate,
  request: CdsRequest,
  options: ResolveOptions = {},
): ResolvedTemplate {
  const find = finder(request, options);
  let query = '';
  for (const part of template.parts) {
    if (typeof part === 'string') {
      query += part;
      continue;
    }
    const token = part.text;
    const unresolved = (reason: UnresolvedReason): ResolvedTemplate => ({
      status: 'unresolved',
      reason,
      token,
    });
    const values = new Set<string>();
    let unread = false;
    for (const selector of part.selectors) {
      const found = find(selector);
      if (found === 'no-date') return unresolved('no-date');
      unread ||= found.unread;
      for (const value of found.values) {
        if (!isSimple(value)) return unresolved('not-simple');
        if (value !== '') values.add(String(value));
      }
    }
    if (unread) return unresolved('not-read');
    const [first] = values;
    if (first === undefined) return unresolved('no-value');
    if (query.includes('?')) {
      if (![...values].every((value) => value.isWellFormed())) return unresolved('unfit-value');
      query += [...values].map((value) => searchValue(value)).join(',');
    } else {
      if (values.size > 1) return unresolved('many-values');
      if (!isSegment(first)) return unresolved('unfit-value');
      query += first;
    }
  }
  return { status: 'resolved', query };
}
