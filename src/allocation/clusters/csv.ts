import { parse } from 'csv-parse/sync';
import type { Problem } from '../../errors.ts';
import { AllocationError, codeOf } from '../../errors.ts';
import type { Table } from './table.ts';

interface Line {
  readonly cells: readonly string[];
  /** The line on which it begins, counted from 1. */
  readonly number: number;
}

/**
 * The table of a CSV file (RFC 4180) whose first line names the columns. Empty lines are skipped.
 *
 * @throws AllocationError when there is no header line or a quote is out of place
 */
export function tableOfCsv(text: string): Table {
  const [header, ...lines] = linesOf(text);
  if (header === undefined) {
    const message =
      'is empty: the first line must name the columns, and each further one be a cluster';
    throw new AllocationError([{ path: '', message }]);
  }
  const columns = header.cells;
  const width = columns.length;
  const right = lines.filter(({ cells }) => cells.length === width);
  const problems = lines
    .filter(({ cells }) => cells.length !== width)
    .map(({ cells, number }): Problem => ({
      path: `row ${number}`,
      message: `has ${cells.length} value(s) for the ${width} column(s) of the header: put a value that holds a comma in quotes`,
    }));
  const place = (row: number): string => `row ${right[row]?.number ?? 0}`;
  const headerPlace = `row ${header.number}`;
  return {
    columns,
    rows: right.map(({ cells }) => cells),
    problems,
    count: lines.length,
    headerPlace,
    rowPlace: place,
    cellPlace: (row, column) =>
      `${row === 'header' ? headerPlace : place(row)}, column ${JSON.stringify(column)}`,
  };
}

function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  // The parser counts a line break of two characters inside quotes as two lines.
  let countedTwice = 0;
  let end = 0;
  try {
    parse(text, {
      bom: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (cells, { lines: last }) => {
        let number = last - countedTwice;
        end = number;
        for (const cell of cells) {
          if (!cell.includes('\n') && !cell.includes('\r')) continue;
          const twice = cell.match(/\r\n/g)?.length ?? 0;
          countedTwice += twice;
          end -= twice;
          number -= cell.match(/[\r\n]/g)?.length ?? 0;
        }
        lines.push({ cells, number });
        return null;
      },
    });
  } catch (cause) {
    const begun = text.split(/\r\n|[\r\n]/).findIndex((line, i) => i >= end && line !== '');
    const message =
      codeOf(cause) === 'CSV_QUOTE_NOT_CLOSED'
        ? 'opens a quote that is never closed'
        : 'has a quote where none may stand: put the whole value in quotes, and write a quote inside it twice';
    // Without its cause, which holds the line and so the ids on it.
    throw new AllocationError([{ path: `row ${begun + 1}`, message }]);
  }
  return lines;
}
