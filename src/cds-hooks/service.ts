import { RequestError } from '../errors.ts';
import type { TenantMark } from '../events/ids.ts';
import { newImpressionId } from '../events/ids.ts';
import type { LoggedAssignment, TrialLog } from '../store/log/port.ts';
import type { Protocol } from '../trial/protocol.ts';
import type { Reason } from '../trial/reason.ts';
import type { Trial } from '../trial/trial.ts';
import type { ArmFault } from './arm-answer.ts';
import { armsOf } from './arm-answer.ts';
import { attempt } from './attempt.ts';
import { checkDefinition } from './check-definition.ts';
import type { AlertDefinition } from './definition.ts';
import { ledgerSide } from './ledger-side.ts';
import { numberCards } from './number-cards.ts';
import type { CdsRequest, CdsResponse, ServiceDescription } from './types.ts';

/** What can go wrong in a call. */
export type AlertFault =
  ArmFault | 'control-failed' | 'eligibility-failed' | 'subject-failed' | 'log-failed';

/** What happened in a call, without anything that could identify a person. */
export interface Answer {
  readonly response: CdsResponse;
  /** Whether the alert fired, shown or not. */
  readonly fired: boolean;
  /** Why the arm that was served was served; absent when the alert did not fire. */
  readonly reason?: Reason | undefined;
  readonly randomized: boolean;
  /** The first thing that went wrong. */
  readonly fault?: AlertFault | undefined;
}

/** How many calls went which way since the start of the process. */
export interface AlertCounters {
  readonly calls: number;
  readonly notEligible: number;
  readonly returned: number;
  readonly silent: number;
  /** Served as usual care because the unit was not known. */
  readonly unitMissing: number;
  readonly faults: Readonly<Record<AlertFault, number>>;
}

/** What feedback and health need of a log. */
export type AnswerLog = Pick<TrialLog, 'acceptance' | 'counters' | 'dismissal'> & {
  readonly trial: Pick<Trial, 'id' | 'round'>;
};

/** One alert of one trial, ready to be called. */
export interface AlertService {
  readonly description: ServiceDescription;
  readonly log: AnswerLog;
  readonly counters: AlertCounters;
  /**
   * Answers a call that has been checked.
   *
   * @param options `at`: the instant of the alert, milliseconds; default now. `mark`: what the cards
   *   bear of the tenant they are for; default nothing. `onFault` is told what went wrong; the error
   *   may hold what the arm's code put there.
   * @throws RequestError when `eligible` did: what it needs cannot be had
   */
  answer(request: CdsRequest, options?: AnswerOptions): Promise<Answer>;
}

/** What a call depends on besides its request. */
export interface AnswerOptions {
  readonly at?: number | undefined;
  readonly mark?: TenantMark | undefined;
  readonly onFault?: ((what: AlertFault, error: unknown) => void) | undefined;
}

function noFaults(): Record<AlertFault, number> {
  return {
    'arm-failed': 0,
    'arm-late': 0,
    'cards-malformed': 0,
    'control-failed': 0,
    'eligibility-failed': 0,
    'subject-failed': 0,
    'log-failed': 0,
  };
}

function describe(definition: Omit<AlertDefinition, 'cards' | 'subject'>): ServiceDescription {
  const { hook, id, title, description, prefetch, usageRequirements } = definition;
  const { version, hookVersion, extension } = definition;
  return {
    hook,
    id,
    title,
    description,
    prefetch,
    usageRequirements,
    version,
    hookVersion,
    extension,
  };
}

const nothing: CdsResponse = { cards: [] };

/**
 * Makes an alert that randomises itself: each call assigns the subject, serves the cards of its arm
 * and logs one impression. The answer never waits for the log.
 *
 * When something breaks, usual care is served: the control arm's cards, logged with the reason
 * `fault` and so never counted as control. What the subject had been assigned to stands on the
 * `deviation` that is logged beside it, so that an analysis by intention to treat can tell how many
 * alerts of each arm it is missing: an arm whose code fails must not look like one that alerts less.
 * Malformed cards of the control arm itself are sent as they are where they can be, because usual
 * care is not ours to stop.
 *
 * @example
 * const alert = alertService(log, {
 *   id: 'influenza',
 *   hook: 'patient-view',
 *   description: 'Reminds of the influenza vaccine',
 *   subject: contextIds,
 *   cards: { usual: () => [card], redesign: ({ request }) => redesigned(request) },
 * });
 *
 * @throws TypeError when the definition is malformed
 * @throws ProtocolError when `cards` is left out and the content of an arm is not `{ cards: [...] }`
 */
export function alertService<P extends Protocol>(
  log: TrialLog<P>,
  definition: AlertDefinition<NoInfer<P>>,
): AlertService {
  const { trial } = log;
  checkDefinition(trial, definition);
  const { id: alert, eligible, timeBudget = 300 } = definition;
  const askArm = armsOf(trial, definition.cards);
  const faults = noFaults();
  const counts = { calls: 0, notEligible: 0, returned: 0, silent: 0, unitMissing: 0 };

  async function answer(request: CdsRequest, options: AnswerOptions = {}): Promise<Answer> {
    const { mark, onFault } = options;
    // A clock may tell fractions of a millisecond, which the ledger does not take.
    const at = Math.floor(options.at ?? Date.now());
    const began = performance.now();
    let fault: AlertFault | undefined;
    const note = (what: AlertFault, error: unknown): void => {
      faults[what] += 1;
      fault ??= what;
      try {
        onFault?.(what, error);
      } catch {
        // Whoever listens for faults must not cause one.
      }
    };
    const ledger = ledgerSide(log, (error) => note('log-failed', error));

    const assign = (): LoggedAssignment<P> => {
      try {
        return ledger.assign(definition.subject(request), at) ?? ledger.standIn(undefined);
      } catch (error) {
        note('subject-failed', error);
        const standIn = ledger.standIn(undefined);
        ledger.deviation(standIn, 'subject-failed', at);
        return standIn;
      }
    };

    const deliver = (assignment: LoggedAssignment<P>, response: CdsResponse): Answer => {
      const id = newImpressionId(mark);
      const cards = numberCards(response.cards, id, definition);
      const shown = cards.length > 0;
      counts[shown ? 'returned' : 'silent'] += 1;
      ledger.impression(assignment, { id, at, alert, shown });
      const { reason, randomized } = assignment;
      return { response: { ...response, cards }, fired: true, reason, randomized, fault };
    };

    counts.calls += 1;
    if (eligible !== undefined) {
      const asked = await attempt(timeBudget, () => eligible(request));
      if (asked.status === 'failed' && asked.error instanceof RequestError) throw asked.error;
      if (asked.status !== 'done' || typeof asked.value !== 'boolean') {
        note('eligibility-failed', asked.status === 'failed' ? asked.error : undefined);
        // Showing the alert to a patient whom its rule may exclude is not usual care.
        ledger.deviation(assign(), 'eligibility-failed', at);
        return { response: nothing, fired: false, randomized: false, fault };
      }
      if (!asked.value) {
        counts.notEligible += 1;
        return { response: nothing, fired: false, randomized: false };
      }
    }

    const assigned = assign();
    // A log catches its own faults, and gives the control arm for them.
    if (assigned.reason === 'fault' && fault === undefined) note('log-failed', undefined);
    if (assigned.reason === 'unit-missing') counts.unitMissing += 1;
    if (assigned.silent) return deliver(assigned, nothing);
    const first = await askArm(assigned.arm, request, timeBudget - (performance.now() - began));
    if (first.status === 'good') return deliver(assigned, first.response);

    note(first.what, first.error);
    ledger.deviation(assigned, first.what, at);
    const standIn = ledger.standIn(assigned);
    if (standIn.silent) return deliver(standIn, nothing);
    const second =
      assigned.arm === trial.control ? first : await askArm(trial.control, request, timeBudget / 2);
    if (second.status === 'good') return deliver(standIn, second.response);
    if (second !== first) note(second.what, second.error);
    if (second.asGiven === undefined) note('control-failed', second.error);
    return deliver(standIn, second.asGiven ?? nothing);
  }

  return {
    description: describe(definition),
    log,
    get counters() {
      return { ...counts, faults: { ...faults } };
    },
    answer,
  };
}
