type Objects = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Objects =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What stands under a name: the key itself, else the way down a dotted path. */
function under(object: Objects, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name];
  let value: unknown = object;
  for (const part of name.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

/** The fields of a line of JSON, or why there are none and, where one of them is at fault, which. */
type JsonFields =
  | { readonly fields: Record<string, string> }
  | { readonly reason: string; readonly column?: string };

/** Reads lines of JSON. */
export interface JsonReader {
  readonly read: (text: string) => JsonFields;
  /** The names that no line has had so far. */
  readonly unseen: ReadonlySet<string>;
}

/**
 * A reader of one JSON object a line. A name is a key of the object, or a dotted path into it. Numbers
 * and truth values are read as their text; what is missing or null is the empty text.
 */
export function jsonReader(names: readonly string[]): JsonReader {
  const unseen = new Set(names);
  return {
    unseen,
    read: (text) => {
      let document: unknown;
      try {
        document = JSON.parse(text);
      } catch {
        return { reason: 'is no JSON' };
      }
      if (!isObject(document)) return { reason: 'is no JSON object' };
      const fields: Record<string, string> = {};
      for (const name of names) {
        const value = under(document, name);
        if (value !== undefined) unseen.delete(name);
        if (value === undefined || value === null) fields[name] = '';
        else if (typeof value === 'string') fields[name] = value;
        else if (typeof value === 'boolean') fields[name] = String(value);
        else if (typeof value !== 'number') {
          return { reason: 'must be a text or a number, not a list or an object', column: name };
        } else if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
          const reason = 'is a number too large to be read exactly: write it as a text, in quotes';
          return { reason, column: name };
        } else fields[name] = String(value);
      }
      return { fields };
    },
  };
}
