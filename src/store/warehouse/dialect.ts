/**
 * What an engine writes in its own way. All else in the read queries is the SQL that engines share:
 * conditional sums, derived tables, joins on equalities, `ROW_NUMBER`.
 */
export interface Dialect {
  /** The engine, as messages call it. */
  readonly name: string;
  /**
   * A text as a literal.
   *
   * @throws RangeError when it holds a control character or half a character
   */
  readonly text: (value: string) => string;
  /** The text at a path of a column that holds JSON; NULL, or empty, where there is none. */
  readonly textAt: (column: string, path: readonly string[]) => string;
  /** The whole number of a number that is not negative. */
  readonly floor: (number: string) => string;
}

function checked(value: string): string {
  if (/[\p{Cc}\p{Cs}]/u.test(value)) {
    throw new RangeError(
      'a text in a query must hold no control characters and no halves of characters: engines read them differently',
    );
  }
  return value;
}

/** A literal as in the standard: a quote is doubled, and a backslash is a character like others. */
export function doubled(value: string): string {
  return `'${checked(value).replaceAll("'", "''")}'`;
}

/** A literal in which a quote is doubled and a backslash too, because it escapes. */
export function doubledBoth(value: string): string {
  return doubled(value).replaceAll('\\', '\\\\');
}

/** A literal in which a backslash escapes and a doubled quote would be two literals. */
export function escaped(value: string): string {
  return `'${checked(value).replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}

/** A path as JSON paths are mostly written. */
export function dotted(path: readonly string[]): string {
  return `'$.${path.join('.')}'`;
}
