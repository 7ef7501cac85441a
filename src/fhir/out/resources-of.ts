import { ProtocolMismatchError } from '../../errors.ts';
import type { Store } from '../../store/port.ts';
import type { Trial } from '../../trial/trial.ts';
import { auditEvent } from './audit-event.ts';
import { countedMetrics, countsByArm } from './counted.ts';
import { armGroup } from './groups.ts';
import { measureReport } from './measure-report.ts';
import { measureOf } from './measure.ts';
import type { Names, NamingOptions } from './names.ts';
import { namesOf } from './names.ts';
import { participantsOf } from './participants.ts';
import type { Phase } from './phase.ts';
import { phaseAt } from './phase.ts';
import { hasSubjects, researchSubject } from './research-subjects.ts';
import type {
  OutAuditEvent,
  OutGroup,
  OutMeasure,
  OutMeasureReport,
  OutResearchSubject,
} from './resources.ts';

/** When a trial is looked at, and how what is written is named. */
export interface OutOptions extends NamingOptions {
  /** Milliseconds since 1970-01-01T00:00Z; default now. */
  readonly asOf?: number | undefined;
}

/** What is known of a trial in its ledger. */
export interface OutContext {
  readonly asOf: number;
  readonly phase: Phase;
  readonly names: Names;
  /** Whether its events were removed. */
  readonly retired: boolean;
}

/** @throws ProtocolMismatchError when the ledger does not hold the trial */
export async function contextOf(
  store: Pick<Store, 'trials' | 'keyCheck' | 'location'>,
  trial: Trial,
  { asOf = Date.now(), base }: OutOptions,
): Promise<OutContext> {
  const { fingerprint } = trial;
  const registered = (await store.trials()).find((each) => each.fingerprint === fingerprint);
  if (registered === undefined) {
    throw new ProtocolMismatchError(
      `${store.location} does not hold trial ${trial.id}, round ${trial.round}, with this protocol: give the protocol that was registered, or another ledger`,
    );
  }
  return {
    asOf,
    phase: phaseAt(trial, { asOf, stoppedAt: registered.stoppedAt }),
    names: namesOf(trial, { base, namespace: await store.keyCheck() }),
    retired: registered.retiredAt !== null,
  };
}

type Participating = Pick<Store, 'trials' | 'keyCheck' | 'location' | 'read' | 'summaries'>;

/**
 * The patients who were randomised, or in a trial of encounters each encounter, as FHIR R4
 * ResearchSubjects. Of a trial of practices or clinicians there are none: see `armGroups`. Persons are
 * known by their pseudonyms alone.
 *
 * @throws ProtocolMismatchError when the ledger does not hold the trial
 * @throws RangeError when an option is malformed
 */
export async function* researchSubjects(
  store: Participating,
  trial: Trial,
  options: OutOptions = {},
): AsyncGenerator<OutResearchSubject, void> {
  const context = await contextOf(store, trial, options);
  if (!hasSubjects(trial)) return;
  for (const participant of await participantsOf(trial, store)) {
    yield researchSubject(trial, participant, context);
  }
}

/**
 * The arms of a trial of practices or clinicians as FHIR R4 Groups, each with those who were randomised
 * to it; of a trial of patients or encounters there are none: see `researchSubjects`.
 *
 * @throws ProtocolMismatchError when the ledger does not hold the trial
 * @throws RangeError when an option is malformed
 */
export async function* armGroups(
  store: Participating & Pick<Store, 'allocation'>,
  trial: Trial,
  options: OutOptions = {},
): AsyncGenerator<OutGroup, void> {
  const context = await contextOf(store, trial, options);
  if (hasSubjects(trial)) return;
  const participants = await participantsOf(trial, store);
  const allocation = await store.allocation(trial.fingerprint);
  for (const { name } of trial.arms) {
    yield armGroup(trial, name, { ...context, participants, allocation });
  }
}

/** Which events are told. */
export interface AuditEventOptions extends NamingOptions {
  /** Only events that happened at or after this instant, milliseconds; default all. */
  readonly since?: number | undefined;
}

/**
 * Every event of a trial's log as a FHIR R4 AuditEvent, in the order of the log, one at a time. Of a
 * trial whose events were removed there are none.
 *
 * @throws ProtocolMismatchError when the ledger does not hold the trial
 * @throws RangeError when an option is malformed
 */
export async function* auditEvents(
  store: Pick<Store, 'trials' | 'keyCheck' | 'location' | 'read'>,
  trial: Trial,
  { since, base }: AuditEventOptions = {},
): AsyncGenerator<OutAuditEvent, void> {
  checkSince(since);
  const { names } = await contextOf(store, trial, { base });
  for await (const { event } of store.read({ trial: trial.fingerprint, since })) {
    yield auditEvent(trial, event, names);
  }
}

/** @throws RangeError when it is no instant */
export function checkSince(since: number | undefined): void {
  if (since !== undefined && !(Number.isSafeInteger(since) && since >= 0)) {
    throw new RangeError('since must be whole milliseconds since 1970-01-01T00:00Z');
  }
}

/** How measures are told. */
export interface MeasureReportsOptions extends OutOptions {
  /**
   * The smallest count that is shown, such as 11; default 0, which shows all. Of an arm with a smaller
   * one the counts are withheld, and with them the totals. Each report is looked at by itself: it does
   * not stop what several reports tell together.
   */
  readonly smallest?: number | undefined;
}

/**
 * Each measure that the protocol names as a FHIR R4 Measure with its MeasureReport: counts by arm, of
 * random assignments alone. What is brought from outside of the ledger is not there, and of a trial whose
 * events were removed there is nothing.
 *
 * @throws ProtocolMismatchError when the ledger does not hold the trial
 * @throws RangeError when an option is malformed
 */
export async function* measureReports(
  store: Pick<Store, 'trials' | 'keyCheck' | 'location' | 'counts'>,
  trial: Trial,
  { smallest = 0, ...options }: MeasureReportsOptions = {},
): AsyncGenerator<OutMeasure | OutMeasureReport, void> {
  checkSmallest(smallest);
  const context = await contextOf(store, trial, options);
  if (context.retired) return;
  for (const metric of countedMetrics(trial)) {
    const arms = await countsByArm(trial, store, { metric, asOf: context.asOf });
    yield measureOf(trial, metric, context.names);
    yield measureReport(trial, arms, { ...context, metric, smallest });
  }
}

/** @throws RangeError when it is no whole number from 0 on */
export function checkSmallest(smallest: number | undefined): void {
  if (smallest !== undefined && !(Number.isSafeInteger(smallest) && smallest >= 0)) {
    throw new RangeError('smallest must be a whole number of at least 0, such as 11');
  }
}
