import { interceptName } from './design.ts';
import type { GeeFit } from './fit.ts';
import { workingOf } from './fit.ts';

/** The rows as if a term had one value for everybody. */
export interface Scenario {
  /** m̄ = Σ E m / ΣE. */
  readonly mean: number;
  /** ∂m̄/∂β, one a term. */
  readonly gradient: Float64Array;
  /** Σ E (m - m̄) / ΣE of each cluster. */
  readonly deviations: Float64Array;
}

/** A term, the value it is set to, and the columns that are its product with another covariate. */
export interface Setting {
  readonly term: string;
  readonly value: number;
  readonly interactions: Readonly<Record<string, string>>;
}

/**
 * Predicts every row under a setting.
 *
 * @throws RangeError for a setting that does not fit the terms, or a fit read from JSON
 */
export function scenarioOf(fit: GeeFit, setting: Setting): Scenario {
  const { design, family, clusters, terms: p } = workingOf(fit);
  const { columns, offset, weights, codes, outcome } = design;
  const partners = partnersOf(fit, setting);
  const beta = Float64Array.from(fit.coefficients);
  const x = new Float64Array(p);
  const gradient = new Float64Array(p);
  const means = new Float64Array(clusters);
  const exposures = new Float64Array(clusters);
  let [total, exposure] = [0, 0];
  for (let i = 0; i < outcome.length; i += 1) {
    const shift = offset?.[i] ?? 0;
    const size = (weights?.[i] ?? 1) * (family.exposure ? Math.exp(shift) : 1);
    let eta = family.exposure ? 0 : shift;
    for (let j = 0; j < p; j += 1) {
      const partner = partners[j];
      const value =
        partner === undefined
          ? (columns[j]?.[i] ?? 1)
          : setting.value * (columns[partner]?.[i] ?? 1);
      x[j] = value;
      eta += (beta[j] ?? 0) * value;
    }
    const mean = family.mean(eta);
    const slope = size * family.slope(mean);
    for (let j = 0; j < p; j += 1) gradient[j] = (gradient[j] ?? 0) + slope * (x[j] ?? 0);
    const g = codes?.[i] ?? i;
    means[g] = (means[g] ?? 0) + size * mean;
    exposures[g] = (exposures[g] ?? 0) + size;
    total += size * mean;
    exposure += size;
  }
  const mean = total / exposure;
  return {
    mean,
    gradient: gradient.map((value) => value / exposure),
    deviations: means.map((value, g) => (value - mean * (exposures[g] ?? 0)) / exposure),
  };
}

/**
 * For each term the column that its value is multiplied by under a setting: that of ones for the term
 * itself, the other covariate for an interaction, `undefined` for a term that keeps its values.
 */
function partnersOf(
  fit: GeeFit,
  { term, value, interactions }: Setting,
): readonly (number | undefined)[] {
  const { terms } = fit;
  const at = (name: string): number => {
    const index = terms.indexOf(name);
    if (index < 0 || name === interceptName) {
      throw new RangeError(`"${name}" is not a covariate of the fit: ${terms.join(', ')}`);
    }
    return index;
  };
  if (!Number.isFinite(value)) throw new RangeError(`a value to set must be finite, got ${value}`);
  const own = at(term);
  for (const [product, other] of Object.entries(interactions)) {
    requireProduct(fit, at(product), [own, at(other)]);
  }
  return terms.map((name, j) => {
    if (j === own) return -1;
    const other = interactions[name];
    if (other !== undefined) return at(other);
    if (name.split(':').includes(term)) {
      throw new RangeError(
        `"${name}" reads as an interaction of "${term}": give it in \`interactions\`, with the other covariate`,
      );
    }
    return undefined;
  });
}

/** Refuses a column that is not the product of two others. */
function requireProduct(
  fit: GeeFit,
  product: number,
  [one, other]: readonly [number, number],
): void {
  const { columns } = workingOf(fit).design;
  columns[product]?.forEach((value, i) => {
    const expected = (columns[one]?.[i] ?? 1) * (columns[other]?.[i] ?? 1);
    if (Math.abs(value - expected) > 1e-12 * Math.abs(expected)) {
      const name = (j: number): string => `"${fit.terms[j]}"`;
      throw new RangeError(
        `${name(product)} is not ${name(one)} times ${name(other)}: row ${i} holds ${value}, not ${expected}`,
      );
    }
  });
}
