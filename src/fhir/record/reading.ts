import type { ToldOrder } from '../../intake/order-recorder.ts';
import type { ResourceFiles } from '../bulk/resource-files.ts';
import type { FhirSource, SearchParameters } from '../client.ts';
import { orderOf } from '../orders/order-of.ts';
import type { OrderLike } from '../orders/order-of.ts';
import type { OrderResource, OrderRule } from '../orders/order-rule.ts';
import { orderResources } from '../orders/order-rule.ts';
import type { CodeableConcept, Encounter, Patient } from '../r4.ts';
import { idIn, listOf } from '../reference.ts';
import { updatedAt } from './newest.ts';
import type { SkipCounter, Skips } from './skips.ts';

/** What a record is read from: a server, or the files of an export, of which nothing can be read by id. */
export type RecordSource = Pick<FhirSource, 'search'> &
  Partial<Pick<FhirSource, 'read' | 'baseUrl'>> &
  Partial<Pick<ResourceFiles, 'folder' | 'isWhole'>>;

/** The types of resources that are searched for each patient. */
export type SearchedType = 'Encounter' | OrderResource;

/** Search parameters by type, put over those that are sent; `undefined` takes one away. */
export type SearchOverrides = Readonly<Partial<Record<SearchedType, SearchParameters>>>;

/** Everything that a record tells of one patient and that is asked for. */
export interface PatientReading {
  readonly id: string;
  /** Undefined where only orders are asked for, or there is no such patient. */
  readonly patient: Patient | undefined;
  /** Each once. */
  readonly encounters: readonly Encounter[];
  readonly orders: readonly ToldOrder[];
  /**
   * Whether these are all encounters that there are, as far as can be told. Else what they do not tell
   * of may have been all the same.
   */
  readonly isWhole: boolean;
  /** The type of resources that the source does not give out of this patient: then nothing is known. */
  readonly refused?: string | undefined;
  /** Resources that gave nothing. */
  readonly skipped: Skips;
}

/** What is read of a record. */
export interface ReadingPlan {
  readonly timeZone: string;
  readonly pageSize: number;
  readonly searches: SearchOverrides;
  /** Whether Encounters are read, and Patients for them. */
  readonly wantsDays: boolean;
  /** Which orders are read; none without it. */
  readonly rule: OrderRule | undefined;
  /** The first and the last instant at which an order can matter, milliseconds. */
  readonly since: number;
  readonly until: number;
  /** Whether the orders of a patient can matter. */
  readonly wantsOrdersOf: (patient: string) => boolean;
}

/** The patient that a resource is about; `undefined` when it says none. */
export function patientOf(resource: Encounter | OrderLike): string | undefined {
  return idIn(
    resource.resourceType === 'Immunization' ? resource.patient : resource.subject,
    'Patient',
  );
}

/** An encounter without its narrative, which may be the most of it, and says nothing that is counted. */
export function withoutNarrative(encounter: Encounter): Encounter {
  const { text: _narrative, ...elements } = encounter;
  return { ...elements, resourceType: 'Encounter' };
}

/** Whether another Patient has taken the place of this one, whose encounters may be told of that one now. */
export const isReplaced = ({ link }: Patient): boolean =>
  listOf(link).some(({ type }) => type === 'replaced-by');

/** The kinds of resources that orders are read from. */
export const orderTypes = ({ rule }: Pick<ReadingPlan, 'rule'>): readonly OrderResource[] =>
  rule === undefined ? [] : (rule.resources ?? orderResources);

/** Takes the orders of one patient out of what a record tells. */
export interface OrderTaker {
  /** @param medication the code of the medication that the resource refers to */
  readonly take: (resource: OrderLike, medication: CodeableConcept | undefined) => void;
  /** Each once, as its newest version has it, where that lies within the time that matters. */
  readonly all: () => readonly ToldOrder[];
}

/** What was never asked for, of which no other version is looked for either. */
const others: ReadonlySet<string> = new Set(['another code', 'no code', 'no id']);

/** A version of a resource. */
interface Version {
  readonly updated: number;
  /** Undefined of one that gives no order. */
  readonly order: ToldOrder | undefined;
}

/** A taker of the orders of one patient. */
export function orderTaker(
  { rule, timeZone, since, until }: ReadingPlan,
  skips: SkipCounter,
): OrderTaker {
  const newest = new Map<string, Version>();
  return {
    take: (resource, medication) => {
      if (rule === undefined) return;
      const name = `${resource.resourceType}/${resource.id ?? ''}`;
      const updated = updatedAt(resource);
      const known = newest.get(name);
      if (known !== undefined && known.updated > updated) return;
      const reading = orderOf(resource, { rule, timeZone, medication });
      if (reading.kind === 'skipped') {
        skips.add(resource.resourceType, reading.reason);
        if (known === undefined && others.has(reading.reason)) return;
      }
      const order = reading.kind === 'order' ? reading.order : undefined;
      const isNear = order !== undefined && order.to >= since && order.from <= until;
      newest.set(name, { updated, order: isNear ? order : undefined });
    },
    all: () => [...newest.values()].flatMap(({ order }) => order ?? []),
  };
}
