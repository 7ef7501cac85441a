import type { Problem } from '../../errors.ts';
import { RequestError } from '../../errors.ts';
import { isObject } from '../is-object.ts';
import type { HookContexts, HookName } from './contexts.ts';
import type { ContextField, FieldKind } from './library.ts';
import { fieldsOf } from './library.ts';

const isText = (value: unknown): boolean => typeof value === 'string';
const isResource = (value: unknown): boolean =>
  isObject(value) && typeof value['resourceType'] === 'string' && value['resourceType'] !== '';
const isListOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every((item) => isItem(item));

const aResource = 'a FHIR resource: an object with its resourceType';
const kinds: Readonly<
  Record<FieldKind, { readonly what: string; readonly fits: (value: unknown) => boolean }>
> = {
  text: { what: 'a text', fits: isText },
  texts: { what: 'a list of texts', fits: (value) => isListOf(value, isText) },
  resource: { what: aResource, fits: isResource },
  resources: {
    what: 'a list of FHIR resources: objects with their resourceType',
    fits: (value) => isListOf(value, isResource),
  },
  'resource or list': {
    what: `${aResource}, or a list of them`,
    fits: (value) => isResource(value) || isListOf(value, isResource),
  },
  'resource or wrapped': {
    what: aResource,
    fits: (value) => isResource(value) || (isObject(value) && isResource(value['resource'])),
  },
};

// An empty text says as little as null does, and clients send both for what they do not know.
const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

function valueOf(
  context: Readonly<Record<string, unknown>>,
  name: string,
  { also }: ContextField,
): unknown {
  const value = Object.hasOwn(context, name) ? context[name] : undefined;
  return isAbsent(value) && also !== undefined && Object.hasOwn(context, also)
    ? context[also]
    : value;
}

/**
 * What is wrong with the context of a hook of the library; nothing is wrong with one of another.
 *
 * @param options `complete`: whether what the hook requires must be there; otherwise only what is
 *   there is looked at
 */
export function contextProblems(
  hook: string,
  context: Readonly<Record<string, unknown>>,
  options: { readonly complete: boolean },
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [name, field] of Object.entries(fieldsOf(hook) ?? {})) {
    const value = valueOf(context, name, field);
    const { what, fits } = kinds[field.kind];
    if (isAbsent(value)) {
      if (options.complete && field.required) {
        problems.push({ path: name, message: `is required by ${hook}: must be ${what}` });
      }
    } else if (!fits(value)) {
      problems.push({ path: name, message: `must be ${what}` });
    }
  }
  return problems;
}

/**
 * Checks the context of a call: everything that the hook requires is there and has its type. Members
 * that are null, or empty texts, are absent; members that the hook does not know are kept, and those
 * that clients send under an older name have the name of today. The context of a hook that is not of
 * the library is given back as it is.
 *
 * An alert that needs its whole context asks for it in `eligible`, where the refusal becomes the
 * answer to the call; an alert that does not is served although something is missing.
 *
 * @example
 * const { draftOrders } = parseContext('order-sign', request.context);
 *
 * @throws RequestError (400) with the place and reason of every fault
 */
export function parseContext<H extends HookName>(hook: H, context: unknown): HookContexts[H];
export function parseContext(hook: string, context: unknown): Readonly<Record<string, unknown>>;
export function parseContext(hook: string, context: unknown): unknown {
  if (!isObject(context)) {
    throw new RequestError('The context of the call is malformed.', {
      problems: [{ path: 'context', message: 'must be an object' }],
    });
  }
  const fields = fieldsOf(hook);
  if (fields === undefined) return context;
  const problems = contextProblems(hook, context, { complete: true });
  if (problems.length > 0) {
    throw new RequestError('The context of the call is malformed.', {
      problems: problems.map(({ path, message }) => ({ path: `context.${path}`, message })),
    });
  }
  const older = new Set(Object.values(fields).map(({ also }) => also));
  const known = Object.entries(fields).map(([name, field]) => [
    name,
    valueOf(context, name, field),
  ]);
  const others = Object.entries(context).filter(
    ([name]) => !Object.hasOwn(fields, name) && !older.has(name),
  );
  return Object.fromEntries([...known.filter(([, value]) => !isAbsent(value)), ...others]);
}
