import { isUsableId } from '../../store/keys/pseudonym.ts';
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
type MissingId = 'is empty' | 'is not well-formed' | 'is not in the crosswalk';

/** An id of a row as the alert service knows it, or why there is none. */
export type FoundId =
  | { readonly id: string; readonly missing?: undefined }
  | { readonly id?: undefined; readonly missing: MissingId };

/** Finds the id that stands in a column. */
export function idIn(fields: Fields, column: string, lookup: Lookup | undefined): FoundId {
  const told = fieldIn(fields, column);
  if (told === '') return { missing: 'is empty' };
  if (!isUsableId(told)) return { missing: 'is not well-formed' };
  const id = lookup === undefined ? told : lookup(told);
  return isUsableId(id) ? { id } : { missing: 'is not in the crosswalk' };
}
