import { cardIdentifierSystem } from '../../events/card-identifier.ts';
import { impressionOfCard, isId } from '../../events/ids.ts';
import type { ToldOrder } from '../../intake/order-recorder.ts';
import type { PossibleTime, TimeFault } from '../date-time.ts';
import { possibleTime } from '../date-time.ts';
import type {
  CodeableConcept,
  Identifier,
  Immunization,
  MedicationRequest,
  ServiceRequest,
} from '../r4.ts';
import { idIn, listOf } from '../reference.ts';
import { orderIntents, orderResources } from './order-rule.ts';
import type { OrderCode, OrderRule } from './order-rule.ts';

/** A resource that can be taken for an order. */
export type OrderLike = ServiceRequest | MedicationRequest | Immunization;

/** Why a resource is no order of a rule. */
type OrderFault =
  | TimeFault
  | 'another code'
  | 'no code'
  | 'no id'
  | 'no status'
  | 'a draft'
  | 'entered in error'
  | 'not done'
  | 'not to be performed'
  | 'only reported'
  | 'not an order by its intent'
  | 'a kind of resource that the rule does not name';

/** The order that a resource is, or why it is none. */
export type OrderReading =
  | { readonly kind: 'order'; readonly order: ToldOrder }
  | { readonly kind: 'skipped'; readonly reason: OrderFault };

/** What a resource is read with. */
export interface OrderOptions {
  readonly rule: OrderRule;
  /** IANA name of the trial's time zone, which dates without a time are days of. */
  readonly timeZone: string;
  /** The code of the medication that a MedicationRequest refers to. */
  readonly medication?: CodeableConcept | undefined;
}

/** Statuses that make an order none, and why. */
const refused: ReadonlyMap<string, OrderFault> = new Map([
  ['draft', 'a draft'],
  ['entered-in-error', 'entered in error'],
  ['not-done', 'not done'],
]);

/** Statuses of orders that were placed and taken back afterwards. */
const takenBack: ReadonlySet<string> = new Set(['revoked', 'cancelled', 'stopped']);

function codeIn(
  concept: CodeableConcept | undefined,
  codes: readonly OrderCode[],
): OrderCode | OrderFault {
  const codings = listOf(concept?.coding);
  const found = codes.find(({ system, code }) =>
    codings.some((coding) => coding.system === system && coding.code === code),
  );
  return found ?? (codings.length === 0 ? 'no code' : 'another code');
}

/** The impression whose card a resource bears the identifier of. */
function tagIn(identifiers: readonly Identifier[] | undefined): string | undefined {
  const value = listOf(identifiers).find(({ system }) => system === cardIdentifierSystem)?.value;
  const card = typeof value === 'string' ? value.replace(/^urn:uuid:/, '').toLowerCase() : '';
  // What is no uuid is a tag of nobody, and so is counted as one.
  return value === undefined ? undefined : isId(card) ? impressionOfCard(card) : '';
}

function asExactAs(time: PossibleTime, precision: OrderRule['precision']): PossibleTime {
  const exact = precision === 'minute' ? 60_000 : 1;
  return { from: time.from, to: Math.max(time.to, time.from + exact - 1) };
}

/** Whether a medication is one that the patient, or somebody close, tells of. */
const isOnlyReported = ({ reportedBoolean, reportedReference }: MedicationRequest): boolean =>
  reportedBoolean === true ||
  ['Patient', 'RelatedPerson'].some((teller) => idIn(reportedReference, teller) !== undefined);

/** What the three kinds of resources say differently. */
interface Aspects {
  readonly concept: CodeableConcept | undefined;
  readonly date: unknown;
  /** Why it is no order whatever its code is. */
  readonly fault: OrderFault | undefined;
}

function aspectsOf(
  resource: OrderLike,
  { rule: { intents = orderIntents }, medication }: OrderOptions,
): Aspects {
  if (resource.resourceType === 'Immunization') {
    const { vaccineCode, occurrenceDateTime, occurrenceString, recorded } = resource;
    // What is only reported, or told in words, was given at any time before it was recorded.
    const isEarlier = resource.primarySource === false || occurrenceString !== undefined;
    return {
      concept: vaccineCode,
      date: occurrenceDateTime ?? (isEarlier ? undefined : recorded),
      fault: undefined,
    };
  }
  const { authoredOn, intent, doNotPerform } = resource;
  const isOrder = typeof intent === 'string' && intents.includes(intent);
  const isReported = resource.resourceType === 'MedicationRequest' && isOnlyReported(resource);
  const fault =
    doNotPerform === true
      ? 'not to be performed'
      : isReported
        ? 'only reported'
        : isOrder
          ? undefined
          : 'not an order by its intent';
  const concept =
    resource.resourceType === 'ServiceRequest'
      ? resource.code
      : (resource.medicationCodeableConcept ?? medication);
  return { concept, date: authoredOn, fault };
}

/**
 * The order that a resource is by a rule. A draft, a mistake, a proposal, what is not to be done and what is
 * only reported, such as what a patient takes at home, are none; what was cancelled or stopped later was placed all the same. It was placed when it was authored (an
 * Immunization: when it was given, else recorded); a date without a time is every instant of its days.
 */
export function orderOf(resource: OrderLike, options: OrderOptions): OrderReading {
  const { rule, timeZone } = options;
  const { resources = orderResources } = rule;
  const { resourceType, id, status, identifier, encounter } = resource;
  const skipped = (reason: OrderFault): OrderReading => ({ kind: 'skipped', reason });
  if (!resources.includes(resourceType)) {
    return skipped('a kind of resource that the rule does not name');
  }
  const { concept, date, fault } = aspectsOf(resource, options);
  // The code first: of what is not asked for, nothing else is of interest.
  const code = codeIn(concept, rule.codes);
  if (typeof code === 'string') return skipped(code);
  if (typeof id !== 'string' || id === '') return skipped('no id');
  if (typeof status !== 'string') return skipped('no status');
  const refusal = refused.get(status) ?? fault;
  if (refusal !== undefined) return skipped(refusal);
  const time = possibleTime(date, timeZone);
  if (typeof time === 'string') return skipped(time);
  return {
    kind: 'order',
    order: {
      key: `${resourceType}/${id}`,
      ...asExactAs(time, rule.precision),
      encounter: idIn(encounter, 'Encounter'),
      // As the rule has it: the texts of a record may hold anything.
      code,
      revoked: takenBack.has(status),
      tag: tagIn(identifier),
    },
  };
}
