import * as z from 'zod';
import { allocationFaults } from './allocation-faults.ts';
import { allocationPlan } from './allocation-schema.ts';
import { isCalendarDay, isTimeZone } from './calendar.ts';
import { decisionFaults, marginFault } from './decision-faults.ts';
import { factorFaults } from './factors.ts';
import { customMetric, metricFault } from './metric-schema.ts';
import { outcomeFault } from './outcome.ts';
import type { Arm, Json, Outcome, Protocol } from './protocol.ts';
import { units } from './protocol.ts';
import { duration, identifier, line } from './schema-parts.ts';
import { withinFaults, withinShape } from './within-schema.ts';

const calendarDay = z.string().refine(isCalendarDay, {
  error: 'must be a calendar day that exists, written YYYY-MM-DD',
});

function isJson(value: unknown): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return typeof value === 'object' && isPlain(value) && Object.values(value).every(isJson);
}

/** A literal or a dictionary, of this realm or another. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const json = z.custom<Json>(isJson, {
  error: 'must be JSON: no dates, functions, undefined or numbers that are not finite',
});

const weight = z
  .int('a weight must be a whole number')
  .min(1, 'a weight must be at least 1: leave out an arm that gets nobody')
  .max(1_000_000, 'a weight must be at most 1,000,000');

// The document is kept as it was written, so a space at an end would make another level.
const level = z.string().refine((text) => text !== '' && text === text.trim(), {
  error: 'the level of a factor must not be empty, nor begin or end with a space',
});

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the refinement is what makes it an Arm
const arm = z
  .strictObject({
    name: identifier('the name of an arm'),
    weight,
    description: z.string().optional(),
    factors: z
      .record(identifier('the name of a factor'), level, {
        error: ({ code }) =>
          code === 'invalid_key'
            ? 'the name of a factor must be 1 to 64 letters, digits, "-", "_" or "."'
            : undefined,
      })
      .optional(),
    silent: z.boolean().optional(),
    content: json.optional(),
  })
  .refine((value) => value.silent === true || value.content !== undefined, {
    path: ['content'],
    error: 'an arm needs its alert content, or `silent: true` when nothing is shown',
  }) as z.ZodType<Arm>;

const outcome = z.strictObject({
  metric: z.string(),
  better: z.enum(['lower', 'higher']),
  alerts: z.enum(['fired', 'opening']).optional(),
  patientDays: z.enum(['calendar', 'midnight', 'elapsed']).optional(),
});

const guardrail = outcome
  .extend({ scale: z.enum(['difference', 'ratio']), margin: z.number() })
  .superRefine((value, context) => {
    const fault = marginFault(value);
    if (fault !== undefined) context.addIssue({ code: 'custom', path: ['margin'], message: fault });
  });

const claim = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('superiority') }),
  z.strictObject({
    kind: z.literal('non-inferiority'),
    scale: z.enum(['difference', 'ratio']),
    margin: z.number(),
  }),
  z
    .strictObject({
      kind: z.literal('equivalence'),
      scale: z.enum(['difference', 'ratio']),
      lower: z.number(),
      upper: z.number(),
    })
    .refine(
      ({ scale, lower, upper }) => {
        const [least, none] = scale === 'ratio' ? [0, 1] : [-Infinity, 0];
        return least < lower && lower < none && none < upper;
      },
      {
        path: ['lower'],
        error: 'no effect (a ratio of 1, a difference of 0) must lie between `lower` and `upper`',
      },
    ),
]);

const fraction = z.number().min(0, 'a fraction is at least 0').max(1, 'a fraction is at most 1');

const enrolment = z.union([
  fraction,
  z.array(z.strictObject({ from: calendarDay, fraction })).min(1, 'name at least one step'),
]);

const protocolShape = z.strictObject({
  algorithm: z.literal('murmur3-32/1', {
    error: 'must be "murmur3-32/1", the only algorithm so far',
  }),
  id: identifier('the id'),
  round: z.int('must be a whole number').min(1, 'rounds count from 1'),
  title: line('the title'),
  unit: z.enum(units),
  timeZone: z.string().refine(isTimeZone, {
    error: 'must be an IANA time zone such as America/New_York',
  }),
  arms: z.array(arm).min(2, 'a trial needs at least two arms'),
  control: z.string(),
  start: calendarDay,
  end: calendarDay,
  allocation: allocationPlan.optional(),
  salt: z.string().optional(),
  enrolment: enrolment.optional(),
  layer: z
    .strictObject({
      id: identifier('the id of a layer'),
      from: z.int().min(0).max(9_999),
      to: z.int().min(1).max(10_000),
    })
    .refine(({ from, to }) => from < to, { path: ['to'], error: 'must be above `from`' })
    .optional(),
  within: withinShape.optional(),
  strata: z.array(identifier('the name of a stratum')).optional(),
  primary: outcome,
  guardrails: z.array(guardrail),
  secondary: z.array(outcome).optional(),
  metrics: z.array(customMetric).optional(),
  responseWindow: duration,
  repeatWindow: duration.optional(),
  decision: z
    .strictObject({
      claim: claim.optional(),
      alpha: z.number().gt(0, 'must be above 0').max(0.5, 'must be at most 0.5').optional(),
      test: z.enum(['auto', 'model', 'rerandomization']).optional(),
      draws: z.int().min(199, 'too few draws to reach a level of 0.01').max(1_000_000).optional(),
      worthwhile: z.number().gt(0, 'a ratio is above 0').optional(),
    })
    .optional(),
  governance: z.strictObject({
    determination: z.enum([
      'quality-improvement',
      'research-with-consent',
      'research-with-waiver',
      'synthetic',
    ]),
    reference: line('the reference'),
    owner: line('the owner'),
    optOut: line('the place of the opt-out list'),
  }),
});

function duplicatesIn(names: readonly string[]): ReadonlyMap<string, number> {
  const second = new Map<string, number>();
  names.forEach((name, index) => {
    if (names.indexOf(name) < index && !second.has(name)) second.set(name, index);
  });
  return second;
}

/** What the shape alone cannot say: how the parts of a protocol must fit together. */
const fitting = protocolShape.superRefine((protocol, context) => {
  const fault = (path: readonly PropertyKey[], message: string): void => {
    context.addIssue({ code: 'custom', path: [...path], message });
  };
  const names = protocol.arms.map(({ name }) => name);
  for (const [name, index] of duplicatesIn(names)) {
    fault(['arms', index, 'name'], `two arms are named "${name}": give each its own name`);
  }
  if (!names.includes(protocol.control)) {
    fault(['control'], `"${protocol.control}" is not an arm: name one of ${names.join(', ')}`);
  }
  if (protocol.end < protocol.start) {
    fault(['end'], `the trial ends (${protocol.end}) before it starts (${protocol.start})`);
  }
  for (const [name, index] of duplicatesIn(protocol.strata ?? [])) {
    fault(['strata', index], `"${name}" is named twice`);
  }
  if (Array.isArray(protocol.enrolment)) {
    const steps = protocol.enrolment;
    steps.forEach((step, index) => {
      const before = steps[index - 1];
      if (before === undefined) {
        if (step.from > protocol.start)
          fault(['enrolment', 0, 'from'], 'the first step must not be after the start');
        return;
      }
      if (step.from <= before.from)
        fault(['enrolment', index, 'from'], 'steps must be in order of their days');
      if (step.fraction < before.fraction) {
        fault(
          ['enrolment', index, 'fraction'],
          'enrolment never falls: a unit that is in stays in',
        );
      }
    });
  }
  const own = protocol.metrics ?? [];
  for (const [name, index] of duplicatesIn(own.map((metric) => metric.name))) {
    fault(['metrics', index, 'name'], `two metrics are named "${name}": give each its own name`);
  }
  own.forEach((metric, index) => {
    const found = metricFault(metric, protocol.responseWindow);
    if (found !== undefined) fault(['metrics', index, ...found.path], found.message);
  });
  const outcomes: readonly (readonly [readonly PropertyKey[], Outcome])[] = [
    [['primary'], protocol.primary],
    ...protocol.guardrails.map((each, i) => [['guardrails', i], each] as const),
    ...(protocol.secondary ?? []).map((each, i) => [['secondary', i], each] as const),
  ];
  for (const [path, outcome] of outcomes) {
    const found = outcomeFault(outcome, own);
    if (found !== undefined) fault([...path, ...found.path], found.message);
  }
  for (const { path, message } of factorFaults(protocol.arms)) fault(path, message);
  for (const { path, message } of decisionFaults(protocol)) fault(path, message);
  for (const { path, message } of allocationFaults(protocol)) fault(path, message);
  for (const { path, message } of withinFaults(protocol)) fault(path, message);
});

/** The schema of a protocol. The types in `protocol.ts` are written by hand and checked against it here. */
export const protocolSchema: z.ZodType<Protocol> = fitting;
