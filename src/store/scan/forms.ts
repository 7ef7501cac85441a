/** One way in which an identifier may be written. */
export interface Form {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Whether `A` and `a` are the same. */
  readonly ignoresCase: boolean;
}

/** A shorter trace of an identifier comes about by chance. */
const shortestTrace = 6;

/** The characters of base64 that bytes alone decide, wherever in a longer text they begin. */
function base64Traces(bytes: Uint8Array): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.concat([new Uint8Array(shift), bytes]).toString('base64');
    const first = Math.ceil((shift * 8) / 6);
    const last = Math.floor(((shift + bytes.length) * 8) / 6);
    return text.slice(first, last);
  });
}

/** As JSON with nothing but ASCII writes it. */
function asciiJson(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapedForms(text: string): readonly (readonly [string, string])[] {
  return [
    ['utf-8', text],
    ['json', JSON.stringify(text).slice(1, -1)],
    ['json', asciiJson(text)],
    ['percent', encodeURIComponent(text)],
    ['percent', encodeURIComponent(text).replaceAll('%20', '+')],
    ['html', text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign)],
  ];
}

/**
 * The ways in which an identifier may be written: as it is, in UTF-16, hexadecimal, base64, and escaped
 * as in JSON, an address or HTML.
 */
export function formsOf(identifier: string): readonly Form[] {
  const forms = new Map<string, Form>();
  const add = (name: string, bytes: Uint8Array, ignoresCase: boolean): void => {
    if (bytes.length < shortestTrace) return;
    const key = `${ignoresCase}${Buffer.from(bytes).toString('hex')}`;
    if (!forms.has(key)) forms.set(key, { name, bytes, ignoresCase });
  };
  // Letters beyond ASCII do not fold byte by byte.
  for (const text of [identifier, identifier.toLowerCase(), identifier.toUpperCase()]) {
    for (const [name, escaped] of escapedForms(text)) add(name, lowered(escaped, 'utf8'), true);
    add('utf-16', lowered(text, 'utf16le'), true);
    const bytes = Buffer.from(text, 'utf8');
    add('hexadecimal', Buffer.from(bytes.toString('hex')), true);
    for (const trace of base64Traces(bytes)) {
      add('base64', Buffer.from(trace), false);
      add('base64', Buffer.from(trace.replaceAll('+', '-').replaceAll('/', '_')), false);
    }
  }
  return [...forms.values()];
}

function lowered(text: string, encoding: 'utf8' | 'utf16le'): Buffer {
  return Buffer.from(
    text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
    encoding,
  );
}
