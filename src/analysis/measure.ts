import { sum } from '../stats/index.ts';
import type { Guardrail, Outcome } from '../trial/protocol.ts';
import type { Resolved, Trial } from '../trial/trial.ts';
import type { ArmTotals } from './arm-totals.ts';
import { armTotals, notBrought } from './arm-totals.ts';
import { byPeriod } from './by-period.ts';
import { clusteringOf } from './clustering.ts';
import { compareArm } from './compare.ts';
import type { OverTimeEvidence } from './compare-over-time.ts';
import { armsOverTime, compareArmOverTime } from './compare-over-time.ts';
import {
  isOverTime,
  notByPeriod,
  periodUnitsOf,
  sequencesOf,
  withoutWashout,
} from './over-time.ts';
import { definitionOf, dependsOnArm } from './definition.ts';
import type { Estimable } from './estimable.ts';
import { notEstimable, withText } from './estimable.ts';
import type { RatioOfTotals } from './methods/ratio-of-totals.ts';
import type { Allocation, ReferenceSet } from '../allocation/index.ts';
import type { Design } from './design.ts';
import { designOf } from './design.ts';
import { effectOf } from './methods/effect.ts';
import { noSpread } from './methods/ratio-of-totals.ts';
import { metricWarnings } from './metrics/warnings.ts';
import { eventsOf, nounOf, windowOf, wordsOf } from './metrics/words.ts';
import type { ArmComparison, ArmInterval, ArmMeasure, Measure } from './result.ts';
import { armsTogether } from './together.ts';
import type { UnitRow } from './rows.ts';
import { checkRows } from './rows.ts';
import { measureText } from './text/measure-text.ts';

/** What a measure depends on besides the rows. */
export interface MeasureOptions {
  readonly outcome: Resolved<Outcome> | Resolved<Guardrail>;
  /** Confidence level; default 1 - the trial's alpha. */
  readonly level?: number | undefined;
  /** Number of re-randomisations; default the trial's. */
  readonly draws?: number | undefined;
  /** The list of a trial that allocates from one. */
  readonly allocation?: Allocation | undefined;
}

/**
 * Computes a measure from unit summaries.
 *
 * @throws AnalysisRefusedError when the rows are not of this trial, lack a column, or contradict
 *   themselves, or the trial allocates from a list and none is given
 */
export function measure(trial: Trial, rows: readonly UnitRow[], options: MeasureOptions): Measure {
  return measureBy(trial, rows, { ...options, design: designOf(trial, options.allocation) });
}

/** Computes a measure from unit summaries and a design that is known. */
export function measureBy(
  trial: Trial,
  rows: readonly UnitRow[],
  options: Omit<MeasureOptions, 'allocation'> & { readonly design: Design },
): Measure {
  const { outcome, design } = options;
  const { level = 1 - trial.decision.alpha, draws = trial.decision.draws } = options;
  const { metric, better } = outcome;
  const resolved = definitionOf(trial, outcome);
  const { numerator, denominator, per, isSummarized, definition } = resolved;
  const { kind, title } = definition;
  const { responseWindow } = trial.protocol;
  const missing = notBrought(rows, resolved);
  checkRows(trial, rows, {
    columns:
      notByPeriod(trial, resolved) === undefined
        ? [numerator.column, denominator.column].filter((column) => column !== missing)
        : [],
    isSummarized,
    isShare:
      kind === 'proportion' && missing === undefined && notByPeriod(trial, resolved) === undefined,
  });

  const { reference } = design;
  const evidence =
    reference !== undefined && isOverTime(trial)
      ? evidenceOf(trial, rows, { outcome, reference })
      : undefined;
  const counted =
    evidence === undefined || reference === undefined ? rows : withoutWashout(rows, reference);
  const totals = armTotals(trial, counted, outcome);
  const arms = trial.arms.map(({ name }) => armMeasure(name, totals, { kind, level }));
  const comparisons = trial.arms
    .filter(({ name }) => name !== trial.control)
    .map(({ name }) =>
      evidence === undefined
        ? compareArm(trial, name, { totals, kind, level, draws, metric, design })
        : compareArmOverTime(trial, name, { kind, level, draws, metric, evidence }),
    );
  const result: Measure = {
    metric,
    title,
    numerator: wordsOf(numerator.count, responseWindow),
    denominator: wordsOf(denominator.count, responseWindow),
    terms: { events: eventsOf(numerator.count, kind), exposure: nounOf(denominator.count) },
    per,
    window: windowOf(numerator.count, responseWindow) ?? null,
    postRandomization: dependsOnArm(denominator.count),
    kind,
    better,
    unit: trial.unit,
    level,
    arms,
    comparisons,
    together:
      evidence === undefined
        ? armsTogether(trial, totals, { kind, level, draws, metric, design })
        : null,
    overTime: evidence === undefined ? null : armsOverTime(trial, { kind, level, evidence }),
    byPeriod: evidence?.estimable === true ? byPeriod(trial, evidence.units, { per }) : null,
    clustering: clusteringOf(trial, totals.units, {
      kind,
      level,
      ...(evidence?.estimable === true ? { units: evidence.units } : {}),
    }),
    warnings: [
      ...metricWarnings(trial, rows, resolved),
      ...warningsOf(trial, arms, { totals, comparisons }),
    ],
  };
  return withText(result, () => measureText(result));
}

function evidenceOf(
  trial: Trial,
  rows: readonly UnitRow[],
  options: { readonly outcome: Resolved<Outcome>; readonly reference: ReferenceSet },
): Estimable<OverTimeEvidence> {
  const found = periodUnitsOf(trial, rows, options);
  if (!found.estimable) return found;
  return {
    estimable: true,
    units: found.units,
    sequences: sequencesOf(trial, options.reference),
  };
}

function armMeasure(
  arm: string,
  totals: ArmTotals,
  { kind, level }: Pick<Measure, 'kind' | 'level'>,
): ArmMeasure {
  const units = totals.units(arm);
  const estimate = totals.estimate(arm);
  const used = units.filter((unit) => unit.denominator > 0);
  const numerator = sum(used.map((unit) => unit.numerator));
  const denominator = sum(used.map((unit) => unit.counted));
  const exposure = sum(used.map((unit) => unit.denominator));
  return {
    arm,
    units: used.length,
    unitsWithoutDenominator: units.length - used.length,
    numerator,
    denominator,
    ratio: exposure > 0 ? numerator / exposure : null,
    rate: estimate.estimable ? armInterval(estimate, kind, level) : estimate,
  };
}

/** The interval of one arm, on the log (rates) or logit (proportions) scale with t on k - 1 degrees of freedom. */
function armInterval(
  { ratio, standardError, units }: RatioOfTotals,
  kind: Measure['kind'],
  level: number,
): Estimable<ArmInterval> {
  if (ratio === 0) {
    return notEstimable(
      'no events, so the interval has no lower end to build on',
      'read the difference between the arms',
    );
  }
  if (kind === 'proportion' && ratio === 1) {
    return notEstimable(
      'the numerator is all of the denominator, so the interval has no upper end to build on',
      'read the difference between the arms',
    );
  }
  if (standardError === 0) {
    return notEstimable(noSpread, 'more units, or a measure that varies between them');
  }
  const link = kind === 'rate' ? Math.log : (p: number) => Math.log(p / (1 - p));
  const inverse = kind === 'rate' ? Math.exp : (x: number) => 1 / (1 + Math.exp(-x));
  const slope = kind === 'rate' ? ratio : ratio * (1 - ratio);
  const { lower, upper } = effectOf(link(ratio), standardError / slope, units - 1, level);
  const ends = { lower: inverse(lower), upper: inverse(upper) };
  if (!Number.isFinite(ends.upper)) {
    return notEstimable(
      'one unit holds nearly all of the denominator, so the variance cannot be judged',
      'a smaller unit of randomisation, or units of more even size',
    );
  }
  return { estimable: true, rate: ratio, ...ends, standardError };
}

function warningsOf(
  trial: Trial,
  arms: readonly ArmMeasure[],
  {
    totals,
    comparisons,
  }: { readonly totals: ArmTotals; readonly comparisons: readonly ArmComparison[] },
): readonly string[] {
  const warnings: string[] = [];
  const orphans = arms.flatMap(({ arm }) =>
    totals.units(arm).filter((unit) => unit.denominator === 0 && unit.numerator > 0),
  ).length;
  if (orphans > 0) {
    warnings.push(
      `${orphans} ${trial.unit}(s) have events but no denominator and are left out: bring the patient-days up to date first.`,
    );
  }
  for (const { arm } of arms) {
    const estimate = totals.estimate(arm);
    if (estimate.estimable && estimate.largestShare > 0.5) {
      warnings.push(
        `In arm ${arm} one ${trial.unit} holds ${(100 * estimate.largestShare).toFixed(0)} % of the denominator: its variance is hardly estimable.`,
      );
    }
  }
  for (const { arm, estimands } of comparisons) {
    // By patient, long stays that differ from short ones are the rule, and every table shows it.
    if (trial.unit !== 'patient' && estimands.estimable && estimands.warning !== undefined) {
      warnings.push(`Arm ${arm}: ${lowerFirst(estimands.warning)}`);
    }
  }
  for (const { arm, rerandomization } of comparisons) {
    const level = trial.decision.alpha / 2;
    if (rerandomization.estimable && rerandomization.smallestPValue > level) {
      warnings.push(
        `So few units cannot show an effect of arm ${arm} by re-randomisation: no one-sided p below ${rerandomization.smallestPValue.toFixed(3)} is possible, and ${level} is asked for.`,
      );
    }
  }
  return warnings;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
