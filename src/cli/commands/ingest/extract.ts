import { ImportError, UsageError } from '../../../errors.ts';
import type { OrderRule } from '../../../fhir/index.ts';
import type { AlertLogMapping, OrderMapping, StayMapping } from '../../../import/index.ts';
import {
  alertLogPresets,
  mappingFrom,
  orderMappingFrom,
  stayMappingFrom,
  tablePresets,
} from '../../../import/index.ts';
import { readDocument } from '../../read-file.ts';
import { readRule } from './record.ts';

/** What says how an extract is read. */
export interface ExtractArguments {
  readonly mapping?: string | undefined;
  readonly preset?: string | undefined;
  /** Time zone of the clocks, in place of the mapping's. */
  readonly zone?: string | undefined;
  /** Of alerts: the file that the mapping joins. */
  readonly join?: string | undefined;
  /** Of alerts: whether a file of rejected rows that is there is replaced. */
  readonly replaceRejects: boolean;
  /** Of orders: file of the rule that says what is an order. */
  readonly orders?: string | undefined;
  /** Of stays and orders: when the data were taken, milliseconds. */
  readonly cutOff?: number | undefined;
  /** File, column of the extract's id, column of the id that alerts are served with. */
  readonly patientIds?: string | undefined;
  /** Of stays: whether days that the table no longer tells are taken back. */
  readonly withdraw: boolean;
}

/** What an extract holds, and how it is read. */
export type Extract =
  | { readonly kind: 'alerts'; readonly mapping: AlertLogMapping }
  | { readonly kind: 'stays'; readonly mapping: StayMapping; readonly cutOff: number }
  | { readonly kind: 'orders'; readonly mapping: OrderMapping; readonly rule: OrderRule };

type Kind = Extract['kind'];

const presets: Readonly<Record<string, object>> = { ...alertLogPresets, ...tablePresets };

/**
 * A mapping that comes with the library.
 *
 * @throws UsageError when none is named, or there is none of this name
 */
export function presetNamed(name: string | undefined): object {
  const preset = name === undefined || !Object.hasOwn(presets, name) ? undefined : presets[name];
  if (preset !== undefined) return preset;
  const wrong = name === undefined ? 'Give --preset <name>' : `There is no preset "${name}"`;
  throw new UsageError(`${wrong}: there are ${Object.keys(presets).join(', ')}.`);
}

const columnsOf = (document: object): object => {
  const columns: unknown = 'columns' in document ? document.columns : undefined;
  return typeof columns === 'object' && columns !== null ? columns : {};
};

/** Stays begin and end, orders are placed, and alerts are what is left. */
function kindOf(document: object): string {
  if ('kind' in document) return String(document.kind);
  const columns = columnsOf(document);
  if ('placed' in columns) return 'orders';
  return 'from' in columns && 'to' in columns ? 'stays' : 'alerts';
}

const options: readonly (readonly [keyof ExtractArguments, string, readonly Kind[]])[] = [
  ['join', '--join', ['alerts']],
  ['replaceRejects', '--replace-rejects', ['alerts']],
  ['orders', '--orders', ['orders']],
  ['cutOff', '--cut-off', ['stays', 'orders']],
  ['withdraw', '--withdraw', ['stays']],
];

function checkOptions(given: ExtractArguments, kind: Kind): void {
  for (const [name, option, kinds] of options) {
    const value = given[name];
    if (value === undefined || value === false || kinds.includes(kind)) continue;
    throw new UsageError(
      `${option} is of ${kinds.join(' and ')}, and the mapping is of ${kind}: leave it out.`,
    );
  }
}

async function extractFrom(document: unknown, given: ExtractArguments): Promise<Extract> {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new ImportError([
      { path: '', message: 'must be an object: print one with --preset <name> --print' },
    ]);
  }
  const { zone, cutOff, orders } = given;
  const kind = kindOf(document);
  const whole = zone === undefined ? document : { ...document, zone };
  if (kind === 'stays') {
    checkOptions(given, kind);
    const mapping = stayMappingFrom({ ...whole, kind });
    if (cutOff !== undefined) return { kind, mapping, cutOff };
    throw new UsageError('Give --cut-off: stays without an end last until the data were taken.');
  }
  if (kind === 'orders') {
    checkOptions(given, kind);
    const mapping = orderMappingFrom({ ...whole, kind });
    if (orders !== undefined) return { kind, mapping, rule: await readRule(orders) };
    throw new UsageError('Give --orders <file>: the rule that says what is an order.');
  }
  if (kind === 'alerts') {
    checkOptions(given, kind);
    const { kind: _kind, ...mapping }: { readonly kind?: unknown } = whole;
    return { kind, mapping: mappingFrom(mapping) };
  }
  throw new ImportError([{ path: 'kind', message: 'must be "alerts", "stays" or "orders"' }]);
}

/**
 * Reads what says how an extract is read, before anything is opened.
 *
 * @throws UsageError when it is missing or malformed, or an option does not fit it
 */
export async function readExtract(given: ExtractArguments): Promise<Extract> {
  const { mapping, preset } = given;
  if ((mapping === undefined) === (preset === undefined)) {
    throw new UsageError('Give --mapping <file> or --preset <name>.');
  }
  return mapping === undefined
    ? extractFrom(presetNamed(preset), given)
    : readDocument(mapping, 'The mapping', { check: (document) => extractFrom(document, given) });
}
