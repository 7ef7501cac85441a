import type { AllocationPlan } from './allocation-plan.ts';
import { problemsOf, ProtocolError } from '../errors.ts';
import { addDays, durationMilliseconds, startOfDay } from './calendar.ts';
import { fingerprintOf } from './fingerprint.ts';
import { periodsOf } from './groups.ts';
import type { CustomMetric } from './metric.ts';
import type { ArmName, DecisionRule, Guardrail, Outcome, Protocol } from './protocol.ts';
import { protocolSchema } from './schema.ts';

/** A value whose optional parts have been filled in with their defaults. */
export type Resolved<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** A step of enrolment as an instant. */
interface EnrolmentInstant {
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly from: number;
  readonly fraction: number;
}

/**
 * One round of a trial, frozen: the protocol as written, its fingerprint, and what follows from it.
 * Made by `defineTrial` or `loadTrial`, never by hand.
 */
export interface Trial<P extends Protocol = Protocol> {
  readonly id: P['id'];
  readonly round: number;
  readonly title: string;
  readonly unit: P['unit'];
  readonly timeZone: string;
  readonly arms: P['arms'];
  readonly control: ArmName<P>;
  /** First instant of the first day, milliseconds since 1970-01-01T00:00Z. */
  readonly startsAt: number;
  /** First instant after the last day. */
  readonly endsAt: number;
  readonly allocation: AllocationPlan;
  /** First instant of each period of a design over time; of the trial, when it has none. */
  readonly periods: readonly number[];
  readonly enrolment: readonly EnrolmentInstant[];
  readonly strata: readonly string[];
  readonly primary: Resolved<Outcome>;
  readonly guardrails: readonly Resolved<Guardrail>[];
  readonly secondary: readonly Resolved<Outcome>[];
  /** The protocol's own metrics. */
  readonly metrics: readonly CustomMetric[];
  /** Milliseconds. */
  readonly responseWindow: number;
  /** Milliseconds. */
  readonly repeatWindow: number;
  readonly decision: Resolved<Omit<DecisionRule, 'worthwhile'>> & Pick<DecisionRule, 'worthwhile'>;
  /** The document as it was written, deeply frozen. */
  readonly protocol: P;
  /** SHA-256 of the canonical JSON of the protocol. */
  readonly fingerprint: string;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

function resolveOutcome<O extends Outcome>(outcome: O): O & Resolved<Outcome> {
  return {
    ...outcome,
    alerts: outcome.alerts ?? 'fired',
    patientDays: outcome.patientDays ?? 'calendar',
  };
}

function resolveEnrolment(protocol: Protocol): readonly EnrolmentInstant[] {
  const { enrolment = 1, start, timeZone } = protocol;
  const steps = typeof enrolment === 'number' ? [{ from: start, fraction: enrolment }] : enrolment;
  return steps.map(({ from, fraction }) => ({ from: startOfDay(from, timeZone), fraction }));
}

/**
 * Makes a trial from a document that may be anything, such as parsed JSON.
 *
 * @throws ProtocolError with every fault found; nothing is repaired
 */
export function trialFrom(document: unknown): Trial {
  const parsed = protocolSchema.safeParse(document);
  if (!parsed.success) throw new ProtocolError(problemsOf(parsed.error.issues));
  // Through JSON, so that the copy shares nothing with the caller and holds no `undefined`.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked just above
  const protocol = JSON.parse(JSON.stringify(document)) as Protocol;
  return freeze({
    id: protocol.id,
    round: protocol.round,
    title: protocol.title,
    unit: protocol.unit,
    timeZone: protocol.timeZone,
    arms: protocol.arms,
    control: protocol.control,
    startsAt: startOfDay(protocol.start, protocol.timeZone),
    endsAt: startOfDay(addDays(protocol.end, 1), protocol.timeZone),
    allocation: protocol.allocation ?? { kind: 'hashed' },
    periods: (periodsOf(protocol)?.starts ?? [protocol.start]).map((day) =>
      startOfDay(day, protocol.timeZone),
    ),
    enrolment: resolveEnrolment(protocol),
    strata: protocol.strata ?? [],
    primary: resolveOutcome(protocol.primary),
    guardrails: protocol.guardrails.map(resolveOutcome),
    secondary: (protocol.secondary ?? []).map(resolveOutcome),
    metrics: protocol.metrics ?? [],
    responseWindow: durationMilliseconds(protocol.responseWindow),
    repeatWindow: durationMilliseconds(protocol.repeatWindow ?? 'PT10M'),
    decision: {
      claim: protocol.decision?.claim ?? { kind: 'superiority' },
      alpha: protocol.decision?.alpha ?? 0.05,
      test: protocol.decision?.test ?? 'auto',
      draws: protocol.decision?.draws ?? 9_999,
      worthwhile: protocol.decision?.worthwhile,
    },
    protocol,
    fingerprint: fingerprintOf(protocol),
  });
}

/**
 * Defines a trial. A control that is not an arm, an arm without its alert content, and, later, a
 * subject without its unit, do not compile; the rest is checked here.
 *
 * @example
 * const trial = defineTrial({
 *   algorithm: 'murmur3-32/1',
 *   id: 'influenza-inpatient',
 *   round: 1,
 *   title: 'Does the redesigned influenza alert fire less without losing orders?',
 *   unit: 'patient',
 *   timeZone: 'America/New_York',
 *   arms: [
 *     { name: 'usual', weight: 1, content: { summary: 'Influenza vaccine is due' } },
 *     { name: 'redesign', weight: 1, content: { summary: 'Vaccinate before discharge?' } },
 *   ],
 *   control: 'usual',
 *   start: '2026-10-05',
 *   end: '2026-11-15',
 *   primary: { metric: 'alertsPerPatientDay', better: 'lower' },
 *   guardrails: [{ metric: 'acceptanceRate', better: 'higher', scale: 'difference', margin: -0.03 }],
 *   responseWindow: 'PT24H',
 *   governance: { determination: 'quality-improvement', reference: 'QI-17', owner: 'CDS committee', optOut: 'research office' },
 * });
 *
 * @throws ProtocolError with every fault found; nothing is repaired
 */
export function defineTrial<const P extends Protocol>(
  protocol: P & { readonly control: ArmName<P> },
): Trial<P> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the arms and the unit are those of P
  return trialFrom(protocol) as unknown as Trial<P>;
}
