import { sum } from '../../stats/index.ts';
import type { Trial } from '../../trial/trial.ts';
import { unitsInArms } from '../arm-totals.ts';
import type { Estimable } from '../estimable.ts';
import type { Effect } from '../methods/effect.ts';
import { differenceOf, ratioOfTotals } from '../methods/ratio-of-totals.ts';
import type { UnitTotals } from '../methods/ratio-of-totals.ts';
import type { UnitRow } from '../rows.ts';
import { armChanges } from './arm-changes.ts';
import type { Observer } from './observer.ts';

/** Alerts that nobody is known to have answered, by arm. */
export interface MissingFeedback {
  readonly arms: readonly {
    readonly arm: string;
    readonly alerts: number;
    /** Without acceptance or dismissal within the response window. */
    readonly unanswered: number;
    /** `null` without alerts. */
    readonly share: number | null;
    /** Units with at least `least` alerts. */
    readonly units: number;
    /** Of them, those without any answer. */
    readonly unitsWithoutAnswer: number;
  }[];
  readonly comparisons: readonly {
    readonly arm: string;
    readonly control: string;
    /** The share unanswered, arm minus control, at the unit of randomisation. */
    readonly difference: Estimable<Effect>;
    /** Whether the shares differ at the 1 % level. */
    readonly differs: boolean;
  }[];
  /** Units and practices with fewer alerts are not asked whether they ever answer. */
  readonly least: number;
}

const least = 10;
const alarm = 0.01;

/**
 * The share of alerts without an answer in each arm, and whether it differs between arms. An alert
 * without an answer was ignored, or its answer was lost on the way; where the shares differ, so may
 * what is lost, and acceptance per alert is not comparable until it is known which.
 */
export function missingFeedback(trial: Trial, rows: readonly UnitRow[]): MissingFeedback {
  const byArm = trial.arms.map(({ name }) => ({ arm: name, units: unansweredByUnit(rows, name) }));
  const several = armChanges(trial, rows).units;
  const control = byArm.find(({ arm }) => arm === trial.control);
  return {
    arms: byArm.map(({ arm, units }) => {
      const alerts = sum(units.map(({ denominator }) => denominator));
      const unanswered = sum(units.map(({ numerator }) => numerator));
      const busy = units.filter(({ denominator }) => denominator >= least);
      return {
        arm,
        alerts,
        unanswered,
        share: alerts === 0 ? null : unanswered / alerts,
        units: busy.length,
        unitsWithoutAnswer: busy.filter((unit) => unit.numerator === unit.denominator).length,
      };
    }),
    comparisons: byArm
      .filter(({ arm }) => arm !== trial.control)
      .map(({ arm, units }) => {
        const one = ratioOfTotals(units);
        const other = ratioOfTotals(control?.units ?? []);
        const difference =
          several > 0
            ? unitsInArms(several)
            : !one.estimable
              ? one
              : !other.estimable
                ? other
                : differenceOf(one, other, 0.95);
        const differs = difference.estimable && difference.pValue < alarm;
        return { arm, control: trial.control, difference, differs };
      }),
    least,
  };
}

/** Alerts without an answer (numerator) and alerts (denominator) of each unit of an arm. */
function unansweredByUnit(rows: readonly UnitRow[], arm: string): readonly UnitTotals[] {
  const units = new Map<string, UnitTotals>();
  for (const row of rows) {
    if (row.arm !== arm) continue;
    const { alerts = 0, accepted = 0, dismissed = 0, acceptedAndDismissed = 0 } = row;
    const before = units.get(row.unitId) ?? { numerator: 0, denominator: 0 };
    units.set(row.unitId, {
      numerator: before.numerator + alerts - accepted - dismissed + acceptedAndDismissed,
      denominator: before.denominator + alerts,
    });
  }
  return [...units.values()];
}

/** Practices that never answer, such as one whose EHR sends no feedback. */
export interface SilentPractices {
  /** With at least `least` alerts. */
  readonly practices: number;
  /** Of them, those that never sent an answer. */
  readonly withoutAnswer: number;
  /** The share of alerts at these practices. */
  readonly alertShare: number;
  readonly least: number;
}

/** Learns which practices never answer. Memory grows with practices. */
export function silentPracticesObserver(): Observer<SilentPractices> {
  const practices = new Map<string, { alerts: number; answers: number }>();
  return {
    observe: (event) => {
      const { practice, type, randomized } = event;
      if (practice === undefined || !randomized) return;
      const counts = practices.get(practice) ?? { alerts: 0, answers: 0 };
      if (type === 'impression' && event.stage !== 'silent') counts.alerts += 1;
      else if (type === 'dismissal' || type === 'acceptance') counts.answers += 1;
      practices.set(practice, counts);
    },
    result: () => {
      const busy = [...practices.values()].filter(({ alerts }) => alerts >= least);
      const without = busy.filter(({ answers }) => answers === 0);
      const alerts = sum(busy.map((practice) => practice.alerts));
      return {
        practices: busy.length,
        withoutAnswer: without.length,
        alertShare: alerts === 0 ? 0 : sum(without.map((practice) => practice.alerts)) / alerts,
        least,
      };
    },
  };
}
