/** A tag of a page with its attributes, entities resolved. */
export interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The text up to the next tag, entities resolved. */
  readonly text: string;
}

const voids = new Set(['meta', '!doctype']);
const token =
  /<(?<close>\/?)(?<name>!?[a-zA-Z][\w-]*)(?<attributes>(?:\s+[\w:-]+(?:="[^"<>]*")?)*)\s*(?<empty>\/?)>(?<text>[^<]*)/y;

/** The text with its entities resolved. */
function resolved(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

/**
 * The tags of a page, read strictly: every character belongs to a tag or to text, every attribute is
 * quoted, every entity is one of five, and every tag is closed in its order.
 *
 * @throws Error naming the place that is not well formed
 */
export function tagsOf(page: string): readonly Tag[] {
  const tags: Tag[] = [];
  const open: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < page.length) {
    const from = token.lastIndex;
    const match = token.exec(page);
    if (match?.groups === undefined) {
      throw new Error(`not a tag at ${from}: ${page.slice(from, from + 120)}`);
    }
    const { close, name = '', attributes = '', empty, text = '' } = match.groups;
    if (name !== 'style' && /&(?!amp;|lt;|gt;|quot;|#39;)/.test(match[0])) {
      throw new Error(`a bare & at ${from}: ${match[0].slice(0, 120)}`);
    }
    if (close === '/') {
      const expected = open.pop();
      if (expected !== name) throw new Error(`</${name}> closes <${expected ?? 'nothing'}>`);
    } else if (empty !== '/' && !voids.has(name.toLowerCase())) open.push(name);
    if (close !== '/') {
      tags.push({
        name,
        attributes: Object.fromEntries(
          [...attributes.matchAll(/([\w:-]+)(?:="([^"]*)")?/g)].map(([, key = '', value = '']) => [
            key,
            resolved(value),
          ]),
        ),
        text: resolved(text),
      });
    }
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(', ')}`);
  return tags;
}

/** The part of a page from a marker to the first end after it. */
export function between(page: string, from: string, to: string): string {
  const start = page.indexOf(from);
  if (start < 0) throw new Error(`no ${from}`);
  return page.slice(start, page.indexOf(to, start));
}

/** The words of a page as a reader meets them, white space as one space. */
export function wordsOf(page: string): string {
  return resolved(page.replaceAll(/<style>[^]*?<\/style>/g, '').replaceAll(/<[^>]*>/g, ' '))
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** The numbers of a well-formed part of a page, with their full precision, in its order. */
export function numbersIn(markup: string): readonly number[] {
  return tagsOf(markup)
    .filter(({ name }) => name === 'data')
    .map(({ attributes }) => Number(attributes['value']));
}

/** The numbers of the table whose caption begins so. */
export function tableNumbers(markup: string, caption: string): readonly number[] {
  const table = markup
    .split('<table>')
    .slice(1)
    .map((part) => `<table>${part.slice(0, part.indexOf('</table>'))}</table>`)
    .find((each) => wordsOf(each).startsWith(caption));
  if (table === undefined) throw new Error(`no table ${caption}`);
  return numbersIn(table);
}
