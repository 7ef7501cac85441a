import type { TrialAnalysis } from '../analysis/index.ts';
import { count } from '../analysis/text/words.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { figure, label, stroke } from './figure.ts';
import { lookOf, marker } from './look.ts';
import type { PeriodColumn, Schedule } from './period-axis.ts';
import { periodColumns, periodFrame } from './period-axis.ts';
import { at, dayText, unitWord } from './words.ts';
import { textWidth } from './wrap.ts';

const width = 440;
const right = width - 8;
const top = 22;

/** Left edge of the periods, so that the drawing of rates below has them at the same places. */
export const periodsFrom = 84;
export const periodsTo: number = right;

/** A switchback may have a sequence for each of its clusters: no more rows than these are drawn. */
const mostRows = 24;

/**
 * Which arm the clusters have when: a row for each sequence, a column for each period, as wide as it is
 * long. Every cell has the colour and the sign of its arm, and its name where there is room for all names.
 */
export function scheduleChart(
  trial: TrialAnalysis['trial'],
  schedule: Schedule,
  options: { readonly id: string },
): Markup {
  const { sequences, periods, washout } = schedule;
  const drawn = sequences.slice(0, mostRows);
  const more = sequences.length - drawn.length;
  const height = drawn.length > 8 ? 20 : 30;
  const columns = periodColumns(schedule, [periodsFrom, periodsTo]);
  const bottom = top + drawn.length * (height + 4);
  // All names or none: a cell without one would look as if it were another thing.
  const room = Math.min(...columns.map(({ washout: until, to }) => to - until)) - 22;
  const named = trial.arms.every(({ name }) => textWidth(name, 11) <= room);
  const size = (clusters: number): string => `${count(clusters)} ${unitWord(clusters, trial.unit)}`;
  return figure({
    id: options.id,
    title: 'Arms by sequence and period',
    description:
      `${count(periods.length)} periods from ${dayText(trial.start)} to ${dayText(trial.end)}. ` +
      [
        ...drawn.map(({ arms, clusters }) => `${size(clusters)}: ${runsText(arms)}.`),
        ...(more > 0 ? [`And ${count(more)} more sequences.`] : []),
      ].join(' ') +
      (washout > 0
        ? ` ${count(washout)} ${unitWord(washout, 'day')} after each change of arm left out.`
        : ''),
    width,
    height: bottom + 24 + (more > 0 ? 16 : 0),
    body: [
      periodFrame(columns, { top, bottom }),
      drawn.map(({ arms, clusters }, row) => {
        const y = top + 2 + row * (height + 4);
        return html`<g class="row"
          >${label(size(clusters), { x: 2, y: y + height / 2 + 4, as: 'small' })}${columns.map(
            (column, period) =>
              cell(trial, { column, y, height, arms, period, washout: washout > 0, named }),
          )}</g
        >`;
      }),
      more > 0 &&
        label(`and ${count(more)} more sequences`, {
          x: 2,
          y: bottom + 34,
          as: 'small',
        }),
    ],
  });
}

function cell(
  trial: TrialAnalysis['trial'],
  {
    column: { from, to, washout: until },
    y,
    height,
    arms,
    period,
    washout,
    named,
  }: {
    readonly column: PeriodColumn;
    readonly y: number;
    readonly height: number;
    readonly arms: readonly string[];
    readonly period: number;
    readonly washout: boolean;
    readonly named: boolean;
  },
): Markup {
  const arm = arms[period] ?? '';
  const look = lookOf(trial, arm);
  const isWashout = washout && period > 0 && arms[period - 1] !== arm;
  const left = isWashout ? until : from;
  const middle = (left + to) / 2;
  const sign = named ? middle - textWidth(arm, 11) / 2 - 3 : middle;
  return html`<g style="--arm:${look.colour}"
    ><rect
      class="cell${arm === trial.control && ' control'}"
      x="${at(from + 1)}"
      y="${at(y)}"
      width="${at(Math.max(0.5, to - from - 2))}"
      height="${height}"
      rx="2"
    />${isWashout && hatch({ x: from + 1, y, width: until - from - 1, height })}${
      to - left > 9 && marker(look, sign, y + height / 2, height > 24 ? 60 : 44)
    }${named && label(arm, { x: sign + 9, y: y + height / 2 + 4, as: 'small' })}</g
  >`;
}

/** Lines at 45 degrees that end where the box ends. */
function hatch(box: {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}): Markup {
  const { x, y, width: wide, height: high } = box;
  const lines: Markup[] = [];
  for (let t = 4; t < wide + high; t += 5) {
    lines.push(
      stroke(
        [x + Math.max(0, t - high), y + Math.min(high, t)],
        [x + Math.min(wide, t), y + Math.max(0, t - wide)],
        'hatch',
      ),
    );
  }
  return html`<rect
      class="washout"
      x="${at(x)}"
      y="${at(y)}"
      width="${at(Math.max(0, wide))}"
      height="${high}"
    />${lines}`;
}

/** The arms of a sequence in words: those of periods running together once. */
function runsText(arms: readonly string[]): string {
  const runs: { arm: string; from: number; to: number }[] = [];
  arms.forEach((arm, period) => {
    const last = runs.at(-1);
    if (last?.arm === arm) last.to = period + 1;
    else runs.push({ arm, from: period + 1, to: period + 1 });
  });
  return runs
    .map(
      ({ arm, from, to }) =>
        `${arm} in ${from === to ? `period ${from}` : `periods ${from} to ${to}`}`,
    )
    .join(', ');
}
