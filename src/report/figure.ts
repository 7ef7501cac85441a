import type { Markup, Part } from './escape.ts';
import { html } from './escape.ts';
import { at } from './words.ts';

/** A drawing with the words that stand for it. */
export interface Figure {
  /** Unique in the page: letters, digits and `-`. */
  readonly id: string;
  readonly title: string;
  /** What the drawing shows, for a reader who does not see it. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
  readonly body: Part;
}

/** An SVG that a screen reader announces as one image with a title and a description. */
export function figure({ id, title, description, width, height, body }: Figure): Markup {
  return html`<svg
    class="figure"
    role="img"
    aria-labelledby="${id}-title ${id}-desc"
    viewBox="0 0 ${at(width)} ${at(height)}"
    style="max-width:${at(width * 1.15)}px"
  >
    <title id="${id}-title">${title}</title>
    <desc id="${id}-desc">${description}</desc>
    ${body}
  </svg>`;
}

/** Where and how a line of text stands in a drawing. */
export interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly anchor?: 'start' | 'middle' | 'end' | undefined;
  /** Names of classes of the style sheet. */
  readonly as?: string | undefined;
}

/** A line of text in a drawing. */
export function label(text: string, { x, y, anchor = 'start', as = '' }: TextPlace): Markup {
  return html`<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}" class="${as}">${text}</text>`;
}

/** A straight line in a drawing, with a class of the style sheet. */
export function stroke(
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
  as: string,
): Markup {
  return html`<line class="${as}" x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" />`;
}
