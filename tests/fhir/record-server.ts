import type { Resource } from '../../src/fhir/r4.ts';
import { idIn } from '../../src/fhir/reference.ts';
import { listening } from '../listening.ts';

export interface RecordServer extends AsyncDisposable {
  /** Base URL. */
  readonly url: string;
  /** What was asked for, without the base: `/Encounter?patient=a&_count=5`. */
  readonly heard: string[];
  /** Put in front of each answer; throws a `Refusal` to answer with its status, anything else for 501. */
  before: (asked: string) => void;
}

/** An answer that is none. */
export class Refusal extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`answers ${status}`);
    this.status = status;
  }
}

/**
 * A small FHIR server on loopback, which searches by patient and gives a few resources a page.
 *
 * @param options.heedsPatient whether it knows the parameter `patient`; else it leaves it out
 */
export async function recordServer(
  resources: readonly Resource[],
  { pageSize = 5, heedsPatient = true } = {},
): Promise<RecordServer> {
  const ofPatient = (resource: Resource, patient: string | null): boolean =>
    patient === null ||
    !heedsPatient ||
    idIn(resource['subject'] ?? resource['patient'], 'Patient') === patient;
  const answer = (address: URL): unknown => {
    const [type, id] = address.pathname.slice(1).split('/');
    const all = resources.filter(({ resourceType }) => resourceType === type);
    if (id !== undefined) return all.find((resource) => resource.id === id);
    const found = all.filter((each) => ofPatient(each, address.searchParams.get('patient')));
    const offset = Number(address.searchParams.get('_offset') ?? 0);
    const next = new URL(address);
    next.searchParams.set('_offset', String(offset + pageSize));
    return {
      resourceType: 'Bundle',
      type: 'searchset',
      link: offset + pageSize < found.length ? [{ relation: 'next', url: next.href }] : [],
      entry: found
        .slice(offset, offset + pageSize)
        .map((resource) => ({ resource, search: { mode: 'match' } })),
    };
  };

  const server = await listening((request, response) => {
    const asked = request.url ?? '';
    try {
      own.before(asked);
      own.heard.push(asked);
      const body = answer(new URL(asked, own.url));
      response.writeHead(body === undefined ? 404 : 200, {
        'content-type': 'application/fhir+json',
      });
      response.end(body === undefined ? '' : JSON.stringify(body));
    } catch (error) {
      response.writeHead(error instanceof Refusal ? error.status : 501).end();
    }
  });
  const own: RecordServer = { ...server, heard: [], before: () => undefined };
  return own;
}
