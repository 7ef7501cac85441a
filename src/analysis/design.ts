import type { Allocation, Redraw, ReferenceSet } from '../allocation/index.ts';
import { referenceSetOf } from '../allocation/index.ts';
import { AnalysisRefusedError } from '../errors.ts';
import type { Trial } from '../trial/trial.ts';
import type { ArmTotals, MeasuredUnit } from './arm-totals.ts';
import type { Estimable } from './estimable.ts';
import { notEstimable } from './estimable.ts';
import type { AssignedUnit, Procedure } from './methods/rerandomization/index.ts';

/** Units in the order of the procedure that gave them their arms. */
export interface Replayed<U> {
  readonly units: readonly U[];
  readonly procedure: Procedure;
}

/** A unit with the index of its arm in the protocol. */
type ArmedUnit = MeasuredUnit & { readonly arm: number };

/**
 * How the units of a trial came to their arms: what every test that assigns them again replays. Hashed
 * units each by themselves; listed ones by the method, the constraints and the clusters of their
 * list, those without data included.
 */
export interface Design {
  /** An arm and the control arm, with the units of other arms held where they are. */
  readonly pair: (totals: ArmTotals, arm: string) => Estimable<Replayed<AssignedUnit>>;
  /** All arms. */
  readonly all: (totals: ArmTotals) => Estimable<Replayed<ArmedUnit>>;
  /** The reference set of a list. */
  readonly reference: ReferenceSet | undefined;
}

/**
 * The design of a trial.
 *
 * @throws AnalysisRefusedError when the trial allocates from a list and none is given
 * @throws AllocationError when the list is of another trial or was not made as it says
 */
export function designOf(trial: Trial, allocation: Allocation | undefined): Design {
  if (trial.allocation.kind === 'hashed') return hashed(trial);
  if (allocation === undefined) {
    throw new AnalysisRefusedError(
      `Trial ${trial.id} allocates from a list, and a test must assign its units again as that list was made: give it as \`allocation\`, or analyse the ledger that keeps it.`,
    );
  }
  return designFrom(trial, referenceSetOf(trial, allocation));
}

function hashed(trial: Trial): Design {
  const weights = trial.arms.map(({ weight }) => weight);
  const weightOf = (name: string): number =>
    trial.arms.find((each) => each.name === name)?.weight ?? 0;
  return {
    reference: undefined,
    pair: (totals, arm) => {
      const whole = weightOf(arm) + weightOf(trial.control);
      return {
        estimable: true,
        units: [
          ...totals.units(arm).map((unit) => ({ ...unit, treated: true })),
          ...totals.units(trial.control).map((unit) => ({ ...unit, treated: false })),
        ],
        procedure: {
          kind: 'hashed',
          weights: [weightOf(trial.control) / whole, weightOf(arm) / whole],
        },
      };
    },
    all: (totals) => ({
      estimable: true,
      units: trial.arms.flatMap(({ name }, arm) =>
        totals.units(name).map((unit) => ({ ...unit, arm })),
      ),
      procedure: { kind: 'hashed', weights },
    }),
  };
}

/** The design of a trial whose list is known by its reference set. */
export function designFrom(trial: Trial, reference: ReferenceSet): Design {
  const names = trial.arms.map(({ name }) => name);
  const unitsOf = listedUnits(trial, reference);
  const control = names.indexOf(trial.control);
  // Each is made once: of a constrained list that is thousands of allocations.
  const redraws = new Map<string, Redraw>();
  const redrawAmong = (among?: readonly number[]): Redraw => {
    const key = String(among);
    const redraw = redraws.get(key) ?? reference.redraw(among)[0] ?? neverDrawn;
    redraws.set(key, redraw);
    return redraw;
  };
  return {
    reference,
    pair: (totals, name) => {
      const arm = names.indexOf(name);
      const units = unitsOf(totals).filter((unit) => unit.arm === arm || unit.arm === control);
      const procedure = procedureOf(redrawAmong([control, arm]), [control, arm]);
      if (!procedure.estimable) return procedure;
      return {
        estimable: true,
        units: units.map((unit) => ({ ...unit, treated: unit.arm === arm })),
        procedure: procedure.procedure,
      };
    },
    all: (totals) => {
      const procedure = procedureOf(redrawAmong(), [...names.keys()]);
      return procedure.estimable
        ? { estimable: true, units: unitsOf(totals), procedure: procedure.procedure }
        : procedure;
    },
  };
}

const neverDrawn: Redraw = {
  kind: 'none',
  reason: 'the list has no groups to deal out',
  instead: 'the model-based test',
};

/** The clusters of a list with their data, in its order; those without data are there all the same. */
function listedUnits(
  trial: Trial,
  { clusters, groups, actual }: ReferenceSet,
): (totals: ArmTotals) => readonly ArmedUnit[] {
  const groupOf = actual[0] ?? new Uint8Array();
  return (totals) => {
    const data = new Map<string, ArmedUnit>();
    trial.arms.forEach(({ name }, arm) => {
      for (const unit of totals.units(name)) data.set(unit.unitId, { ...unit, arm });
    });
    const units = clusters.map(({ id }, index) => {
      const arm = groupOf[index] ?? 0;
      const unit = data.get(id) ?? { unitId: id, numerator: 0, denominator: 0, counted: 0, arm };
      data.delete(id);
      if (unit.arm !== arm) {
        throw new AnalysisRefusedError(
          `Unit "${id}" stands in arm ${trial.arms[unit.arm]?.name}, and its list says ${groups[arm]?.name}: run \`rapidcycle verify\`.`,
        );
      }
      return unit;
    });
    const [stranger] = data.values();
    if (stranger !== undefined) {
      throw new AnalysisRefusedError(
        `Unit "${stranger.unitId}" is not on the list of the trial, so it was not randomised: leave it out.`,
      );
    }
    return units;
  };
}

/**
 * A redraw as a procedure.
 *
 * @param labels the group that each arm of the analysis is, in the order of the analysis
 */
export function procedureOf(
  redraw: Redraw,
  labels: readonly number[],
): Estimable<{ readonly procedure: Procedure }> {
  const labelOf = new Uint8Array(Math.max(...labels) + 1);
  labels.forEach((group, label) => (labelOf[group] = label));
  const relabel = (groups: Uint8Array): Uint8Array => groups.map((group) => labelOf[group] ?? 0);
  switch (redraw.kind) {
    case 'none':
      return notEstimable(redraw.reason, redraw.instead);
    case 'listed':
      return {
        estimable: true,
        procedure: { kind: 'listed', allocations: redraw.allocations.map(relabel) },
      };
    case 'sampler':
      return {
        estimable: true,
        procedure: { kind: 'sampler', sample: (stream) => relabel(redraw.sample(stream)) },
      };
    case 'stratified': {
      const { strata, sizes } = redraw;
      return {
        estimable: true,
        procedure: {
          kind: 'stratified',
          strata,
          sizes:
            sizes &&
            Object.fromEntries(
              Object.entries(sizes).map(([stratum, places]) => [
                stratum,
                labels.map((group) => places[group] ?? 0),
              ]),
            ),
        },
      };
    }
  }
}
