import type { Effect, Estimable, Measure } from '../analysis/index.ts';
import { exposureName, exposureTestText, scaleOf } from '../analysis/text/over-time.ts';
import { count, levelText, pText } from '../analysis/text/words.ts';
import { rateOn } from './dot-plot.ts';
import type { Markup, Part } from './escape.ts';
import { html } from './escape.ts';
import type { Schedule } from './period-axis.ts';
import { levelsOf } from './period-levels.ts';
import { table } from './table.ts';
import type { Scale } from './words.ts';
import { capital, dayText, noNumber, number, onScale, unitOf } from './words.ts';

type ArmOverTime = NonNullable<Measure['overTime']>[number];

/** What each arm had in each period, and what the control arm would have had there by the model. */
export function periodTable(measure: Measure, schedule: Schedule): Markup | undefined {
  const { byPeriod, unit, arms } = measure;
  if (byPeriod === null) return undefined;
  const levels = levelsOf(measure);
  return table({
    caption: `${measure.title} by period, adjusted for nothing; beside it the level of the control arm by the model, with its ${levelText(measure.level)} interval`,
    columns: [
      'Period',
      ...arms.flatMap(({ arm }) => [
        `${arm}: ${unit}s`,
        `${arm}: ${measure.kind === 'proportion' ? 'proportion' : 'rate'}`,
      ]),
      'Control by the model',
    ],
    rows: byPeriod.map(({ period, arms: own }): readonly Part[] => {
      const { start, end } = schedule.periods[period - 1] ?? { start: '', end: '' };
      const level = levels[period - 1];
      return [
        `${period}: ${dayText(start, true)} to ${dayText(end, true)}`,
        ...own.flatMap(({ clusters, numerator, denominator, ratio }) => [
          number(clusters, count(clusters)),
          ratio === null
            ? '–'
            : html`${number(ratio, rateOn(measure, ratio))} (${number(numerator, count(numerator))}
              / ${number(denominator, count(denominator))})`,
        ]),
        level === undefined
          ? '–'
          : level.estimable
            ? html`${number(level.estimate, rateOn(measure, level.estimate))}
              (${number(level.lower, rateOn(measure, level.lower))} to
              ${number(level.upper, rateOn(measure, level.upper))})`
            : noNumber(level),
      ];
    }),
  });
}

/** Whether the effect changes with the time since the arm began, arm by arm. */
export function exposureTable(measure: Measure, overTime: ArmOverTime): Markup | undefined {
  const { arm, exposureTime: check } = overTime;
  if (check === null) return undefined;
  if (!check.estimable) {
    return html`<p>Effect of ${arm} by time since it began: ${noNumber(check)}.</p>`;
  }
  const scale = scaleOf(measure, overTime);
  return html`${table({
      caption: `Effect of ${arm} by the number of periods that a ${measure.unit} has had it`,
      columns: [
        'Periods with the arm',
        `${capital(measure.unit)}s`,
        ...effectColumns(measure, scale),
      ],
      rows: [
        ...check.effects.map(({ clusters, effect, ...time }): readonly Part[] => [
          exposureName(time),
          number(clusters, count(clusters)),
          ...effectCells(effect, scale),
        ]),
        ['Mean over the times', '–', ...effectCells(check.average, scale)],
        ['Taken as constant', '–', ...effectCells(check.constant, scale)],
      ],
    })}
    <p class="small">All times alike: ${exposureTestText(check)}.</p>`;
}

/** Whether the arm of the period before still works, arm by arm. */
export function carryOverTable(measure: Measure, overTime: ArmOverTime): Markup | undefined {
  const { arm, carryOver: check } = overTime;
  if (check === null) return undefined;
  if (!check.estimable) {
    return html`<p>Carry-over of ${arm}: ${noNumber(check)}.</p>`;
  }
  const scale = scaleOf(measure, overTime);
  const rows = [
    [`${arm} in the period before, whatever the arm now`, check.carryOver],
    [`${arm} now, adjusted for it`, check.adjusted],
    [`${arm} in the first period alone`, check.first],
    [`${arm} in the later periods`, check.later],
  ] as const;
  return table({
    caption: `Carry-over of ${arm}: whether the period before still works`,
    columns: ['Effect', ...effectColumns(measure, scale)],
    rows: rows.map(([what, effect]) => [what, ...effectCells(effect, scale)]),
  });
}

function effectColumns({ level }: Measure, scale: Scale): readonly string[] {
  return [
    scale === 'ratio' ? 'Ratio' : `Difference${unitOf(scale)}`,
    `${levelText(level)} interval`,
    'Two-sided p',
  ];
}

function effectCells(effect: Estimable<Effect>, scale: Scale): readonly Part[] {
  if (!effect.estimable) return [noNumber(effect), '–', '–'];
  return [
    number(effect.estimate, onScale(effect.estimate, scale)),
    html`${number(effect.lower, onScale(effect.lower, scale))} to
    ${number(effect.upper, onScale(effect.upper, scale))}`,
    number(effect.pValue, pText(effect.pValue)),
  ];
}
