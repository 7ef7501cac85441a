/**
 * The documents of CDS Hooks 2.0.1, with what 3.0 adds, as TypeScript types. What comes in is typed
 * as loosely as clients are known to send it; what goes out is typed as the specification has it.
 *
 * @link https://cds-hooks.hl7.org/2.0/
 */
import type { SentContext } from './hooks/contexts.ts';
import type { FhirResource } from './resource.ts';

export type { FhirResource } from './resource.ts';

/** Room for what the specification does not define; by convention its keys are reverse domain names. */
export type Extension = Readonly<Record<string, unknown>>;

/**
 * A code of a terminology, as it stands on a card.
 *
 * @link https://cds-hooks.hl7.org/2.0/#coding
 */
export interface CardCoding {
  readonly code: string;
  readonly system: string;
  readonly display?: string | undefined;
  readonly extension?: Extension | undefined;
}

/**
 * A reason that a clinician can choose for an override: a code that can be read.
 *
 * @link https://cds-hooks.hl7.org/2.0/#overridereason
 */
export interface OverrideReason extends CardCoding {
  readonly display: string;
}

/**
 * Where the guidance comes from.
 *
 * @link https://cds-hooks.hl7.org/2.0/#source
 */
export interface Source {
  readonly label: string;
  /** An absolute address. */
  readonly url?: string | undefined;
  /** An absolute address of a PNG of 100 by 100 pixels. */
  readonly icon?: string | undefined;
  readonly topic?: CardCoding | undefined;
  readonly extension?: Extension | undefined;
}

/**
 * A change of the record that a suggestion proposes, or that the system makes by itself.
 *
 * @link https://cds-hooks.hl7.org/2.0/#action
 */
export interface Action {
  readonly type: 'create' | 'update' | 'delete';
  /** Required in a suggestion. */
  readonly description?: string | undefined;
  /** Required to create and to update. */
  readonly resource?: FhirResource | undefined;
  /** Required to delete: a relative reference such as `ServiceRequest/1`. */
  readonly resourceId?: string | undefined;
  readonly extension?: Extension | undefined;
}

/**
 * Something that a clinician can accept with one click.
 *
 * @link https://cds-hooks.hl7.org/2.0/#suggestion
 */
export interface Suggestion {
  readonly label: string;
  /** Given by the alert service when left out. Give a stable one to tell suggestions apart in the ledger. */
  readonly uuid?: string | undefined;
  readonly isRecommended?: boolean | undefined;
  readonly actions?: readonly Action[] | undefined;
  /**
   * From CDS Hooks 3.0; only for clients that are known to support it. It is sent as it stands here:
   * a client that does not know it applies every action, so write suggestions that allow for that.
   */
  readonly actionSelectionBehavior?: 'all' | 'any' | 'at-most-one' | undefined;
  readonly extension?: Extension | undefined;
}

/**
 * A link of a card to a page or a SMART app.
 *
 * @link https://cds-hooks.hl7.org/2.0/#link
 */
export interface Link {
  readonly label: string;
  /** An absolute address. */
  readonly url: string;
  readonly type: 'absolute' | 'smart';
  /** Only for a SMART app. */
  readonly appContext?: string | undefined;
  /** From CDS Hooks 3.0. */
  readonly autolaunchable?: boolean | undefined;
  readonly extension?: Extension | undefined;
}

/**
 * A card: what the clinician sees.
 *
 * @link https://cds-hooks.hl7.org/2.0/#card-attributes
 */
export interface Card {
  /** Given by the alert service; whatever stands here is replaced. */
  readonly uuid?: string | undefined;
  /** Fewer than 140 characters. */
  readonly summary: string;
  /** GitHub-flavoured Markdown. */
  readonly detail?: string | undefined;
  readonly indicator: 'info' | 'warning' | 'critical';
  readonly source: Source;
  readonly suggestions?: readonly Suggestion[] | undefined;
  /** Required with suggestions. */
  readonly selectionBehavior?: 'at-most-one' | 'any' | undefined;
  readonly overrideReasons?: readonly OverrideReason[] | undefined;
  readonly links?: readonly Link[] | undefined;
  readonly extension?: Extension | undefined;
}

/**
 * The answer to a call.
 *
 * @link https://cds-hooks.hl7.org/2.0/#cds-service-response
 */
export interface CdsResponse {
  readonly cards: readonly Card[];
  readonly systemActions?: readonly Action[] | undefined;
  readonly extension?: Extension | undefined;
}

/**
 * A token for the FHIR server. Never log it. The specification requires the other members too, but
 * an alert is not refused for the want of one.
 *
 * @link https://cds-hooks.hl7.org/2.0/#passing-the-access-token-to-the-cds-service
 */
export interface FhirAuthorization {
  readonly access_token: string;
  readonly token_type?: unknown;
  readonly expires_in?: unknown;
  readonly scope?: unknown;
  readonly subject?: unknown;
  readonly patient?: unknown;
}

/**
 * A call, as it was sent: members that are not listed are still there.
 *
 * @link https://cds-hooks.hl7.org/2.0/#calling-a-cds-service
 */
export interface CdsRequest<H extends string = string> {
  readonly hook: H;
  /** A UUID by the specification; any text that is not empty here. */
  readonly hookInstance: string;
  /** What it holds depends on the hook; `parseContext` checks that all of it is there. */
  readonly context: SentContext<H>;
  readonly fhirServer?: string | null | undefined;
  readonly fhirAuthorization?: FhirAuthorization | null | undefined;
  /** A value is a resource, or `null` when the client has no data. */
  readonly prefetch?: Readonly<Record<string, unknown>> | null | undefined;
  readonly extension?: unknown;
}

/**
 * A service as discovery lists it.
 *
 * @link https://cds-hooks.hl7.org/2.0/#discovery
 */
export interface ServiceDescription {
  readonly hook: string;
  readonly id: string;
  readonly title?: string | undefined;
  readonly description: string;
  /** FHIR queries by key. */
  readonly prefetch?: Readonly<Record<string, string>> | undefined;
  readonly usageRequirements?: string | undefined;
  /** From CDS Hooks 3.0: the version of the specification. */
  readonly version?: string | undefined;
  /** From CDS Hooks 3.0: the version of the hook. */
  readonly hookVersion?: string | undefined;
  readonly extension?: Extension | undefined;
}

/**
 * The answer to a discovery request.
 *
 * @link https://cds-hooks.hl7.org/2.0/#response
 */
export interface Discovery {
  readonly services: readonly ServiceDescription[];
}

/**
 * What became of one card.
 *
 * @link https://cds-hooks.hl7.org/2.0/#feedback
 */
export interface FeedbackItem {
  /** `uuid` of the card. */
  readonly card: string;
  readonly outcome: 'accepted' | 'overridden';
  /** Required when accepted. */
  readonly acceptedSuggestions?: readonly { readonly id: string }[] | null | undefined;
  readonly overrideReason?:
    | {
        readonly reason?:
          | {
              readonly code: string;
              readonly system?: string | null | undefined;
              readonly display?: string | null | undefined;
            }
          | null
          | undefined;
        /** Free text: read by nobody and written nowhere. */
        readonly userComment?: string | null | undefined;
      }
    | null
    | undefined;
  /** RFC 3339 with its zone. */
  readonly outcomeTimestamp: string;
}

/**
 * A batch of feedback. It may mix cards of many calls, and name one card many times.
 *
 * @link https://cds-hooks.hl7.org/2.0/#feedback
 */
export interface Feedback {
  readonly feedback: readonly FeedbackItem[];
}
