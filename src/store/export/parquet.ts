import type { ColumnSource, SchemaElement } from 'hyparquet-writer';
import type { Column, Table } from './columns.ts';

// Readers hold a row group of a column at a time.
const rowGroupSize = 50_000;

const physical: Readonly<Record<Column['kind'], Omit<SchemaElement, 'name'>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  double: { type: 'DOUBLE' },
};

function schemaOf(columns: readonly Column[]): SchemaElement[] {
  return [
    { name: 'root', num_children: columns.length },
    ...columns.map(({ name, kind, nullable }): SchemaElement => ({
      name,
      ...physical[kind],
      repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED',
    })),
  ];
}

/** A table as a Parquet file, compressed with Snappy. */
export async function parquetOf({ columns, cells }: Table): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const columnData = columns.map(({ name, kind }, index): ColumnSource => {
    const values = cells[index] ?? [];
    const data =
      kind === 'int64'
        ? values.map((cell) => (typeof cell === 'number' ? BigInt(cell) : null))
        : [...values];
    // By the range of a text nothing is skipped: units and days stand in no order in a file.
    return { name, data, statistics: kind !== 'text' };
  });
  const schema = schemaOf(columns);
  return new Uint8Array(
    parquetWriteBuffer({ columnData, schema, rowGroupSize, createdBy: 'rapidcycle' }),
  );
}
