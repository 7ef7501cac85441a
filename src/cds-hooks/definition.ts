import type { SubjectIds } from '../allocation/subject.ts';
import type { ArmName, Protocol, Unit } from '../trial/protocol.ts';
import type { Card, CdsRequest, CdsResponse, Extension, OverrideReason } from './types.ts';

/** The names of the arms that show something, so that each needs its cards. */
export type ShownArmName<P extends Protocol = Protocol> = Exclude<
  P['arms'][number],
  { readonly silent: true }
>['name'];

/** What the protocol says that an arm shows. */
export type ArmContent<P extends Protocol = Protocol, A extends ArmName<P> = ArmName<P>> = Extract<
  P['arms'][number],
  { readonly name: A }
>['content'];

/** What the code of an arm is given. Whether the arm is random is not in it. */
export interface CardContext<P extends Protocol = Protocol, A extends ArmName<P> = ArmName<P>> {
  readonly request: CdsRequest;
  readonly arm: A;
  readonly content: ArmContent<P, A>;
  /** Aborted when the time is over and the answer is no longer wanted. */
  readonly signal: AbortSignal;
}

/** What an arm shows: its cards, or a whole answer when it has system actions too. */
export type Shown = readonly Card[] | CdsResponse;

/** The code of one arm. No card means that this variant does not show the alert. */
export type CardsOf<P extends Protocol, A extends ArmName<P>> = (
  context: CardContext<P, A>,
) => Shown | Promise<Shown>;

/** The code of each arm that shows something. */
export type CardsByArm<P extends Protocol = Protocol> = {
  readonly [A in ShownArmName<P>]: CardsOf<P, A>;
};

/**
 * The ids known at a call. The one that is randomised must be named here, though it may turn out
 * to be missing; the alert is then served as usual care and not counted.
 */
export type AlertSubject<U extends Unit = Unit> = U extends Unit
  ? SubjectIds & { readonly [K in U]: string | undefined }
  : never;

/** One alert on one hook. */
export interface AlertDefinition<P extends Protocol = Protocol> {
  /** Part of the address of the service; letters, digits, `-`, `_`, `.` and `~`. */
  readonly id: string;
  /** Such as `patient-view`. */
  readonly hook: string;
  readonly title?: string | undefined;
  readonly description: string;
  /** FHIR queries by key, such as `Patient/{{context.patientId}}`. */
  readonly prefetch?: Readonly<Record<string, string>> | undefined;
  readonly usageRequirements?: string | undefined;
  /** From CDS Hooks 3.0: the version of the specification, for discovery. */
  readonly version?: string | undefined;
  /** From CDS Hooks 3.0: the version of the hook, for discovery. */
  readonly hookVersion?: string | undefined;
  /** Further members of the entry in discovery. */
  readonly extension?: Extension | undefined;
  /**
   * The trial's own reasons for an override, put on every card that brings none, in every arm alike:
   * reasons can be compared between arms only where the arms offered the same.
   */
  readonly overrideReasons?: readonly OverrideReason[] | undefined;
  /**
   * Whether a resource that a suggestion creates gets an identifier with the uuid of its card (see
   * `cardIdentifierSystem`), in every arm alike, so that an order can be recognised later; default
   * not. EHRs may drop it. It says nothing about the arm.
   */
  readonly tagOrders?: boolean | undefined;
  /** Who the alert is about. It must not look at anything that depends on the arm. */
  readonly subject: (request: CdsRequest) => AlertSubject<P['unit']>;
  /**
   * Whether the alert would fire at all, in every arm alike; default always. It is asked before the
   * arm is known, so that the denominator cannot depend on the arm. A `RequestError` that it throws
   * is the answer to the call (412: what is needed cannot be had); anything else that goes wrong is
   * a fault, and nothing is shown.
   */
  readonly eligible?: ((request: CdsRequest) => boolean | Promise<boolean>) | undefined;
  /**
   * What the arms show: a function for each, or one for all. When it is left out, the content of
   * each arm in the protocol is its answer: `{ cards: [...] }`.
   */
  readonly cards?: CardsByArm<P> | CardsOf<P, ShownArmName<P>> | undefined;
  /**
   * Milliseconds for eligibility and arm together; default 300. When they are over, the control arm
   * is given half as much again to stand in.
   */
  readonly timeBudget?: number | undefined;
}
