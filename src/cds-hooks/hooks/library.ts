import type { FhirResource } from '../resource.ts';
import type { HookContexts, HookName } from './contexts.ts';

/** What a member of a context is made of. */
export type FieldKind =
  'text' | 'texts' | 'resource' | 'resources' | 'resource or list' | 'resource or wrapped';

/** One member of a context. */
export interface ContextField<K extends FieldKind = FieldKind, R extends boolean = boolean> {
  readonly kind: K;
  readonly required: R;
  /** Another name under which clients send it. */
  readonly also?: string | undefined;
}

type KindOf<T> = [T] extends [string]
  ? 'text'
  : [T] extends [readonly string[]]
    ? 'texts'
    : [T] extends [FhirResource]
      ? 'resource'
      : [T] extends [readonly FhirResource[]]
        ? 'resources'
        : [T] extends [FhirResource | readonly FhirResource[]]
          ? 'resource or list'
          : 'resource or wrapped';

/** A hook, as the library describes it. */
export interface HookDescription<H extends HookName = HookName> {
  readonly version: string;
  /** From 0 (draft) to 5 (mature). */
  readonly maturity: number;
  // Derived from the hand-written types, so that the table and they cannot part.
  readonly context: {
    readonly [K in keyof HookContexts[H]]-?: ContextField<
      KindOf<NonNullable<HookContexts[H][K]>>,
      undefined extends HookContexts[H][K] ? false : true
    >;
  };
}

const text = { kind: 'text', required: true } as const;
const optionalText = { kind: 'text', required: false } as const;
const texts = { kind: 'texts', required: true } as const;
const resource = { kind: 'resource', required: true } as const;
const chart = { userId: text, patientId: text, encounterId: optionalText } as const;

/** Every hook of the CDS Hooks Library 1.0.1 that is not deprecated. */
export const hookLibrary: { readonly [H in HookName]: HookDescription<H> } = {
  'patient-view': { version: '1.0', maturity: 5, context: chart },
  'order-select': {
    version: '1.0',
    maturity: 4,
    context: { ...chart, selections: texts, draftOrders: resource },
  },
  'order-sign': { version: '1.0', maturity: 5, context: { ...chart, draftOrders: resource } },
  'order-dispatch': {
    version: '1.1',
    maturity: 0,
    context: {
      patientId: text,
      // Version 1.0 and the example of 1.1 spell these with hyphens.
      dispatchedOrders: { ...texts, also: 'dispatched-orders' },
      performer: text,
      fulfillmentTasks: { kind: 'resources', required: false, also: 'fulfillment-tasks' },
    },
  },
  'encounter-start': { version: '1.0', maturity: 1, context: { ...chart, encounterId: text } },
  'encounter-discharge': { version: '1.0', maturity: 1, context: { ...chart, encounterId: text } },
  'appointment-book': {
    version: '1.0',
    maturity: 1,
    context: { ...chart, appointments: { kind: 'resource or list', required: true } },
  },
  'allergyintolerance-create': {
    version: '0.1.0',
    maturity: 1,
    context: { ...chart, allergyIntolerance: { kind: 'resource or wrapped', required: true } },
  },
  'problem-list-item-create': {
    version: '0.1.0',
    maturity: 1,
    context: { ...chart, conditions: resource },
  },
  'medication-refill': {
    version: '0.1.0',
    maturity: 1,
    context: { ...chart, userId: optionalText, medications: resource },
  },
};

/** Whether a hook is one of the library, so that the members of its context are known. */
export function isHookName(hook: string): hook is HookName {
  return Object.hasOwn(hookLibrary, hook);
}

/** The members that the context of a hook can have; undefined when the hook is not of the library. */
export function fieldsOf(hook: string): Readonly<Record<string, ContextField>> | undefined {
  return isHookName(hook) ? { ...hookLibrary[hook].context } : undefined;
}
