import type { DelayCount, Store } from '../../store/port.ts';
import { studentT, sum } from '../../stats/index.ts';
import type { AlertCount } from '../../trial/count.ts';
import type { Trial } from '../../trial/trial.ts';
import { sumsByUnit, unitsInArms } from '../arm-totals.ts';
import type { Estimable } from '../estimable.ts';
import { notEstimable, withText } from '../estimable.ts';
import { noSpread, ratioOfTotals } from '../methods/ratio-of-totals.ts';
import type { UnitRow } from '../rows.ts';
import { unitsInSeveralArms } from '../rows.ts';
import { count, levelText } from '../text/words.ts';
import { columnOf } from './column.ts';

/** A quantile of the response time, in seconds. */
export interface ResponseQuantile {
  /** The share of answers that came no later. */
  readonly probability: number;
  /** Rounded up to 0.1 s up to a minute, to 1 s up to an hour, to a minute from there on. */
  readonly seconds: number;
  readonly interval: Estimable<{ readonly lower: number; readonly upper: number }>;
}

/** How long the clinicians of an arm took to answer. */
export interface ArmResponseTimes {
  readonly arm: string;
  /** Alerts answered within the response window, at a time that is known. */
  readonly answered: number;
  /** Units with such an alert. */
  readonly units: number;
  /** Alerts whose answer is dated before them, because two clocks disagree: left out. */
  readonly clockDisagreements: number;
  /** Alerts whose answer bears their very time, as in an extract that does not tell its own: left out. */
  readonly untimed: number;
  readonly quantiles: Estimable<{ readonly of: readonly ResponseQuantile[] }>;
}

/** Response times by arm. Plain data. */
export interface ResponseTimes {
  readonly unit: string;
  readonly level: number;
  /** The trial's response window, ISO 8601: later answers are not counted. */
  readonly window: string;
  readonly arms: readonly ArmResponseTimes[];
  readonly warnings: readonly string[];
  /** As lines of text. Not part of its JSON. */
  toString(): string;
}

export interface ResponseTimeOptions {
  /** Confidence level; default 1 - the trial's alpha. */
  readonly level?: number | undefined;
  /** Shares between 0 and 1; default the quartiles. */
  readonly probabilities?: readonly number[] | undefined;
}

/**
 * The time from an alert to its first answer by arm: the median and other quantiles, with intervals
 * between the units that were randomised.
 *
 * A quantile q̂ of probability p is the smallest time by which a share p of the answers had come. Its
 * interval (Woodruff 1952) takes the standard error of the share F̂(q̂) of answers up to q̂, which is
 * a ratio of totals over units (Mancl-DeRouen), and reads the distribution off at the ends
 * logit⁻¹(logit p ± t · SE / (p(1 - p))), t on k - 1 degrees of freedom. Quantiles are of the answers:
 * an arm that is ignored more has fewer of them, so read `ignoredRate` beside. The share of hasty
 * answers is compared between arms by the metric `answeredWithin3Seconds`.
 *
 * Sources: Woodruff, J Am Stat Assoc 1952; Francisco & Fuller, Ann Stat 1991; of the measure, McDaniel
 * et al., J Am Med Inform Assoc 2016, and Elias et al., Appl Clin Inform 2019. In R:
 * `survey::svyquantile(~seconds, design, p, interval.type = "xlogit", df = k - 1)`, whose standard
 * error is that of CR0.
 *
 * @param source a ledger
 * @throws RangeError for a level or probability that is not between 0 and 1
 */
export async function responseTimes(
  trial: Trial,
  source: Pick<Store, 'counts' | 'delays'>,
  options: ResponseTimeOptions = {},
): Promise<ResponseTimes> {
  const { level = 1 - trial.decision.alpha, probabilities = [0.25, 0.5, 0.75] } = options;
  for (const share of [level, ...probabilities]) {
    if (!(share > 0 && share < 1)) {
      throw new RangeError(`a level and a probability lie between 0 and 1, not ${share}`);
    }
  }
  const delays = await source.delays(trial.fingerprint);
  const courses = new Map(trial.arms.map(({ name }) => [name, courseOf(delays, name)]));
  const times = [...courses.values()].flatMap((course) =>
    probabilities.flatMap((p) => course.timeOf(p) ?? []),
  );
  const counts: readonly AlertCount[] = [
    { of: 'timed' },
    ...[...new Set(times)].map((time) => answeredBy(time, trial)),
  ];
  const columns = counts.map(columnOf);
  // What is answered does not depend on the instant of the analysis.
  const counted = await source.counts(trial.fingerprint, { counts, asOf: 0 });
  const rows = counted.map(({ unitId, arm, values }) => ({
    unitId,
    arm,
    counts: Object.fromEntries(columns.map((column, i) => [column, values[i] ?? 0])),
  }));
  const several = unitsInSeveralArms(rows);
  const arms = trial.arms.map(({ name }): ArmResponseTimes => {
    const course = courses.get(name) ?? courseOf([], name);
    return {
      arm: name,
      answered: course.answered,
      units: rows.filter((row) => row.arm === name && (row.counts['timed'] ?? 0) > 0).length,
      clockDisagreements: course.disagreements,
      untimed: course.untimed,
      quantiles:
        course.answered === 0
          ? notEstimable(
              'no alert was answered at a time that is known',
              'log answers with the time at which they were given',
            )
          : {
              estimable: true,
              of: probabilities.map((probability) => ({
                probability,
                seconds: (course.timeOf(probability) ?? 0) / 1000,
                interval:
                  several > 0
                    ? unitsInArms(several)
                    : intervalOf(trial, course, { rows, arm: name, probability, level }),
              })),
            },
    };
  });
  const disagreements = sum(arms.map(({ clockDisagreements }) => clockDisagreements));
  const untimed = sum(arms.map((each) => each.untimed));
  const result: ResponseTimes = {
    unit: trial.unit,
    level,
    window: trial.protocol.responseWindow,
    arms,
    warnings: [
      ...(disagreements === 0
        ? []
        : [
            `${disagreements} answer(s) are dated before their alert: two clocks disagree, and the times of the others may be as wrong.`,
          ]),
      ...(untimed === 0
        ? []
        : [
            `${untimed} answer(s) bear the very time of their alert, as in an extract that does not tell when it was answered: how long they took is not known.`,
          ]),
    ],
  };
  return withText(result, () => textOf(result));
}

// A time that was rounded up may lie beyond the window, in which answers are counted.
const answeredBy = (milliseconds: number, { responseWindow }: Trial): AlertCount => ({
  of: 'timed',
  within: `PT${Math.min(milliseconds, responseWindow) / 1000}S`,
});

/** The distribution of the response times of an arm. */
interface Course {
  readonly answered: number;
  readonly disagreements: number;
  readonly untimed: number;
  /** The smallest time, milliseconds, by which a share of the answers had come. */
  readonly timeOf: (probability: number) => number | undefined;
}

function courseOf(delays: readonly DelayCount[], arm: string): Course {
  const own = delays.filter((each) => each.arm === arm);
  const known = own
    .flatMap(({ delay, alerts }) => (delay === null || delay === 0 ? [] : [{ delay, alerts }]))
    .sort((a, b) => a.delay - b.delay);
  const answered = sum(known.map(({ alerts }) => alerts));
  return {
    answered,
    disagreements: sum(own.map(({ delay, alerts }) => (delay === null ? alerts : 0))),
    untimed: sum(own.map(({ delay, alerts }) => (delay === 0 ? alerts : 0))),
    timeOf: (probability) => {
      // A hair less, so that rounding does not push a share that is met exactly to the next time.
      const needed = probability * answered * (1 - 1e-12);
      let reached = 0;
      return known.find(({ alerts }) => (reached += alerts) >= needed)?.delay;
    },
  };
}

function intervalOf(
  trial: Trial,
  course: Course,
  options: {
    readonly rows: readonly UnitRow[];
    readonly arm: string;
    readonly probability: number;
    readonly level: number;
  },
): ResponseQuantile['interval'] {
  const { rows, arm, probability: p, level } = options;
  const whole = columnOf({ of: 'timed' });
  const part = columnOf(answeredBy(course.timeOf(p) ?? 0, trial));
  const units = sumsByUnit(rows, arm, { columns: [part, whole], isSummarized: false });
  const share = ratioOfTotals(
    units.map((unit) => ({ numerator: unit[part] ?? 0, denominator: unit[whole] ?? 0 })),
  );
  if (!share.estimable) return share;
  const { standardError } = share;
  if (!Number.isFinite(standardError)) {
    return notEstimable(
      'one unit holds all of the answers, so the variance cannot be judged',
      'read the quantile without an interval',
    );
  }
  if (standardError === 0) return notEstimable(noSpread, 'read the quantile without an interval');
  const reach =
    (studentT.quantile((1 - level) / 2, share.units - 1, 'upper') * standardError) / (p * (1 - p));
  const end = (sign: 1 | -1): number => {
    const edge = 1 / (1 + Math.exp(-(Math.log(p / (1 - p)) + sign * reach)));
    return (course.timeOf(edge) ?? 0) / 1000;
  };
  return { estimable: true, lower: end(-1), upper: end(1) };
}

function textOf({ unit, level, window, arms, warnings }: ResponseTimes): string {
  const width = Math.max(...arms.map(({ arm }) => arm.length));
  const lines = arms.map(({ arm, answered, units, quantiles }) => {
    const words = quantiles.estimable
      ? quantiles.of.map(({ probability, seconds, interval }) => {
          const range = interval.estimable
            ? `${interval.lower} to ${interval.upper}`
            : `no interval: ${interval.reason}`;
          return `${Number((100 * probability).toPrecision(4))} % by ${seconds} s (${range})`;
        })
      : [`not estimable: ${quantiles.reason}`];
    return `  ${arm.padEnd(width)}  ${words.join('; ')}   ${count(answered)} answered, ${count(units)} ${unit}(s)`;
  });
  return [
    'Response time',
    `  seconds from an alert to its first answer within ${window}, ${levelText(level)} intervals by ${unit}`,
    ...lines,
    ...warnings.map((warning) => `  Warning: ${warning}`),
  ].join('\n');
}
