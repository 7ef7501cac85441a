import type { TrialLog } from '../store/log/port.ts';
import type { ArmName, Protocol } from '../trial/protocol.ts';
import type { AlertDefinition, CardContext, CardsByArm, ShownArmName } from './definition.ts';
import type { AlertService } from './service.ts';
import { alertService } from './service.ts';
import type { CdsRequest, CdsResponse } from './types.ts';

/** A CDS Hooks service that exists already: what it answers to a call. */
export type CdsHandler = (request: CdsRequest) => CdsResponse | Promise<CdsResponse>;

/** What a variant is given besides the request. */
export type VariantContext<P extends Protocol, A extends ArmName<P>> = Pick<
  CardContext<P, A>,
  'content' | 'signal'
> & {
  /** Asks the existing service, for a variant that changes what it answers. */
  readonly usual: () => Promise<CdsResponse>;
};

/** A variant of an existing service. No card means that the variant does not show the alert. */
export type Variant<P extends Protocol, A extends ArmName<P>> = (
  request: CdsRequest,
  context: VariantContext<P, A>,
) => CdsResponse | Promise<CdsResponse>;

/** The arms besides control that show something. */
export type VariantName<P extends Protocol = Protocol> = Exclude<ShownArmName<P>, P['control']>;

/**
 * A variant for each arm besides control that shows something. In two parts, because a function
 * written in place gets the types of its parameters only from keys that do not depend on control.
 */
export type VariantByArm<P extends Protocol = Protocol> = {
  readonly [A in ShownArmName<P>]?: Variant<P, A>;
} & { readonly [A in VariantName<P>]: unknown };

/** How an existing service is put on trial. */
export interface WithTrialOptions<P extends Protocol = Protocol> extends Omit<
  AlertDefinition<P>,
  'cards'
> {
  /** What each arm besides control answers. */
  readonly arms: VariantByArm<P>;
}

/**
 * Puts an existing CDS Hooks service on trial: it becomes the control arm as it is, and the other
 * arms are variants of it. Only the `uuid` of its cards is changed, so feedback is to be sent here.
 *
 * @example
 * const alert = withTrial(existing, log, {
 *   id: 'influenza',
 *   hook: 'patient-view',
 *   description: 'Reminds of the influenza vaccine',
 *   subject: contextIds,
 *   arms: {
 *     brief: async (_request, { usual }) => ({ cards: (await usual()).cards.slice(0, 1) }),
 *   },
 * });
 *
 * @throws TypeError when the options are malformed, an arm has no variant, or control has one
 */
export function withTrial<P extends Protocol>(
  existing: CdsHandler,
  log: TrialLog<P>,
  options: WithTrialOptions<NoInfer<P>>,
): AlertService {
  const { arms, ...definition } = options;
  const { trial } = log;
  if (trial.control in arms) {
    throw new TypeError(`arms.${trial.control} is the control arm: it is the existing service.`);
  }
  const control = trial.arms.find(({ name }) => name === trial.control);
  const variants = Object.entries<Variant<P, ArmName<P>>>(arms).map(([name, variant]) => [
    name,
    typeof variant === 'function'
      ? ({ request, content, signal }: CardContext<P>) =>
          variant(request, { content, signal, usual: async () => existing(request) })
      : variant,
  ]);
  const usual: object =
    control?.silent === true
      ? {}
      : { [trial.control]: ({ request }: CardContext<P>) => existing(request) };
  const cards: CardsByArm<P> = Object.assign(
    Object.create(null),
    Object.fromEntries(variants),
    usual,
  );
  return alertService<P>(log, { ...definition, cards });
}
