import type { ArmMeasure, Measure, TrialAnalysis } from '../analysis/index.ts';
import {
  count,
  levelText,
  percent,
  rateText,
  significant,
  whyNot,
} from '../analysis/text/words.ts';
import { axisBelow, fromZero, tickText } from './axis.ts';
import type { Axis } from './axis.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { figure, label } from './figure.ts';
import { lookOf, marker } from './look.ts';
import { span } from './span.ts';
import { unitWord } from './words.ts';
import { block, rowHead } from './wrap.ts';

const width = 440;
const left = 10;
const right = width - 16;

/**
 * A measure by arm: a dot and its interval on the measure's own axis, which begins at 0 so that no
 * difference looks larger than it is, and the counts below.
 */
export function dotPlot(
  trial: TrialAnalysis['trial'],
  measure: Measure,
  options: { readonly id: string },
): Markup {
  const rates = measure.arms.flatMap(({ rate }) => (rate.estimable ? [rate] : []));
  // A few units can give an interval that would press every dot against the axis: it ends in an arrow.
  const reach = 6 * Math.max(0, ...rates.map(({ rate }) => rate));
  const values = rates.map(({ upper }) => Math.min(upper, reach));
  const scale = measure.kind === 'proportion' ? 'percent' : 'plain';
  const axis = fromZero(Math.max(0, ...values), [left, right], {
    cap: measure.kind === 'proportion' ? 1 : Infinity,
  });
  let y = 16;
  const rows = measure.arms.map((arm) => {
    const row = armRow(trial, measure, arm, { axis, y });
    y += row.height;
    return row.body;
  });
  const bottom = y + 2;
  const title = `${measure.title} by arm`;
  return figure({
    id: options.id,
    title,
    description: measure.arms
      .map((arm) => `${arm.arm}: ${rateText(arm, measure.kind)}; ${countsText(measure, arm)}.`)
      .join(' '),
    width,
    height: values.length > 0 ? bottom + 40 : bottom - 12,
    body: [
      values.length > 0 &&
        axisBelow(axis, {
          top: 4,
          y: bottom,
          range: [left, right],
          text: (value) => tickText(value, scale),
        }),
      rows,
      values.length > 0 &&
        label(`${measure.title}, ${levelText(measure.level)} intervals`, {
          x: (left + right) / 2,
          y: bottom + 33,
          anchor: 'middle',
          as: 'axis-title',
        }),
    ],
  });
}

/** The counts behind a rate: numerator / denominator, and the units that they come from. */
function countsText(measure: Measure, arm: ArmMeasure): string {
  return `${count(arm.numerator)} / ${count(arm.denominator)}; ${count(arm.units)} ${unitWord(arm.units, measure.unit)}`;
}

/** A rate on the scale of its measure. */
export function rateOn(measure: Measure, value: number): string {
  return measure.kind === 'proportion' ? percent(value) : significant(value);
}

function armRow(
  trial: TrialAnalysis['trial'],
  measure: Measure,
  arm: ArmMeasure,
  { axis, y }: { readonly axis: Axis; readonly y: number },
): { readonly body: Markup; readonly height: number } {
  const { rate } = arm;
  const name = arm.arm === trial.control ? `${arm.arm} (control)` : arm.arm;
  const value = rate.estimable
    ? `${rateOn(measure, rate.rate)} (${rateOn(measure, rate.lower)} to ${rateOn(measure, rate.upper)})`
    : 'no interval';
  const head = rowHead(name, value, { x: left, y, width: right - left });
  const line = y + head.height;
  const look = lookOf(trial, arm.arm);
  const drawn = rate.estimable
    ? {
        body: html`${span(axis, rate, line, 'interval')}${marker(look, axis.place(rate.rate), line, 80)}`,
        height: 20,
      }
    : block(`Not estimable: ${whyNot(rate)}.`, {
        x: left,
        y: line,
        width: right - left,
        as: 'reason',
      });
  const counts = block(countsText(measure, arm), {
    x: left,
    y: line + drawn.height,
    width: right - left,
    as: 'small',
  });
  return {
    body: html`<g class="row" style="--arm:${look.colour}"
      >${head.body}${drawn.body}${counts.body}</g
    >`,
    height: head.height + drawn.height + counts.height + 14,
  };
}
