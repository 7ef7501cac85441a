import type { Problem } from '../../../src/errors.ts';
import { AllocationError } from '../../../src/errors.ts';
import type { ClusterListOptions } from '../../../src/allocation/clusters/index.ts';
import { parseClusters } from '../../../src/allocation/clusters/index.ts';
import type {
  AllocationMethod,
  BlocksMethod,
  CompleteMethod,
  ConstrainedMethod,
  MatchedMethod,
  MinimisationMethod,
  PeriodPlan,
} from '../../../src/trial/allocation-plan.ts';

export const complete: CompleteMethod = { method: 'complete' };

export const constrained: ConstrainedMethod = {
  method: 'constrained',
  covariates: [{ name: 'size' }, { name: 'rate' }, { name: 'region', kind: 'categorical' }],
};

export const minimised: MinimisationMethod = {
  method: 'minimisation',
  factors: [{ name: 'region' }, { name: 'type' }],
};

export const stratified: BlocksMethod = {
  method: 'blocks',
  sizes: [2, 4],
  strata: ['region'],
};

export const paired: MatchedMethod = { method: 'matched', set: 'pair' };

/** Checked for practices and two arms, unless said otherwise. */
export function optionsFor(
  method: AllocationMethod,
  {
    periods,
    weights = [1, 1],
    ...rest
  }: Partial<Omit<ClusterListOptions, 'groups' | 'plan'>> & {
    readonly periods?: PeriodPlan;
    readonly weights?: readonly number[];
  } = {},
): ClusterListOptions {
  return {
    unit: 'practice',
    plan: { kind: 'listed', method, periods },
    groups: weights.map((weight) => ({ weight })),
    ...rest,
  };
}

/** The problems for which something is refused; none where it is not. */
export function problemsIn(attempt: () => unknown): readonly Problem[] {
  try {
    attempt();
  } catch (thrown) {
    if (thrown instanceof AllocationError) return thrown.problems;
    throw thrown;
  }
  return [];
}

/** The problems of a CSV file, each as a line of text. */
export function faultsInCsv(text: string, options: ClusterListOptions): readonly string[] {
  return problemsIn(() => parseClusters(text, { format: 'csv', ...options })).map(
    ({ path, message }) => `${path}: ${message}`,
  );
}
