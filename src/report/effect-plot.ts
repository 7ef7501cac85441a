import type { ArmComparison, Measure, TrialAnalysis } from '../analysis/index.ts';
import { effectText, levelText, pText, whyNot } from '../analysis/text/words.ts';
import type { Axis } from './axis.ts';
import { around, axisBelow, tickText } from './axis.ts';
import type { Margin } from './effect-scale.ts';
import { effectOn, hasNaive, ownScale, scaleFor } from './effect-scale.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { figure, label, stroke } from './figure.ts';
import { clamp, span } from './span.ts';
import { lookOf, marker } from './look.ts';
import { naiveBasis } from './measure-words.ts';
import type { Scale } from './words.ts';
import { at, onScale, unitOf } from './words.ts';
import { block, rowHead, textWidth } from './wrap.ts';

const width = 440;
const left = 10;
const right = width - 16;
const headHeight = 34;

interface Plot {
  readonly trial: TrialAnalysis['trial'];
  readonly measure: Measure;
  readonly on: 'ratio' | 'difference';
  readonly scale: Scale;
  readonly axis: Axis;
}

/**
 * Each arm against the control arm on one scale: the effect with its interval, below it the thin
 * interval of a naive analysis, the line of no effect, and the margin of a guardrail.
 */
export function effectPlot(
  trial: TrialAnalysis['trial'],
  measure: Measure,
  options: {
    readonly id: string;
    readonly on: 'ratio' | 'difference';
    readonly margin?: Margin | undefined;
  },
): Markup {
  const { id, on } = options;
  const scale = scaleFor(measure, on);
  const margins = options.margin?.scale === on ? options.margin.values : [];
  const none = on === 'ratio' ? 1 : 0;
  const values = valuesOf(measure, on);
  const empty = values.length === 0 && margins.length === 0;
  const axis = around([none, ...margins, ...values], scale, [left, right]);
  const plot = { trial, measure, on, scale, axis };
  let y = headHeight + 18;
  const rows = measure.comparisons.map((comparison) => {
    const row = comparisonRow(plot, comparison, y);
    y += row.height;
    return row.body;
  });
  const bottom = y + 2;
  return figure({
    id,
    title: `${measure.title}: ${on === 'ratio' ? 'ratio, arm over control' : 'difference, arm minus control'}`,
    description: [
      ...measure.comparisons.map(
        (comparison) =>
          `${comparison.arm} against ${comparison.control}: ${effectText(effectOn(comparison, on), scale, measure.level)}.`,
      ),
      margins.length === 0
        ? ''
        : `The tolerated ${margins.length === 1 ? 'margin is' : 'bounds are'} ${margins.map((value) => onScale(value, scale)).join(' and ')}${unitOf(scale)}.`,
    ].join(' '),
    width,
    height: empty ? y : bottom + 56,
    body: empty
      ? rows
      : [
          beyond(measure, axis, margins, bottom),
          axisBelow(axis, {
            top: headHeight,
            y: bottom,
            range: [left, right],
            text: (value) => tickText(value, scale),
          }),
          guide(axis, none, { y: 26, bottom, text: 'no effect', as: 'null-line' }),
          margins.map((margin) =>
            guide(axis, margin, {
              y: 12,
              bottom,
              text: `${margins.length === 1 ? 'margin' : 'bound'} ${onScale(margin, scale)}${unitOf(scale)}`,
              as: 'margin-line',
            }),
          ),
          rows,
          directions(measure, on, bottom),
        ],
  });
}

// An interval may reach over orders of magnitude; beyond these bounds it is drawn with an arrow.
function valuesOf(measure: Measure, on: 'ratio' | 'difference'): readonly number[] {
  const own = on === ownScale(measure);
  const estimates: number[] = [];
  const ends: number[] = [];
  for (const comparison of measure.comparisons) {
    const effect = effectOn(comparison, on);
    if (!effect.estimable) continue;
    estimates.push(effect.estimate);
    ends.push(effect.lower, effect.upper);
    if (own && comparison.naive.estimable)
      ends.push(comparison.naive.lower, comparison.naive.upper);
  }
  if (estimates.length === 0) return [];
  const low = on === 'ratio' ? Math.min(1, ...estimates) / 20 : -Infinity;
  const high = on === 'ratio' ? Math.max(1, ...estimates) * 20 : Infinity;
  const bound = measure.kind === 'proportion' && on === 'difference' ? 1 : Infinity;
  return [...estimates, ...ends].map((value) =>
    Math.min(Math.max(value, low, -bound), high, bound),
  );
}

function comparisonRow(
  { trial, measure, on, scale, axis }: Plot,
  comparison: ArmComparison,
  y: number,
): { readonly body: Markup; readonly height: number } {
  const { arm, control, rerandomization, naive } = comparison;
  const effect = effectOn(comparison, on);
  const show = (value: number): string => onScale(value, scale);
  const value = effect.estimable
    ? `${show(effect.estimate)} (${show(effect.lower)} to ${show(effect.upper)})`
    : 'no effect size';
  const head = rowHead(`${arm} against ${control}`, value, { x: left, y, width: right - left });
  const line = y + head.height;
  if (!effect.estimable) {
    const why = block(`Not estimable: ${whyNot(effect)}.`, {
      x: left,
      y: line,
      width: right - left,
      as: 'reason',
    });
    return {
      body: html`<g class="row">${head.body}${why.body}</g>`,
      height: head.height + why.height + 14,
    };
  }
  const own = on === ownScale(measure);
  const drawsNaive = own && naive.estimable;
  const look = lookOf(trial, arm);
  const tests = block(
    `${pText(effect.pValue)} by model` +
      (!own
        ? ''
        : rerandomization.estimable
          ? `; ${pText(rerandomization.pValue)} by re-randomisation`
          : `; by re-randomisation not estimable: ${whyNot(rerandomization)}`),
    { x: left, y: line + (drawsNaive ? 28 : 18), width: right - left, as: 'small' },
  );
  return {
    body: html`<g class="row" style="--arm:${look.colour}"
      >${head.body}${span(axis, effect, line, 'interval')}${marker(look, clamp(axis, effect.estimate), line, 80)}${
        drawsNaive && span(axis, naive, line + 10, 'naive')
      }${tests.body}</g
    >`,
    height: head.height + (drawsNaive ? 28 : 18) + tests.height + 14,
  };
}

function guide(
  axis: Axis,
  value: number,
  place: {
    readonly y: number;
    readonly bottom: number;
    readonly text: string;
    readonly as: string;
  },
): Markup {
  const x = axis.place(value);
  const half = textWidth(place.text, 12) / 2;
  return html`${stroke([x, place.y + 4], [x, place.bottom], place.as)}${label(place.text, {
    x: Math.min(Math.max(x, half + 2), width - half - 2),
    y: place.y,
    anchor: 'middle',
    as: `${place.as}-label`,
  })}`;
}

/** What lies beyond the margin, or outside of the bounds. */
function beyond(
  measure: Measure,
  axis: Axis,
  margins: readonly number[],
  bottom: number,
): readonly Markup[] {
  const edges = margins.map((margin) => axis.place(margin));
  const [edge, other] = edges;
  if (edge === undefined) return [];
  const worse = measure.better === 'higher' ? [left, edge] : [edge, right];
  const spans =
    other === undefined
      ? [worse]
      : [
          [left, edge],
          [other, right],
        ];
  return spans.map(
    ([from = left, to = right]) =>
      html`<rect
        class="beyond"
        x="${at(from)}"
        y="${headHeight - 14}"
        width="${at(Math.max(0, to - from))}"
        height="${at(bottom - headHeight + 14)}"
      />`,
  );
}

function directions(measure: Measure, on: 'ratio' | 'difference', bottom: number): Markup {
  const scale = scaleFor(measure, on);
  const naive = hasNaive(measure, on);
  const title = {
    ratio: 'Ratio, arm over control (log scale)',
    points: 'Difference in percentage points',
    difference: 'Difference, arm minus control',
  }[scale];
  const lower = measure.better === 'lower';
  return html`${label(lower ? '← better' : '← worse', { x: left, y: bottom + 33, as: 'axis-title' })}${label(
    title,
    { x: (left + right) / 2, y: bottom + 33, anchor: 'middle', as: 'axis-title' },
  )}${label(lower ? 'worse →' : 'better →', {
    x: right,
    y: bottom + 33,
    anchor: 'end',
    as: 'axis-title',
  })}${label(
    `Thick: ${levelText(measure.level)} interval by ${measure.unit}.${naive ? ` Thin: naive, ${naiveBasis(measure)}.` : ''}`,
    {
      x: (left + right) / 2,
      y: bottom + 50,
      anchor: 'middle',
      as: 'axis-title',
    },
  )}`;
}
