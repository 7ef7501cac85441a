import { seenOf } from '../../allocation/clusters/alike.ts';
import { tableOfCsv } from '../../allocation/clusters/csv.ts';
import type { Table } from '../../allocation/clusters/table.ts';
import type { Problem } from '../../errors.ts';
import { AllocationError, ImportError } from '../../errors.ts';

/** Which practice each source id belongs to, such as `Organization/17` to `north`. */
export type Crosswalk = ReadonlyMap<string, string>;

const longestId = 512;

function faultOf(id: string): string | undefined {
  if (id === '') return 'is empty';
  if (!id.isWellFormed() || id.includes('\uFFFD')) return 'is not UTF-8: save the file as UTF-8';
  if (id !== id.trim()) return 'has white space at an end: remove it';
  if (seenOf(id) === '') return 'holds nothing that can be seen';
  return id.length > longestId ? `must have at most ${longestId} characters` : undefined;
}

function tableOf(text: string): Table {
  try {
    return tableOfCsv(text);
  } catch (error) {
    if (error instanceof AllocationError) throw new ImportError(error.problems);
    throw error;
  }
}

/**
 * Reads a crosswalk from the text of a CSV file (RFC 4180, UTF-8) whose first line is
 * `source,practice` and each further line one source id and the practice it belongs to. A source id
 * is written as it comes out of the calls: a reference such as `Organization/17`, or the value of an
 * identifier. Several sources may belong to one practice.
 *
 * @throws ImportError with every problem found, by line and without any id: a source named twice, a
 *   value that is missing, and practices that differ only in what cannot be seen or in letter case
 */
export function parseCrosswalk(text: string): Crosswalk {
  const table = tableOf(text);
  const { columns, rows, rowPlace, headerPlace } = table;
  if (columns.length !== 2 || !columns.includes('source') || !columns.includes('practice')) {
    const message = 'must be "source,practice"';
    throw new ImportError([{ path: headerPlace, message }]);
  }
  const problems: Problem[] = [...table.problems];
  const crosswalk = new Map<string, string>();
  const lineOf = new Map<string, string>();
  const practices = new Map<string, { readonly id: string; readonly line: string }>();
  rows.forEach((cells, index) => {
    const line = rowPlace(index);
    const source = String(cells[columns.indexOf('source')]);
    const practice = String(cells[columns.indexOf('practice')]);
    const faults = Object.entries({ source, practice }).flatMap(([column, id]) => {
      const message = faultOf(id);
      return message === undefined ? [] : [{ path: `${line}, column "${column}"`, message }];
    });
    problems.push(...faults);
    if (faults.length > 0) return;
    const first = lineOf.get(source);
    if (first !== undefined) {
      const same = crosswalk.get(source) === practice;
      const message = same
        ? `names the source of ${first} again: remove one of them`
        : `names the source of ${first} for another practice: keep the one that is right`;
      problems.push({ path: line, message });
      return;
    }
    const twin = practices.get(seenOf(practice));
    if (twin !== undefined && twin.id !== practice) {
      const message = `names a practice that looks like that of ${twin.line} but is written otherwise`;
      problems.push({ path: line, message });
    }
    lineOf.set(source, line);
    crosswalk.set(source, practice);
    if (twin === undefined) practices.set(seenOf(practice), { id: practice, line });
  });
  if (table.count === 0) problems.push({ path: '', message: 'holds no source' });
  if (problems.length > 0) throw new ImportError(problems);
  return crosswalk;
}
