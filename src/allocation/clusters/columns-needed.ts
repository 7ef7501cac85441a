import type { AllocationMethod, Covariate } from '../../trial/allocation-plan.ts';

/** A column that every cluster must have a value in. */
export interface NeededColumn {
  readonly name: string;
  /** A finite number, a level that is compared as a text, or the whole number of a wave. */
  readonly kind: 'number' | 'level' | 'wave';
  /** What needs it. */
  readonly by: 'covariates' | 'strata' | 'factors' | 'set' | 'wave';
}

/**
 * The columns of a file of clusters that a method of allocation needs, in the order in which the method
 * names them; one that it needs twice is there twice. `size` is the expected size of a cluster.
 */
export function columnsNeeded(method: AllocationMethod): readonly NeededColumn[] {
  switch (method.method) {
    case 'complete':
      return [];
    case 'blocks':
      return levels(method.strata, 'strata');
    case 'matched':
      return [
        ...levels(method.set === undefined ? [] : [method.set], 'set'),
        ...covariates(method.covariates),
      ];
    case 'constrained':
      return [
        ...covariates(method.covariates),
        ...levels(method.strata, 'strata'),
        ...(method.wave === undefined
          ? []
          : [{ name: method.wave, kind: 'wave', by: 'wave' } as const]),
      ];
    case 'minimisation':
      return levels(
        method.factors.map(({ name }) => name),
        'factors',
      );
  }
}

function levels(
  names: readonly string[] = [],
  by: 'strata' | 'factors' | 'set',
): readonly NeededColumn[] {
  return names.map((name) => ({ name, kind: 'level', by }));
}

function covariates(stated: readonly Covariate[] = []): readonly NeededColumn[] {
  return stated.map(({ name, kind }) => ({
    name,
    kind: kind === 'categorical' ? 'level' : 'number',
    by: 'covariates',
  }));
}
