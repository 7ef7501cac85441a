import { stateOf } from '../prefetch/prefetch-state.ts';
import type { ResourceIndex } from '../prefetch/resource-index.ts';
import { indexResources } from '../prefetch/resource-index.ts';
import { isObject } from '../is-object.ts';
import { normalReference, sourcesOf, textOf } from './sources-of.ts';
import type { UnitOptions, UnitResolver } from './unit-resolver.ts';
import { unitResolver } from './unit-resolver.ts';

/** What an expression can use. */
export interface FhirPathUnitOptions extends UnitOptions {
  /** FHIR queries by key: what stands under a key is `%key` in the expression. */
  readonly prefetch?: Readonly<Record<string, string>> | undefined;
}

/**
 * Makes a resolver of practices from a FHIRPath expression (FHIR R4). It is evaluated on the context
 * of the call, which is `%context` too; `%key` is what was prefetched under a key. `resolve()` finds
 * what came with the call, and reads nothing from elsewhere.
 *
 * The result must be one reference, resource, identifier or text; it is taken as `practiceFrom` takes
 * it. Different ones are none. A text is taken as it is, so let it not be the id of a person. An expression that cannot be evaluated in a call counts as `failed`.
 * The engine is loaded here and the expression compiled once; a call then takes microseconds.
 *
 * It must not look at anything that depends on the arm, and has nothing of the kind at hand.
 *
 * @example
 * const practiceOf = await fhirPathUnit(
 *   "%encounter.location.where(status = 'active').location.resolve().managingOrganization",
 *   { prefetch: { encounter: 'Encounter?_id={{context.encounterId}}&_include=Encounter:location' } },
 * );
 *
 * @throws SyntaxError when the expression is malformed
 * @link https://hl7.org/fhirpath/
 */
export async function fhirPathUnit(
  expression: string,
  options: FhirPathUnitOptions = {},
): Promise<UnitResolver> {
  const { crosswalk, prefetch = {} } = options;
  const [{ default: fhirpath }, { default: model }] = await Promise.all([
    import('fhirpath'),
    import('fhirpath/fhir-context/r4'),
  ]);
  let find: ResourceIndex = () => undefined;
  let server: unknown;
  const resolve = (inputs: readonly unknown[]): readonly unknown[] =>
    inputs.flatMap((input) => {
      const written = textOf(isObject(input) ? input['reference'] : input);
      return written === undefined ? [] : (find(normalReference(written, server)) ?? []);
    });
  const evaluate = ((): ((context: unknown, variables: Record<string, unknown>) => unknown[]) => {
    try {
      return fhirpath.compile(expression, model, {
        userInvocationTable: { resolve: { fn: resolve, arity: { 0: [] } } },
      });
    } catch (cause) {
      throw new SyntaxError('The FHIRPath expression is malformed.', { cause });
    }
  })();

  return unitResolver(
    (request) => {
      find = indexResources(request);
      server = request.fhirServer;
      const sent: ReadonlyMap<string, unknown> = new Map(Object.entries(request.prefetch ?? {}));
      const variables = Object.keys(prefetch).map((key): [string, unknown] => {
        const value = sent.get(key);
        return [key, /^(?:satisfied|paged)$/.test(stateOf(value)) ? value : undefined];
      });
      // The engine puts marks of its own on what it hands out.
      const { context, named } = structuredClone({
        context: request.context,
        named: Object.fromEntries(variables),
      });
      const results = evaluate(context, { ...named, context });
      if (results.length === 0) {
        const isMissing = variables.some(([, value]) => value === undefined);
        return isMissing ? 'prefetch-missing' : 'element-missing';
      }
      const sources = sourcesOf(request, options);
      return results.flatMap((result) => sources(result));
    },
    { crosswalk, prefetch },
  );
}
