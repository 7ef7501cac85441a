import { groupsOf } from '../trial/groups.ts';
import { constraintOf } from '../allocation/index.ts';
import type { Constraint, Diagnostics, TiedPair } from '../allocation/index.ts';
import { seedOfConstraint } from '../allocation/list/draw.ts';
import type { PlanSetting } from './setting.ts';

/** What a constraint gains and costs. */
export interface PlannedConstraint extends Pick<
  Constraint,
  'possible' | 'enumerated' | 'cutoff' | 'candidates' | 'meanScore' | 'covariates' | 'cost'
> {
  /** Pairs of clusters that are always, and never, in the same group. */
  readonly locked: { readonly always: number; readonly never: number };
}

/** How the units of a list get their groups: how balanced that is, and how free. */
export interface PlannedScheme {
  readonly method: string;
  /** Of one list, made as the trial will make its own. */
  readonly groups: Diagnostics['groups'];
  /** Clusters by period and arm. */
  readonly periods: Diagnostics['periods'];
  /** How often somebody who knows all earlier groups guesses the next. */
  readonly guess: Diagnostics['guess'];
  /** How often two clusters share a group. */
  readonly together: {
    readonly expected: number;
    readonly least: TiedPair;
    readonly most: TiedPair;
  } | null;
  readonly constraint: PlannedConstraint | null;
  readonly warnings: readonly string[];
}

/** The scheme of a setting; `null` where units hash. */
export function schemeOf({ trial, allocation, clusters }: PlanSetting): PlannedScheme | null {
  if (allocation === undefined) return null;
  const { method, seed, diagnostics } = allocation;
  const { groups, periods, guess, together, warnings } = diagnostics;
  const constraint =
    method.method === 'constrained' && clusters !== undefined
      ? constraintOf(method, {
          clusters: clusters.waves,
          weights: groupsOf(trial.protocol).map(({ weight }) => weight),
          seed: seedOfConstraint(trial, { seed, block: 0 }),
        })
      : null;
  return {
    method: method.method,
    groups,
    periods,
    guess,
    together: together && {
      expected: together.expected,
      least: together.least,
      most: together.most,
    },
    constraint: constraint && summaryOf(constraint),
    warnings: [
      ...(clusters?.warnings ?? []).map(({ path, message }) =>
        path === '' ? message : `${path}: ${message}`,
      ),
      ...warnings,
    ],
  };
}

function summaryOf({
  possible,
  enumerated,
  cutoff,
  candidates,
  meanScore,
  covariates,
  cost,
  locked,
}: Constraint): PlannedConstraint {
  return {
    possible,
    enumerated,
    cutoff,
    candidates,
    meanScore,
    covariates,
    cost,
    locked: { always: locked.always.length, never: locked.never.length },
  };
}
