import { problemsOf } from '../errors.ts';
import type { Trial } from '../trial/trial.ts';
import type { AlertDefinition } from './definition.ts';
import { isObject } from './is-object.ts';
import { prefetchFaults } from './prefetch/check-prefetch.ts';
import { overrideReasonSchema } from './response-schema.ts';

type Checked = Pick<
  AlertDefinition,
  | 'id'
  | 'hook'
  | 'title'
  | 'description'
  | 'prefetch'
  | 'usageRequirements'
  | 'version'
  | 'hookVersion'
  | 'extension'
  | 'overrideReasons'
  | 'tagOrders'
  | 'timeBudget'
> & {
  readonly subject: unknown;
  readonly eligible?: unknown;
  readonly cards?: unknown;
};

const texts = ['title', 'usageRequirements', 'version', 'hookVersion'] as const;

function reasonFaults(reasons: unknown): readonly string[] {
  if (!Array.isArray(reasons)) return ['overrideReasons must be a list'];
  const known = new Set<string>();
  return reasons.flatMap((reason: unknown, index) => {
    const { data, error } = overrideReasonSchema.safeParse(reason);
    if (data === undefined) {
      return problemsOf(error.issues, `overrideReasons[${index}]`).map(
        ({ path, message }) => `${path} ${message}`,
      );
    }
    const key = JSON.stringify([data.system, data.code]);
    if (known.has(key)) return [`overrideReasons[${index}] has the code of one before it`];
    known.add(key);
    return [];
  });
}

function armFaults(trial: Trial, cards: object): readonly string[] {
  const shown = trial.arms.filter(({ silent }) => silent !== true).map(({ name }) => name);
  return [
    ...shown
      .filter((name) => typeof Reflect.get(cards, name) !== 'function')
      .map((name) => `cards.${name} must be a function: the arm shows something`),
    ...Object.keys(cards)
      .filter((name) => !shown.includes(name))
      .map((name) => `cards.${name} is for no arm that shows something (${shown.join(', ')})`),
  ];
}

function faultsOf(trial: Trial, definition: Checked): readonly string[] {
  const { id, hook, description, prefetch, timeBudget = 1, cards } = definition;
  const { extension, overrideReasons, tagOrders } = definition;
  const faults: string[] = [];
  if (!/^[A-Za-z0-9._~-]{1,128}$/.test(id) || /^\.+$/.test(id))
    faults.push('id must be 1 to 128 letters, digits, "-", "_", "." or "~"');
  if (typeof hook !== 'string' || hook === '') faults.push('hook must name the hook');
  if (typeof description !== 'string' || description === '')
    faults.push('description must say what the service does');
  if (typeof definition.subject !== 'function') faults.push('subject must be a function');
  if (definition.eligible !== undefined && typeof definition.eligible !== 'function')
    faults.push('eligible must be a function');
  for (const name of texts) {
    const text: unknown = definition[name];
    if (text !== undefined && (typeof text !== 'string' || text === ''))
      faults.push(`${name} must be a text`);
  }
  if (prefetch !== undefined) faults.push(...prefetchFaults(hook, prefetch));
  if (extension !== undefined && !isObject(extension)) faults.push('extension must be an object');
  if (overrideReasons !== undefined) faults.push(...reasonFaults(overrideReasons));
  if (tagOrders !== undefined && typeof tagOrders !== 'boolean')
    faults.push('tagOrders must be true or false');
  if (!(timeBudget > 0 && timeBudget <= 60_000))
    faults.push('timeBudget must be above 0 and at most 60,000 milliseconds');
  if (typeof cards === 'object' && cards !== null) faults.push(...armFaults(trial, cards));
  else if (cards !== undefined && typeof cards !== 'function')
    faults.push('cards must be a function, or an object of functions');
  return faults;
}

/**
 * Checks what the types cannot: a definition is often put together from configuration.
 *
 * @throws TypeError with every fault found
 */
export function checkDefinition(trial: Trial, definition: Checked): void {
  const faults = faultsOf(trial, definition);
  if (faults.length > 0) {
    throw new TypeError(`The alert service "${definition.id}" is refused: ${faults.join('; ')}.`);
  }
}
