import { fieldsOf } from '../hooks/library.ts';
import { isObject } from '../is-object.ts';
import { readTemplate } from './parse-template.ts';
import type { PrefetchTemplate, Selector } from './template.ts';

/** Every selector of a template. */
function selectorsOf({ parts }: PrefetchTemplate): readonly Selector[] {
  return parts.flatMap((part) => (typeof part === 'string' ? [] : part.selectors));
}

/** The keys of the other templates on whose answers a template builds. */
export function keysNeeded(template: PrefetchTemplate): readonly string[] {
  return selectorsOf(template).flatMap((selector) =>
    selector.from === 'prefetch' ? [selector.key] : [],
  );
}

/** The keys that depend on themselves, directly or through others. */
function circles(templates: ReadonlyMap<string, PrefetchTemplate>): readonly string[] {
  const needs = (key: string, seen: Set<string>): Set<string> => {
    const template = templates.get(key);
    for (const needed of template === undefined ? [] : keysNeeded(template)) {
      if (!seen.has(needed)) needs(needed, seen.add(needed));
    }
    return seen;
  };
  return [...templates.keys()].filter((key) => needs(key, new Set()).has(key));
}

function contextFaults(hook: string, template: PrefetchTemplate): readonly string[] {
  const fields = fieldsOf(hook);
  if (fields === undefined) return [];
  return selectorsOf(template).flatMap((selector) => {
    if (selector.from !== 'context') return [];
    const [first] = selector.steps;
    return first?.to !== 'element' || Object.hasOwn(fields, first.name)
      ? []
      : [`${hook} has no context.${first.name}; it has ${Object.keys(fields).join(', ')}`];
  });
}

/** What is wrong with the prefetch templates of a service, each fault with its key. */
export function prefetchFaults(hook: string, prefetch: unknown): readonly string[] {
  if (!isObject(prefetch)) return ['prefetch must be an object of FHIR queries'];
  const faults: string[] = [];
  const templates = new Map<string, PrefetchTemplate>();
  for (const [key, text] of Object.entries(prefetch)) {
    const template = readTemplate(text);
    if ('parts' in template) templates.set(key, template);
    else faults.push(...template.map((fault) => `prefetch.${key} ${fault}`));
  }
  for (const [key, template] of templates) {
    faults.push(...contextFaults(hook, template).map((fault) => `prefetch.${key}: ${fault}`));
    for (const needed of keysNeeded(template)) {
      if (!Object.hasOwn(prefetch, needed))
        faults.push(`prefetch.${key}: there is no prefetch key "${needed}"`);
    }
  }
  for (const key of circles(templates)) faults.push(`prefetch.${key} depends on itself`);
  return faults;
}
