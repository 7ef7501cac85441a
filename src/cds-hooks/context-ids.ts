import { isObject } from './is-object.ts';
import type { CdsRequest } from './types.ts';

/** The ids that the context of a call can hold. The practice is not among them. */
export interface ContextIds {
  readonly patient: string | undefined;
  readonly clinician: string | undefined;
  readonly encounter: string | undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The last two segments of an address or a relative reference, before a version. */
const reference = /(?:^|\/)([A-Z][A-Za-z]{1,63})\/([^/]{1,512})(?:\/_history\/[^/]{1,64})?$/;
const longest = 2_048;

/** Type and id, where a text is a reference; no reference is long enough to be slow to read. */
function referenceIn(text: string): readonly string[] {
  return text.length > longest ? [] : (reference.exec(text)?.slice(1) ?? []);
}

/** The bare id where a client wrote a reference: `Patient/1`, or the address of it. */
export function bareId(value: unknown, resourceType: string): string | undefined {
  const text = textOf(value);
  const [type, id] = text === undefined ? [] : referenceIn(text);
  return type === resourceType ? id : text;
}

/** Who a `userId` names, as `Practitioner/1` also where its address was sent. */
export function personOf(value: unknown): string | undefined {
  const text = textOf(value);
  if (text === undefined || !/^https?:/.test(text)) return text;
  const [type, id] = referenceIn(text);
  return type === undefined ? text : `${type}/${id}`;
}

/** Who asks for the refills, when it is one and the same for all of them. */
function requesterOf(medications: unknown): string | undefined {
  if (!isObject(medications) || !Array.isArray(medications['entry'])) return undefined;
  const requesters = new Set(
    medications['entry'].map((entry: unknown) => {
      const resource = isObject(entry) ? entry['resource'] : undefined;
      const requester = isObject(resource) ? resource['requester'] : undefined;
      return isObject(requester) ? personOf(requester['reference']) : undefined;
    }),
  );
  const [one] = requesters;
  return requesters.size === 1 && one?.startsWith('Practitioner') === true ? one : undefined;
}

/**
 * The ids in the context of a call of any hook. Patient and encounter are bare ids, also where a
 * client sends `Patient/1`; the clinician is a reference such as `PractitionerRole/1`.
 *
 * A patient or a relative who looks at the chart is no clinician. Nor is the `performer` of
 * `order-dispatch`, who is asked to carry an order out and sees no alert: that hook names nobody who
 * does. A `medication-refill` that comes without a person in front of the screen has the clinician
 * who asks for it, as its definition advises.
 *
 * @example
 * subject: (request) => ({ ...contextIds(request), practice: practiceOf(request) })
 */
export function contextIds({ hook, context }: CdsRequest): ContextIds {
  const person =
    personOf(context['userId']) ??
    (hook === 'medication-refill' ? requesterOf(context['medications']) : undefined);
  return {
    patient: bareId(context['patientId'], 'Patient'),
    clinician:
      person === undefined || /^(?:Patient|RelatedPerson)\//.test(person) ? undefined : person,
    encounter: bareId(context['encounterId'], 'Encounter'),
  };
}
