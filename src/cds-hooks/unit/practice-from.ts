import type { PracticeElement } from './practice-element.ts';
import { isPracticeElement, queries, readElement } from './practice-element.ts';
import type { Sources, UnitOptions, UnitResolver } from './unit-resolver.ts';
import { unitResolver } from './unit-resolver.ts';

const namesPeople: ReadonlySet<PracticeElement> = new Set([
  'Patient.generalPractitioner',
  'context.userId',
]);

/**
 * Makes a resolver of practices that looks at what the client prefetched, under whatever key it
 * stands there. Of several elements, the first that names anything counts.
 *
 * A reference is taken as `Organization/17`, without its version and, on the client's own FHIR
 * server, without its address; on another server it keeps its address. Where there is only an
 * identifier it is taken as `system|value`. Several practices (a clinician with several roles, a
 * Bundle of which a page is missing) are none: the call is served as usual care, and counted.
 * Several departments of one practice, by the crosswalk, are one.
 *
 * It must not look at anything that depends on the arm, and does not.
 *
 * @example
 * const practiceOf = practiceFrom('Encounter.serviceProvider', {
 *   crosswalk: parseCrosswalk(await readFile('practices.csv', 'utf8')),
 * });
 * alertService(log, {
 *   ...,
 *   prefetch: practiceOf.prefetch,
 *   subject: (request) => ({ ...contextIds(request), practice: practiceOf(request) }),
 * });
 *
 * @throws TypeError when there is no such element, or one that names a person comes without a
 *   crosswalk
 */
export function practiceFrom(
  element: PracticeElement | readonly PracticeElement[],
  options: UnitOptions = {},
): UnitResolver {
  const { crosswalk } = options;
  const elements: readonly PracticeElement[] = typeof element === 'string' ? [element] : element;
  if (elements.length === 0 || !elements.every(isPracticeElement)) {
    throw new TypeError(`The practice must come from ${Object.keys(queries).join(', ')}.`);
  }
  const personal = elements.find((each) => namesPeople.has(each));
  if (personal !== undefined && crosswalk === undefined) {
    throw new TypeError(`${personal} needs a crosswalk: the id of a person is no practice.`);
  }
  return unitResolver(
    (request) => {
      let found: Sources = 'prefetch-missing';
      for (const each of elements) {
        const sources = readElement(each, { ...options, request });
        if (sources !== 'prefetch-missing' && sources.length > 0) return sources;
        if (typeof sources !== 'string') found = sources;
      }
      return found;
    },
    { crosswalk, prefetch: Object.assign({}, ...elements.map((each) => queries[each])) },
  );
}
