import {
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
} from 'd3-shape';
import type { TrialAnalysis } from '../analysis/index.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { at } from './words.ts';

// Okabe & Ito's colours, told apart by readers who do not see red or green; grey is the control arm.
const colours = ['#4d4d4d', '#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00'] as const;
const symbols = [
  symbolCircle,
  symbolSquare,
  symbolTriangle,
  symbolDiamond,
  symbolStar,
  symbolCross,
] as const;

/** How an arm is drawn: by colour and by shape, so that neither has to be seen alone. */
export interface Look {
  readonly colour: string;
  /** Path of the arm's symbol around 0, 0 with an area in square pixels. */
  readonly path: (area: number) => string;
}

/** The look of an arm: the control arm first, the others in the order of the protocol. */
export function lookOf(trial: TrialAnalysis['trial'], arm: string): Look {
  const others = trial.arms.filter(({ name }) => name !== trial.control);
  const place = arm === trial.control ? 0 : 1 + others.findIndex(({ name }) => name === arm);
  return {
    colour: colours[place % colours.length] ?? colours[0],
    path: (area) => symbol(symbols[place % symbols.length] ?? symbolCircle, area)() ?? '',
  };
}

/** An arm's symbol in a drawing. */
export function marker(look: Look, x: number, y: number, area = 70): Markup {
  return html`<path
    class="marker"
    transform="translate(${at(x)},${at(y)})"
    d="${look.path(area)}"
    fill="${look.colour}"
  />`;
}

/** An arm's symbol in running text, with the name beside it. */
export function armLabel(trial: TrialAnalysis['trial'], arm: string): Markup {
  const look = lookOf(trial, arm);
  return html`<span class="arm"
    ><svg class="swatch" viewBox="-7 -7 14 14" width="14" height="14" aria-hidden="true">
      <path d="${look.path(70)}" fill="${look.colour}" /></svg
    >${arm}</span
  >`;
}
