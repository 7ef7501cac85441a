/** Text that is markup already. Only `html` makes it, so whatever else is put into a page is escaped. */
export interface Markup {
  readonly markup: string;
}

/** What a template takes: markup as it is, text and numbers escaped, nothing for the rest. */
export type Part = Markup | string | number | null | undefined | false | readonly Part[];

const made = new WeakSet<object>();

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  // Control characters have no place in HTML, not even as entities.
  return text
    .toWellFormed()
    .replaceAll(/[^\P{Cc}\t\n\r]/gu, '\uFFFD')
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

function isList(part: Part): part is readonly Part[] {
  return Array.isArray(part);
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'number') {
    if (!Number.isFinite(part)) throw new RangeError(`${part} cannot stand in a page`);
    return String(part);
  }
  if (typeof part === 'string') return escape(part);
  if (isList(part)) return part.map(render).join('');
  // An object that merely looks like markup may come from a file.
  return made.has(part) ? part.markup : escape(JSON.stringify(part));
}

/**
 * A template whose inserted values are escaped, in text and in quoted attributes alike. Always quote
 * attributes; never insert into `<style>` or `<script>`.
 *
 * @example
 * html`<p title="${title}">${title}</p>`;
 *
 * @throws RangeError for a number that is not finite
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const markup = strings.reduce((text, string, i) => text + render(parts[i - 1]) + string);
  const result = Object.freeze({ markup });
  made.add(result);
  return result;
}
