import nodeSqlParser from 'node-sql-parser';
import { readFileSync } from 'node:fs';

/** What a server was sent, from its log: each text once. */
export function sentTo(log: string): readonly string[] {
  const texts = new Set<string>();
  let text: string | undefined;
  const end = (): void => {
    if (text !== undefined) texts.add(text.trim());
    text = undefined;
  };
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    // A line that goes on begins with a tab.
    if (line.startsWith('\t')) {
      if (text !== undefined) text += `\n${line.slice(1)}`;
      continue;
    }
    end();
    text = / LOG: {2}(?:statement|execute [^:]+): (.*)$/.exec(line)?.[1];
  }
  end();
  return [...texts];
}

const parser = new nodeSqlParser.Parser();
const dialect = { database: 'postgresql' } as const;

/** A part of a parsed statement, as the parser makes it. */
type Node = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function within(value: unknown): readonly Node[] {
  if (Array.isArray(value)) return value.flatMap(within);
  return isNode(value) ? [value, ...Object.values(value).flatMap(within)] : [];
}

function columnOf(value: unknown): string | undefined {
  if (!isNode(value) || value['type'] !== 'column_ref') return undefined;
  const { column } = value;
  if (typeof column === 'string') return column;
  const expression = isNode(column) ? column['expr'] : undefined;
  return isNode(expression) ? String(expression['value']) : undefined;
}

/** The column by which tables are spread, and the name that answers give it. */
const isUnit = (value: unknown): boolean => ['unit_id', 'unitId'].includes(columnOf(value) ?? '');

const tableOf = (value: unknown): string | undefined =>
  isNode(value) && typeof value['table'] === 'string' ? value['table'] : undefined;

/** Whether a condition, all of whose parts must hold, sets the units of an alias and of another equal. */
function equatesUnit(on: unknown, alias: string): boolean {
  if (!isNode(on)) return false;
  if (on['operator'] === 'AND') {
    return equatesUnit(on['left'], alias) || equatesUnit(on['right'], alias);
  }
  const sides = [on['left'], on['right']];
  const tables = new Set(sides.map(tableOf));
  return on['operator'] === '=' && sides.every(isUnit) && tables.size === 2 && tables.has(alias);
}

const groupColumns = (group: unknown): readonly unknown[] =>
  isNode(group) ? listOf(group['columns']) : listOf(group);

function problemsOfSelect(select: Node, isInner: boolean): readonly string[] {
  const problems: string[] = [];
  const sources = listOf(select['from']);
  for (const source of sources.slice(1)) {
    const alias = String(source['as'] ?? source['table']);
    if (!equatesUnit(source['on'], alias)) problems.push(`${alias} is joined without the unit`);
  }
  const columns = listOf(select['columns']);
  if (isInner) {
    const group = groupColumns(select['groupby']);
    if (group.length > 0 && !group.some(isUnit))
      problems.push('a part is grouped without the unit');
    const distinct = isNode(select['distinct']) && select['distinct']['type'] === 'DISTINCT';
    if (distinct && !columns.some((column) => isUnit(column['expr']))) {
      problems.push('a part is made distinct without the unit');
    }
    const limit = isNode(select['limit']) ? listOf(select['limit']['value']) : [];
    if (limit.length > 0) problems.push('a part is cut off');
  }
  for (const over of within(columns).map((node) => node['over'])) {
    if (!isNode(over)) continue;
    const partition = within(over).flatMap((node) => listOf(node['partitionby']));
    if (!partition.some((part) => isUnit(part['expr'] ?? part))) {
      problems.push('a window does not lie within a unit');
    }
  }
  // What is asked within a condition or a column is asked for each row.
  const asked = [columns, select['where'], select['having'], sources.map((source) => source['on'])];
  if (asked.some((part) => within(part).some((node) => node['type'] === 'select'))) {
    problems.push('a row asks a question of its own');
  }
  if (select['_next'] !== undefined) problems.push('parts are put one after the other');
  if (select['with'] !== null) problems.push('a part has a name');
  return [
    ...problems,
    ...sources.flatMap((source) => {
      const expression = isNode(source['expr']) ? source['expr'] : undefined;
      const inner = expression?.['ast'];
      if (expression !== undefined && !isNode(inner)) return ['a source is no table'];
      return isNode(inner) ? problemsOfSelect(inner, true) : [];
    }),
  ];
}

function problemsOfInsert(insert: Node): readonly string[] {
  const problems: string[] = [];
  const names = Array.isArray(insert['columns'])
    ? insert['columns'].map((name: unknown) =>
        isNode(name) ? String(name['value']) : String(name),
      )
    : [];
  const place = names.indexOf('unit_id');
  if (place === -1) problems.push('a row is added without a unit');
  const { conflict, values } = insert;
  const target = isNode(conflict) ? conflict['target'] : null;
  if (isNode(target) && !within(target).some(isUnit)) {
    problems.push('a conflict is decided without the unit');
  }
  if (!isNode(values) || values['type'] !== 'select') return problems;
  if (!isUnit(listOf(values['columns'])[place]?.['expr'])) {
    problems.push('rows are made for another unit than that of their source');
  }
  return [...problems, ...problemsOfSelect(values, true)];
}

/** The tables that a statement names. */
export function tablesOf(sql: string): readonly string[] {
  return parser.tableList(plain(sql), dialect).map((entry) => entry.split('::').at(-1) ?? '');
}

// The parser does not know a parameter with a type.
const plain = (sql: string): string =>
  sql.replaceAll(/\$\d+(::\w+(\[\])?)?/g, '0').replaceAll(/::float8|::bigint|::json\b/g, '');

/** What in a statement on spread tables would have rows travel between servers, or is refused by Citus. */
export function travelIn(sql: string): readonly string[] {
  if (/\bLATERAL\b/i.test(sql)) return ['LATERAL'];
  if (/\bFOR\s+(UPDATE|SHARE)\b/i.test(sql)) return ['rows are locked'];
  const problems: string[] = [];
  const parsed = parser.astify(plain(sql), dialect);
  for (const statement of Array.isArray(parsed) ? parsed : [parsed]) {
    if (!isNode(statement)) continue;
    const { type } = statement;
    if (type === 'select') problems.push(...problemsOfSelect(statement, false));
    else if (type === 'insert') problems.push(...problemsOfInsert(statement));
    else if (type !== 'delete') problems.push(`it is neither a question nor an addition: ${type}`);
  }
  return problems;
}
