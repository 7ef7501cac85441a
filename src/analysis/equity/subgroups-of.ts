import type { Trial } from '../../trial/trial.ts';
import type { UnitRow } from '../rows.ts';

/** A way of dividing the rows, such as by language. */
export interface Division {
  readonly name: string;
  /** The subgroup of a row; `undefined` where it is not known. */
  readonly subgroupOf: (row: UnitRow) => string | undefined;
}

/** The subgroup of rows whose own is not known. */
export const unknownSubgroup = 'unknown';

/**
 * The divisions that a ledger itself knows: the strata of the trial, which rows carry as
 * `name=value` joined by `;`. Demographics beyond them never enter a ledger; give them as divisions
 * of the caller, from a map of units or rows by unit and subgroup.
 */
export function divisionsByStrata(trial: Trial): readonly Division[] {
  return trial.strata.map((name, place) => ({
    name,
    subgroupOf: ({ stratum = '' }) => {
      const part = valuesOf(stratum, trial.strata)[place];
      return part === '' ? undefined : part;
    },
  }));
}

/** The values of a stratum in protocol order. A value may itself hold `;` or `=`. */
function valuesOf(stratum: string, names: readonly string[]): readonly string[] {
  let rest = stratum;
  return names.map((name, place) => {
    if (!rest.startsWith(`${name}=`)) return '';
    const value = rest.slice(name.length + 1);
    const next = names[place + 1];
    const end = next === undefined ? -1 : value.indexOf(`;${next}=`);
    rest = end < 0 ? '' : value.slice(end + 1);
    return end < 0 ? value : value.slice(0, end);
  });
}
