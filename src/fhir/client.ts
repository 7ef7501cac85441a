import { Client } from 'fhir-kit-client';
import { FhirError } from '../errors.ts';
import { checkedNextLink } from './next-link.ts';
import { pageWatch } from './page-watch.ts';
import type { Resource, ResourceOf } from './r4.ts';
import { isFhirId } from './reference.ts';
import { fromR5 } from './r5/from-r5.ts';
import { isOfType, isResource, nextLinkOf, readBundle } from './search-bundle.ts';
import { valueOf } from './value-of.ts';
import { addressOf, pathOf } from './wire/address.ts';
import type { Call, ConnectionOptions } from './wire/connection.ts';
import { connection } from './wire/connection.ts';
import { documentOf } from './wire/document.ts';

/** A version of FHIR that resources are written in. */
export type FhirVersion = 'R4' | 'R5';

export interface FhirSourceOptions extends ConnectionOptions {
  /** Base URL of the FHIR server, such as `https://ehr.example/fhir/r4`. */
  readonly baseUrl: string;
  /**
   * What the server speaks; default R4. `detect` asks its CapabilityStatement once. Resources of R5 are
   * brought into the form of R4, as far as Rapidcycle reads them.
   */
  readonly version?: FhirVersion | 'detect' | undefined;
  /** Searches by POST, which keeps ids out of addresses and so out of the logs on the way; default no. */
  readonly postSearch?: boolean | undefined;
  /** Pages of one search after which it is refused as endless; default 10,000. */
  readonly maxPages?: number | undefined;
  /** Bytes of one answer, unpacked, above which it is refused; default 64 MiB. */
  readonly maxBytes?: number | undefined;
}

/** Search parameters; those that are `undefined` are left out, lists are repeated. */
export type SearchParameters = Readonly<
  Record<string, string | number | boolean | readonly (string | number | boolean)[] | undefined>
>;

/** What a source met besides what it was asked for. */
export interface SourceCounters {
  /** Requests sent, tries counted. */
  readonly requests: number;
  /** Tries that had to be repeated. */
  readonly retries: number;
  readonly pages: number;
  /** OperationOutcomes among search results, which servers use for warnings. */
  readonly outcomes: number;
  /** Other entries that were not asked for, such as included resources. */
  readonly others: number;
}

/** A FHIR server that is only read. */
export interface FhirSource {
  readonly baseUrl: string;
  readonly counters: SourceCounters;
  /**
   * Every resource of a type that a search finds, page by page, as the server gives them.
   *
   * @throws FhirError when the server cannot be used, or a page link leads elsewhere or in a circle
   */
  search<T extends string>(
    resourceType: T,
    params?: SearchParameters,
  ): AsyncIterable<ResourceOf<T>>;
  /**
   * One resource, or `undefined` when there is none.
   *
   * @throws FhirError when the server cannot be used or the id is no FHIR id
   */
  read<T extends string>(resourceType: T, id: string): Promise<ResourceOf<T> | undefined>;
}

function requireType(resourceType: string): void {
  if (!/^[A-Z][A-Za-z]{1,63}$/.test(resourceType)) {
    throw new FhirError('a resource type is a name such as Patient or Encounter');
  }
}

/** The parameters that say something. The client would send the text "undefined" of the others. */
function given(params: SearchParameters): Record<string, string | (string | number | boolean)[]> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'object' ? [...value] : String(value)]],
    ),
  );
}

/** Stands for a resource that the server does not have. */
const absent: Resource = Object.freeze({ resourceType: '' });

/** What a request is for. */
interface Purpose {
  /** For messages, such as `search of Patient`. */
  readonly what: string;
  /** Whether it is an answer that there is no such resource. */
  readonly mayBeAbsent?: boolean;
}

/**
 * A FHIR server as a source: safe reads in the grammar of `fhir-kit-client`.
 *
 * Requests that the server turns away for now (408, 429, 5xx) or answers brokenly are tried again, as it
 * asks; a refused token is renewed once; redirects are not followed; a link to the next page is followed
 * only on the same server and base path; an answer is read up to a length. Errors name the resource
 * type, the status and FHIR's issue codes, never an address, id, token or content.
 *
 * @throws FhirError when the base URL is none, or is http and leads to another machine
 * @throws RangeError when a limit is malformed
 */
export function fhirSource(options: FhirSourceOptions): FhirSource {
  const { allowHttp = false, maxPages = 10_000, maxBytes = 2 ** 26, logger } = options;
  const base = addressOf(options.baseUrl, { what: 'baseUrl', allowHttp });
  const root = `${base.origin}${pathOf(base)}`;
  const wire = connection(options);
  const counters = { pages: 0, outcomes: 0, others: 0 };

  const send = async (call: Call, mayBeAbsent: boolean): Promise<Resource> => {
    const document = await wire.send(call, ({ response }) => {
      const isAbsent = response.status === 404 || response.status === 410;
      return isAbsent && mayBeAbsent ? { value: absent } : documentOf(call, { response, maxBytes });
    });
    if (isResource(document)) return document;
    throw new FhirError(`${call.what}: the FHIR server sent no resource`);
  };

  /**
   * The client with its transport changed for ours. Its own reads answers of any length, repeats nothing,
   * and writes addresses with ids into its errors and debugging lines.
   */
  const clientFor = ({ what, mayBeAbsent = false }: Purpose): Client => {
    const client = new Client({ baseUrl: root });
    client.httpClient.request = (method, path, { headers } = {}, body) => {
      const url = client.httpClient.expandUrl(path);
      const accepting = { accept: 'application/fhir+json', ...headers };
      const call = { what, url, method, headers: accepting };
      if (body === undefined) return send(call, mayBeAbsent);
      if (typeof body !== 'string')
        throw new TypeError('only forms are sent to a server that is read');
      return send({ ...call, body: () => body }, mayBeAbsent);
    };
    return client;
  };

  const detect = async (): Promise<FhirVersion> => {
    const statement = await clientFor({
      what: 'read of the CapabilityStatement',
    }).capabilityStatement();
    const version = valueOf(statement, 'fhirVersion');
    if (typeof version === 'string' && /^4\.[013]\./.test(version)) return 'R4';
    if (typeof version === 'string' && version.startsWith('5.0.')) return 'R5';
    throw new FhirError('the FHIR server says of no version that it is R4 or R5: give `version`');
  };
  let detected: Promise<FhirVersion> | undefined;
  const speaks = (): FhirVersion | Promise<FhirVersion> => {
    if (options.version !== 'detect') return options.version ?? 'R4';
    detected ??= detect().catch((error: unknown) => {
      detected = undefined;
      throw error;
    });
    return detected;
  };

  async function* search<T extends string>(
    resourceType: T,
    params: SearchParameters = {},
  ): AsyncGenerator<ResourceOf<T>, void, undefined> {
    requireType(resourceType);
    const what = `search of ${resourceType}`;
    const isR5 = (await speaks()) === 'R5';
    const isWanted = (each: Resource): each is Resource & ResourceOf<T> =>
      isOfType(each, resourceType);
    const client = clientFor({ what });
    const watch = pageWatch({ what, maxPages });
    let bundle: Resource = await client.search({
      resourceType,
      searchParams: given(params),
      options: { postSearch: options.postSearch === true },
    });
    for (;;) {
      const { resources, outcomes, others } = readBundle(bundle, resourceType);
      counters.pages += 1;
      counters.outcomes += outcomes.length;
      counters.others += others;
      for (const codes of outcomes) {
        logger?.warn({ resourceType, codes }, 'the FHIR server sent a warning with its results');
      }
      const next = nextLinkOf(bundle);
      if (watch.isNew(resources)) {
        yield* isR5 ? resources.map((each) => fromR5(each)).filter(isWanted) : resources;
      }
      if (next === undefined) return;
      const url = checkedNextLink(next, base);
      watch.follow(url);
      bundle = await client.request(url);
    }
  }

  return {
    baseUrl: root,
    get counters(): SourceCounters {
      return { ...wire.counters, ...counters };
    },
    search,
    read: async <T extends string>(resourceType: T, id: string) => {
      requireType(resourceType);
      if (!isFhirId(id)) {
        throw new FhirError('a FHIR id is 1 to 64 letters, digits, "-" or "."');
      }
      const what = `read of ${resourceType}`;
      const isR5 = (await speaks()) === 'R5';
      const client = clientFor({ what, mayBeAbsent: true });
      const answer: Resource = await client.read({ resourceType, id });
      if (answer === absent) return undefined;
      const found = isR5 ? fromR5(answer) : answer;
      if (isOfType(found, resourceType)) return found;
      throw new FhirError(`${what}: the FHIR server sent something else`);
    },
  };
}
