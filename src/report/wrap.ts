import type { Markup } from './escape.ts';
import { label } from './figure.ts';

function characterWidth(character: string): number {
  if (/[ijlI.,:;|!'()[\] ]/.test(character)) return 0.36;
  if (/[frt\-/]/.test(character)) return 0.44;
  if (/[mwMW@%—]/.test(character)) return 0.98;
  if (/[A-Z_&]/.test(character)) return 0.74;
  return character.charCodeAt(0) > 0x2e7f ? 1.05 : 0.635;
}

/** About how wide a text is in pixels, on the generous side: nothing measures fonts without a browser. */
export function textWidth(text: string, size = 12): number {
  return size * Array.from(text).reduce((width, each) => width + characterWidth(each), 0);
}

/**
 * Breaks a text into lines of at most `width` pixels: after spaces, hyphens, dots and underscores
 * where it can be, else anywhere.
 */
export function wrap(text: string, width: number, size = 12): readonly string[] {
  // A number stays whole, and its per cent with it.
  const pieces = text.replaceAll(' %', '\u00A0%').split(/(?<=[ \-_])|(?<=\.)(?!\d)/);
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces) {
    if (line !== '' && textWidth((line + piece).trimEnd(), size) > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    for (const character of piece) {
      if (line !== '' && textWidth(line + character.trimEnd(), size) > width) {
        lines.push(line);
        line = '';
      }
      line += character;
    }
  }
  if (line.trim() !== '' || lines.length === 0) lines.push(line.trimEnd());
  return lines;
}

/** Lines of text in a drawing, with the height that they take. */
export interface Block {
  readonly body: readonly Markup[];
  readonly height: number;
}

/** The size of the letters of a class of the style sheet. */
export function sizeOf(as: string | undefined): number {
  return as === 'small' || as === 'reason' ? 11 : as === 'name' ? 13.3 : 12;
}

/** A text broken to a width; the first base line is at `y`. */
export function block(
  text: string,
  place: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly anchor?: 'start' | 'middle' | 'end' | undefined;
    readonly as?: string | undefined;
    readonly leading?: number | undefined;
  },
): Block {
  const { x, y, width, anchor, as, leading = 15 } = place;
  const lines = wrap(text, width, sizeOf(as));
  return {
    body: lines.map((line, i) => label(line, { x, y: y + i * leading, anchor, as })),
    height: lines.length * leading,
  };
}

/** The head of a row of a plot: what it is at the left, its value at the right. */
export function rowHead(
  name: string,
  value: string,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
): Block {
  const room = width - textWidth(value, sizeOf('name')) - 14;
  const head = block(name, { x, y, width: room, as: 'name' });
  return {
    ...head,
    body: [...head.body, label(value, { x: x + width, y, anchor: 'end', as: 'value' })],
  };
}
