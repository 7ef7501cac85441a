import { isUsableId } from '../store/keys/pseudonym.ts';
import type { Fields } from './fields.ts';
import { fieldIn } from './fields.ts';

/** The id by which the alert service knows somebody, of an id of the table; undefined when it has none. */
export type Lookup = (id: string) => string | undefined;

/**
 * Ids of research tables are often not those of the health record, which alerts are served with. Each
 * kind of id is looked up by its function; default: they are the same.
 */
export interface IdLookups {
  readonly patient?: Lookup | undefined;
  readonly practice?: Lookup | undefined;
  readonly clinician?: Lookup | undefined;
  readonly encounter?: Lookup | undefined;
}

/** Why there is no id. */
type MissingId = 'is empty' | 'is not in the crosswalk' | (typeof faults)[keyof typeof faults];

const faults = {
  malformed: 'is not well-formed',
  nothing: 'is a text for nothing, such as NULL: name it in "missing" of the mapping',
  shortened: 'is a number that a spreadsheet has shortened: export it as a text',
  decimal: 'is an id with a decimal point that was not in it: export it as a text',
  quoted: 'stands in quotation marks of its own: nothing may stand between them and the delimiter',
} as const;

// What databases, spreadsheets and statistics packages write where there is nothing.
const nothing = /^(?:\(?null\)?|\\n|<?na>?|#?n\/a|nan|none|undefined)$/i;
const shortened = /^\d(?:[.,]\d+)?E\+\d+$/i;
const decimal = /^\d+\.0+$/;
const quoted = /^(?:="|["'])/;

/**
 * Why a text cannot tell one thing from all others: it is what a program on the way has made of the
 * texts of many, or of another one.
 */
export function mangled(text: string): MissingId | undefined {
  if (!text.isWellFormed()) return faults.malformed;
  if (nothing.test(text)) return faults.nothing;
  if (shortened.test(text)) return faults.shortened;
  return quoted.test(text) ? faults.quoted : undefined;
}

/** An id of a row as the alert service knows it, or why there is none. */
export type FoundId =
  | { readonly id: string; readonly missing?: undefined }
  | { readonly id?: undefined; readonly missing: MissingId };

/**
 * Finds the id that stands in a column. What looks as if a program had changed it on the way is none, unless
 * it is looked up: one such id would stand for many persons, or for somebody whom nobody knows.
 */
export function idIn(fields: Fields, column: string, lookup: Lookup | undefined): FoundId {
  const told = fieldIn(fields, column);
  if (told === '') return { missing: 'is empty' };
  if (lookup !== undefined) {
    const id = lookup(told);
    return isUsableId(id) ? { id } : { missing: 'is not in the crosswalk' };
  }
  const missing = mangled(told) ?? (decimal.test(told) ? faults.decimal : undefined);
  return missing === undefined ? { id: told } : { missing };
}
