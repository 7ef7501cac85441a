import type { ToldOrder } from '../../intake/order-recorder.ts';
import type { FhirSource, SearchParameters } from '../client.ts';
import { orderOf } from '../orders/order-of.ts';
import type { OrderLike } from '../orders/order-of.ts';
import type { OrderResource, OrderRule } from '../orders/order-rule.ts';
import { orderResources } from '../orders/order-rule.ts';
import type { CodeableConcept, Encounter, Patient } from '../r4.ts';
import { idIn } from '../reference.ts';
import type { SkipCounter, Skips } from './skips.ts';

/** What a record is read from: a server, or the files of an export, of which nothing can be read by id. */
export type RecordSource = Pick<FhirSource, 'search'> &
  Partial<Pick<FhirSource, 'read' | 'baseUrl'>>;

/** The types of resources that are searched for each patient. */
export type SearchedType = 'Encounter' | OrderResource;

/** Search parameters by type, put over those that are sent; `undefined` takes one away. */
export type SearchOverrides = Readonly<Partial<Record<SearchedType, SearchParameters>>>;

/** Everything that a record tells of one patient and that is asked for. */
export interface PatientReading {
  readonly id: string;
  /** Undefined where only orders are asked for, or there is no such patient. */
  readonly patient: Patient | undefined;
  readonly encounters: readonly Encounter[];
  readonly orders: readonly ToldOrder[];
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

/** The kinds of resources that orders are read from. */
export const orderTypes = ({ rule }: Pick<ReadingPlan, 'rule'>): readonly OrderResource[] =>
  rule === undefined ? [] : (rule.resources ?? orderResources);

/** What an order is read with. */
export interface ReadOrderOptions {
  readonly plan: ReadingPlan;
  readonly medication: CodeableConcept | undefined;
  readonly skips: SkipCounter;
}

/** The order that a resource is, unless it lies outside of the time that matters; else it is left out. */
export function readOrder(
  resource: OrderLike,
  { plan, medication, skips }: ReadOrderOptions,
): ToldOrder | undefined {
  const { rule, timeZone, since, until } = plan;
  if (rule === undefined) return undefined;
  const reading = orderOf(resource, { rule, timeZone, medication });
  if (reading.kind === 'skipped') {
    skips.add(resource.resourceType, reading.reason);
    return undefined;
  }
  const { order } = reading;
  return order.to < since || order.from > until ? undefined : order;
}
