import type { TrialLog } from '../store/log/port.ts';
import type { ArmName, Protocol } from '../trial/protocol.ts';
import type { AlertDefinition, CardContext, CardsByArm, ShownArmName } from './definition.ts';
import { attempt, LateError } from './attempt.ts';
import type { ExistingService } from './existing/existing-service.ts';
import { usualCareOf } from './existing/usual-care.ts';
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
  /**
   * What the existing service answers, for a variant that changes it. It is asked once for each
   * call, and only when somebody wants to know.
   */
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
  'cards' | 'timeBudget'
> {
  /** What each arm besides control answers. */
  readonly arms: VariantByArm<P>;
  /**
   * Milliseconds for eligibility, and for a variant together with what it waits for; default 300.
   * When they are over, usual care is served.
   */
  readonly timeBudget?: number | undefined;
  /**
   * Milliseconds that the existing service is given as usual care; default 10,000, which is longer
   * than clients wait. It was slow or not before the trial, and a trial must not make it silent.
   */
  readonly patience?: number | undefined;
}

function checkMilliseconds(name: string, value: number): void {
  if (value > 0 && value <= 60_000) return;
  throw new TypeError(`${name} must be above 0 and at most 60,000 milliseconds.`);
}

/** Runs something of a site's own for as long as a call can wait for it. */
async function inTime<T>(
  milliseconds: number,
  run: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  const tried = await attempt(milliseconds, run);
  if (tried.status === 'done') return tried.value;
  if (tried.status === 'failed') throw tried.error;
  throw new LateError(`It took more than its ${milliseconds} ms.`);
}

/**
 * Puts an existing CDS Hooks service on trial: it becomes the control arm as it is, and the other
 * arms are variants of it. The existing service is a function, or whatever `fromListener` (node:http,
 * Express), `fromFastify`, `fromFetch` and `fromUrl` make of what is there.
 *
 * Only the `uuid` of its cards is changed, so feedback is to be sent here; the existing service is not
 * told of it. (The uuids of its suggestions stay. Its cards are not known by uuid once they have been
 * answered: to tell it too would take a register of every card that was ever shown.)
 *
 * What it refuses with a status from 400 on, such as 412, is refused with that status wherever usual
 * care is served. Such calls do not count as control, so a patient whom it cannot judge would count in
 * the other arms only: let `eligible` throw the 412 for those, which is asked in every arm alike. When
 * the service cannot be reached, or answers with what no client could read, no card is shown.
 *
 * @example
 * const flu = fromListener(app, { path: '/cds-services/flu' });
 * const alert = withTrial(flu, log, {
 *   ...(await flu.describe()),
 *   subject: contextIds,
 *   arms: {
 *     brief: async (_request, { usual }) => ({ cards: (await usual()).cards.slice(0, 1) }),
 *   },
 * });
 * const handler = createCdsService({ services: [alert] });
 * const front = express();
 * front.all(['/cds-services/flu', '/cds-services/flu/feedback'], toExpress(handler)).use(app);
 *
 * @throws TypeError when the options are malformed, an arm has no variant, or control has one
 */
export function withTrial<P extends Protocol>(
  existing: CdsHandler | ExistingService,
  log: TrialLog<P>,
  options: WithTrialOptions<NoInfer<P>>,
): AlertService {
  const { arms, timeBudget = 300, patience = 10_000, eligible, ...definition } = options;
  const { trial } = log;
  checkMilliseconds('timeBudget', timeBudget);
  checkMilliseconds('patience', patience);
  if (trial.control in arms) {
    throw new TypeError(`arms.${trial.control} is the control arm: it is the existing service.`);
  }
  const usualCare = usualCareOf(typeof existing === 'function' ? existing : existing.ask);
  const control = trial.arms.find(({ name }) => name === trial.control);
  const variants = Object.entries<Variant<P, ArmName<P>>>(arms).map(([name, variant]) => [
    name,
    typeof variant === 'function'
      ? async ({ request, content }: CardContext<P>) =>
          inTime(timeBudget, (signal) =>
            variant(request, { content, signal, usual: async () => usualCare.ask(request) }),
          )
      : variant,
  ]);
  const usual: object =
    control?.silent === true
      ? {}
      : { [trial.control]: ({ request }: CardContext<P>) => usualCare.serve(request) };
  const cards: CardsByArm<P> = Object.assign(
    Object.create(null),
    Object.fromEntries(variants),
    usual,
  );
  const service = alertService<P>(log, {
    ...definition,
    cards,
    eligible:
      typeof eligible === 'function'
        ? async (request) => inTime(timeBudget, () => eligible(request))
        : eligible,
    timeBudget: patience,
  });
  return {
    description: service.description,
    log: service.log,
    get counters() {
      return service.counters;
    },
    answer: async (request, answerOptions) => {
      const call = { ...request };
      const answer = await service.answer(call, answerOptions);
      const refusal = usualCare.refusalOf(call);
      if (refusal !== undefined) throw refusal;
      return answer;
    },
  };
}
