import type { FamilyName } from './family.ts';
import { requireOutcome } from './family.ts';

/** Rows of a regression: arrays of one length, typed arrays where there are many rows. */
export interface RegressionData {
  /** Counts (Poisson), 0 and 1 or proportions of `weights` trials (binomial), any number (gaussian). */
  readonly outcome: ArrayLike<number>;
  /** A column each, under the name of its coefficient. */
  readonly covariates: Readonly<Record<string, ArrayLike<number>>>;
  /** Added to the linear predictor: the logarithm of the exposure of a rate. */
  readonly offset?: ArrayLike<number> | undefined;
  /**
   * How many alike rows a row stands for; for a proportion the number of its trials. The result is
   * that of the rows written out one by one. A row of weight 0 is left out.
   */
  readonly weights?: ArrayLike<number> | undefined;
  /** Whether a column of ones named `(Intercept)` comes first. Default true. */
  readonly intercept?: boolean | undefined;
}

/** Rows with the cluster that each belongs to, in any order. */
export interface ClusteredData extends RegressionData {
  /** Ids, all strings or all numbers. */
  readonly cluster: ArrayLike<string | number>;
}

/** Rows as the sums over them want them. */
export interface Design {
  readonly terms: readonly string[];
  /** A column a term; `undefined` is the column of ones. */
  readonly columns: readonly (Float64Array | undefined)[];
  readonly outcome: Float64Array;
  readonly offset: Float64Array | undefined;
  readonly weights: Float64Array | undefined;
  /** The cluster of each row, from 0; `undefined` where each row is its own. */
  readonly codes: Int32Array | undefined;
  /** Ids of the clusters by code; without codes the row numbers are the ids. */
  readonly ids: readonly (string | number)[] | undefined;
  readonly clusters: number;
  /** Rows, each counted with its weight. */
  readonly size: number;
}

/** Name of the column of ones. */
export const interceptName = '(Intercept)';

/**
 * Checks rows and makes a design of them. Columns that are `Float64Array` are used where they lie.
 *
 * @throws RangeError when lengths differ, a number is not finite or the family cannot have an outcome
 */
export function designOf(
  data: RegressionData & { readonly cluster?: ArrayLike<string | number> | undefined },
  family: FamilyName,
): Design {
  const names = Object.keys(data.covariates);
  const intercept = data.intercept ?? true;
  if (intercept && names.includes(interceptName)) {
    throw new RangeError(`"${interceptName}" is a covariate already: give \`intercept: false\``);
  }
  if (!intercept && names.length === 0) {
    throw new RangeError('a model needs an intercept or a covariate');
  }
  const rows = data.outcome.length;
  const sameLength = (name: string, { length }: { readonly length: number }): void => {
    if (length !== rows) {
      throw new RangeError(`${name} holds ${length} rows where the outcome holds ${rows}`);
    }
  };
  const kept = keptRows(data.weights, sameLength);
  const column = (name: string, values: ArrayLike<number>): Float64Array => {
    sameLength(name, values);
    return finiteColumn(name, values, kept);
  };
  const outcome = column('the outcome', data.outcome);
  const weights = data.weights === undefined ? undefined : column('weights', data.weights);
  requireOutcome(family, outcome, weights);
  if (data.cluster !== undefined) sameLength('cluster', data.cluster);
  const { codes, ids } = codesOf(data.cluster, kept);
  return {
    terms: intercept ? [interceptName, ...names] : names,
    columns: [
      ...(intercept ? [undefined] : []),
      ...Object.entries(data.covariates).map(([name, values]) =>
        column(`covariate "${name}"`, values),
      ),
    ],
    outcome,
    offset: data.offset === undefined ? undefined : column('the offset', data.offset),
    weights,
    codes,
    ids,
    clusters: ids?.length ?? outcome.length,
    size: weights?.reduce((total, weight) => total + weight, 0) ?? outcome.length,
  };
}

/** The linear predictor of every row, offset included. */
export function predictorOf(
  { columns, offset, outcome }: Design,
  beta: Float64Array,
): Float64Array {
  const predictor = offset?.slice() ?? new Float64Array(outcome.length);
  columns.forEach((column, j) => {
    const slope = beta[j] ?? 0;
    for (let i = 0; i < predictor.length; i += 1) {
      predictor[i] = (predictor[i] ?? 0) + slope * (column?.[i] ?? 1);
    }
  });
  return predictor;
}

/** The rows with a weight above 0, or `undefined` for all of them. */
function keptRows(
  weights: ArrayLike<number> | undefined,
  sameLength: (name: string, values: ArrayLike<number>) => void,
): readonly number[] | undefined {
  if (weights === undefined) return undefined;
  sameLength('weights', weights);
  const kept: number[] = [];
  for (let i = 0; i < weights.length; i += 1) {
    const weight = weights[i];
    if (!Number.isSafeInteger(weight) || (weight ?? -1) < 0) {
      throw new RangeError(`weights must be whole numbers from 0; row ${i} holds ${weight}`);
    }
    if (weight !== 0) kept.push(i);
  }
  return kept.length === weights.length ? undefined : kept;
}

function finiteColumn(
  name: string,
  values: ArrayLike<number>,
  kept: readonly number[] | undefined,
): Float64Array {
  const count = kept?.length ?? values.length;
  const inPlace = values instanceof Float64Array && kept === undefined;
  const column = inPlace ? values : new Float64Array(count);
  const { isFinite } = Number;
  for (let k = 0; k < count; k += 1) {
    const i = kept?.[k] ?? k;
    const value = values[i];
    // On the value as given, since a typed array would turn null into 0.
    if (!isFinite(value)) {
      throw new RangeError(`${name} must hold finite numbers; row ${i} holds ${String(value)}`);
    }
    if (!inPlace) column[k] = value ?? 0;
  }
  return column;
}

function codesOf(
  cluster: ArrayLike<string | number> | undefined,
  kept: readonly number[] | undefined,
): Pick<Design, 'codes' | 'ids'> {
  if (cluster === undefined) return { codes: undefined, ids: undefined };
  const count = kept?.length ?? cluster.length;
  const codes = new Int32Array(count);
  const codeOf = new Map<string | number, number>();
  const kind = typeof cluster[0];
  let before: string | number | undefined;
  let code = 0;
  for (let k = 0; k < count; k += 1) {
    const i = kept?.[k] ?? k;
    const id = cluster[i];
    // Rows of a cluster mostly come together.
    if (id !== before || k === 0) {
      if (!isId(id) || typeof id !== kind) {
        throw new RangeError(
          `cluster ids must be all non-empty strings or all finite numbers; row ${i} holds ${String(id)}`,
        );
      }
      code = codeOf.get(id) ?? codeOf.size;
      codeOf.set(id, code);
      before = id;
    }
    codes[k] = code;
  }
  return { codes, ids: [...codeOf.keys()] };
}

function isId(id: unknown): id is string | number {
  return typeof id === 'string' ? id !== '' : Number.isFinite(id);
}
