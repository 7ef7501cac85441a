import * as z from 'zod';
import type { Problem } from '../errors.ts';
import { problemsOf } from '../errors.ts';
import { durationMilliseconds } from './calendar.ts';
import type { AlertLevel, AlertState, Count } from './count.ts';
import { isAlertCount, isBrought, windowedStates } from './count.ts';
import type { CustomMetric } from './metric.ts';
import { isRegistered } from './metrics.ts';
import { isPartOf } from './part-of.ts';
import { duration, identifier, line } from './schema-parts.ts';

const states = [
  'alerts',
  'silent',
  'fired',
  'repeats',
  'accepted',
  'dismissed',
  'answered',
  'timed',
  'due',
  'ignored',
  'undismissed',
  'ordered',
] as const satisfies readonly AlertState[];

const levels = [
  'alert',
  'opening',
  'firstAlert',
  'firstFiring',
  'encounter',
  'patient',
  'patientDay',
  'clinician',
  'clinicianDay',
] as const satisfies readonly AlertLevel[];

/** The states that a firing has without having been shown. */
const unshown: ReadonlySet<string> = new Set(['silent', 'fired', 'ordered']);

const riskLevels: ReadonlySet<string> = new Set(['patientDay', 'patient', 'encounter']);

/** Every key that a count can have: which go together is said below. */
const anyCount = z.strictObject({
  of: z.enum([...states, 'atRisk']).optional(),
  each: z.enum(levels).optional(),
  reason: line('the code of a reason').optional(),
  within: duration.optional(),
  known: z.enum(['patient', 'encounter', 'clinician']).optional(),
  eligible: z.literal(true).optional(),
  days: z.enum(['calendar', 'midnight', 'elapsed']).optional(),
  column: identifier('the name of a column').optional(),
  title: line('a title').optional(),
});

type AnyCount = z.infer<typeof anyCount>;

/** What is wrong with the keys of a count together: the key, and what would be right. */
function countFault(count: AnyCount): readonly [keyof AnyCount, string] | undefined {
  const { of, each = 'alert', column, days, known } = count;
  const has = (...keys: readonly (keyof AnyCount)[]): keyof AnyCount | undefined =>
    keys.find((key) => count[key] !== undefined);
  if (column !== undefined) {
    const other = has('of', 'each', 'reason', 'within', 'known', 'eligible', 'days');
    return other && [other, 'a count that is brought has a `column` and a `title`, nothing else'];
  }
  if (of === undefined) {
    return ['of', `name what is counted: ${states.join(', ')} or atRisk; or give a \`column\``];
  }
  if (count.title !== undefined) return ['title', 'only a `column` has a title of its own'];
  if (of === 'atRisk') {
    const other = has('reason', 'within', 'eligible');
    if (other !== undefined) return [other, 'time at risk has no answers: leave it out'];
    if (!riskLevels.has(each)) {
      return ['each', 'time at risk is counted in each patientDay, patient or encounter'];
    }
    if (days !== undefined && each !== 'patientDay') {
      return ['days', 'only patient-days are counted in several ways'];
    }
    return known === undefined || (known === 'encounter' && each === 'patientDay')
      ? undefined
      : ['known', 'of time at risk, only patient-days can be limited, to those of an encounter'];
  }
  if (days !== undefined) return ['days', 'only `atRisk` is counted in days'];
  if (count.reason !== undefined && of !== 'dismissed') {
    return ['reason', 'only a count of `dismissed` has a reason'];
  }
  if (count.within !== undefined && !windowedStates.has(of)) {
    return ['within', `\`${of}\` does not depend on when an answer came: leave the window out`];
  }
  if (each === 'firstAlert' && unshown.has(of)) {
    return ['each', `\`${of}\` may not have been shown: count it in each firstFiring`];
  }
  if (each === 'firstFiring' && !unshown.has(of)) {
    return ['each', `\`${of}\` is of alerts that were shown: count it in each firstAlert`];
  }
  return undefined;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the refinement is what makes it a Count
const count = anyCount.superRefine((value, context) => {
  const fault = countFault(value);
  if (fault === undefined) return;
  context.addIssue({ code: 'custom', path: [fault[0]], message: fault[1] });
}) as unknown as z.ZodType<Count>;

/** The schema of a metric that is not of the registry. */
export const customMetric: z.ZodType<CustomMetric> = z.strictObject({
  name: z.string().regex(/^\S(?:.*\S)?$/u, {
    error: 'the name of a metric must be a line that neither begins nor ends with a space',
  }),
  title: line('the title of a metric'),
  numerator: count,
  denominator: count,
  kind: z.enum(['rate', 'proportion']),
  better: z.enum(['lower', 'higher']),
  per: z.number().gt(0, 'must be above 0').optional(),
  beside: z.array(line('the name of a metric')).optional(),
  source: line('a source').optional(),
});

/** One thing that is wrong with a metric or an outcome. */
export interface MetricFault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function windowFault(counted: Count, longest: number): string | undefined {
  if (isBrought(counted) || !isAlertCount(counted) || counted.within === undefined)
    return undefined;
  return durationMilliseconds(counted.within) > longest
    ? "a window cannot be longer than the trial's responseWindow: the trial is final when that has passed"
    : undefined;
}

/**
 * What the shape of a metric alone cannot say.
 *
 * @param responseWindow of the trial, ISO 8601
 */
export function metricFault(metric: CustomMetric, responseWindow: string): MetricFault | undefined {
  if (isRegistered(metric.name)) {
    return {
      path: ['name'],
      message: `"${metric.name}" is a metric of the registry: give another`,
    };
  }
  const longest = durationMilliseconds(responseWindow);
  for (const side of ['numerator', 'denominator'] as const) {
    const message = windowFault(metric[side], longest);
    if (message !== undefined) return { path: [side, 'within'], message };
  }
  if (metric.kind === 'rate') return undefined;
  if ((metric.per ?? 1) !== 1) {
    return { path: ['per'], message: 'a proportion is of the whole: only a rate has a `per`' };
  }
  return isPartOf(metric.numerator, metric.denominator, longest)
    ? undefined
    : {
        path: ['numerator'],
        message:
          'is not a part of the denominator, so this is no proportion: count the same level in both, the same filters above as below, or make it a rate',
      };
}

/**
 * Everything that is wrong with a metric that may be anything.
 *
 * @param responseWindow of the trial, ISO 8601
 */
export function metricProblems(document: unknown, responseWindow: string): readonly Problem[] {
  const parsed = customMetric.safeParse(document);
  if (!parsed.success) return problemsOf(parsed.error.issues);
  const fault = metricFault(parsed.data, responseWindow);
  return fault === undefined ? [] : problemsOf([fault]);
}
