import type { Guardrail, MetricName, Outcome } from '../trial/protocol.ts';
import type { Resolved, Trial } from '../trial/trial.ts';
import { sum } from '../stats/index.ts';
import type { Estimable } from './estimable.ts';
import { notEstimable, withText } from './estimable.ts';
import type { Effect, RatioOfTotals, UnitTotals } from './ratio.ts';
import { differenceOf, effectOf, ratioOfTotals, relativeOf } from './ratio.ts';
import type { Rerandomization } from './rerandomize.ts';
import { rerandomize } from './rerandomize.ts';
import type { Column, UnitRow } from './rows.ts';
import { checkRows, unitsInSeveralArms } from './rows.ts';
import { measureText } from './text.ts';

/** A rate or proportion of one arm with its interval. */
export interface ArmInterval {
  readonly rate: number;
  readonly lower: number;
  readonly upper: number;
  readonly standardError: number;
}

/** One arm of a measure. */
export interface ArmMeasure {
  readonly arm: string;
  /** Units with a denominator above 0. */
  readonly units: number;
  /** Units of the arm that have no denominator and so say nothing here. */
  readonly unitsWithoutDenominator: number;
  readonly numerator: number;
  readonly denominator: number;
  readonly rate: Estimable<ArmInterval>;
}

/** What an analysis that took every alert as independent would have said. Shown to teach, never alone. */
export interface NaiveInterval {
  readonly lower: number;
  readonly upper: number;
  /** How many times larger the variance between units makes the variance: the design effect. */
  readonly designEffect: number;
}

/** An arm against the control arm. */
export interface ArmComparison {
  readonly arm: string;
  readonly control: string;
  /** Arm over control. */
  readonly ratio: Estimable<Effect>;
  /** Arm minus control. */
  readonly difference: Estimable<Effect>;
  readonly rerandomization: Estimable<Rerandomization>;
  /** Of the measure's own scale: the ratio of rates, or the difference of proportions. */
  readonly naive: Estimable<NaiveInterval>;
}

/** A measure by arm, and each arm against the control arm. Plain data. */
export interface Measure {
  readonly metric: MetricName;
  /** What is counted above the line. */
  readonly numerator: string;
  /** What is counted below the line. */
  readonly denominator: string;
  readonly kind: 'rate' | 'proportion';
  readonly better: 'lower' | 'higher';
  /** The unit that was randomised and is analysed. */
  readonly unit: string;
  /** Confidence level of every interval. */
  readonly level: number;
  readonly arms: readonly ArmMeasure[];
  readonly comparisons: readonly ArmComparison[];
  readonly warnings: readonly string[];
  /** The measure as lines of text. Not part of its JSON. */
  toString(): string;
}

/** The columns that a measure divides. */
export interface MeasureColumns {
  readonly numerator: Column;
  readonly denominator: Column;
}

const days = {
  calendar: 'calendarDays',
  midnight: 'midnightDays',
  elapsed: 'elapsedDays',
} as const;
const dayWords = {
  calendar: 'eligible patient-days (calendar days touched)',
  midnight: 'eligible patient-days (midnight census)',
  elapsed: 'eligible patient-days (elapsed hours / 24)',
} as const;
const alertWords = {
  fired: 'alerts shown (every firing)',
  opening: 'alerts shown (one for each opening of a chart)',
} as const;

/** The columns and the words of an outcome. */
export function definitionOf(
  outcome: Resolved<Outcome>,
): MeasureColumns & { readonly words: readonly [string, string] } {
  const byOpening = outcome.alerts === 'opening';
  const alerts = byOpening ? 'alertsByOpening' : 'alerts';
  const accepted = byOpening ? 'acceptedByOpening' : 'accepted';
  const acceptedWords = `accepted, of ${alertWords[outcome.alerts]}`;
  switch (outcome.metric) {
    case 'alertsPerPatientDay':
      return {
        numerator: alerts,
        denominator: days[outcome.patientDays],
        words: [alertWords[outcome.alerts], dayWords[outcome.patientDays]],
      };
    case 'acceptanceRate':
      return {
        numerator: accepted,
        denominator: alerts,
        words: [acceptedWords, alertWords[outcome.alerts]],
      };
    case 'acceptedPerPatientDay':
      return {
        numerator: accepted,
        denominator: days[outcome.patientDays],
        words: [acceptedWords, dayWords[outcome.patientDays]],
      };
  }
}

/** The unit totals of an arm: rows of one unit in several strata are one unit. */
export function totalsOf(
  rows: readonly UnitRow[],
  arm: string,
  columns: MeasureColumns,
): readonly UnitTotals[] {
  const totals = new Map<string, { numerator: number; denominator: number }>();
  for (const row of rows) {
    if (row.arm !== arm) continue;
    const unit = totals.get(row.unitId) ?? { numerator: 0, denominator: 0 };
    unit.numerator += row[columns.numerator] ?? 0;
    unit.denominator += row[columns.denominator] ?? 0;
    totals.set(row.unitId, unit);
  }
  return [...totals.values()];
}

/** What a measure depends on besides the rows. */
export interface MeasureOptions {
  readonly outcome: Resolved<Outcome> | Resolved<Guardrail>;
  /** Confidence level; default 1 - the trial's alpha. */
  readonly level?: number | undefined;
  /** Number of re-randomisations; default the trial's. */
  readonly draws?: number | undefined;
}

/**
 * Computes a measure from unit summaries.
 *
 * @throws AnalysisRefusedError when the rows are not of this trial or lack a column
 */
export function measure(trial: Trial, rows: readonly UnitRow[], options: MeasureOptions): Measure {
  const { outcome } = options;
  const { level = 1 - trial.decision.alpha, draws = trial.decision.draws } = options;
  const definition = definitionOf(outcome);
  checkRows(trial, rows, [definition.numerator, definition.denominator]);
  const kind = outcome.metric === 'acceptanceRate' ? 'proportion' : 'rate';
  const several = unitsInSeveralArms(rows);
  const refusal =
    several > 0
      ? notEstimable(
          `${several} unit(s) stand in more than one arm: run \`rapidcycle verify\` on the ledger`,
        )
      : undefined;

  const totals = new Map(trial.arms.map(({ name }) => [name, totalsOf(rows, name, definition)]));
  const of = (arm: string): readonly UnitTotals[] => totals.get(arm) ?? [];
  const estimates = new Map(
    trial.arms.map(({ name }) => [name, refusal ?? ratioOfTotals(of(name))]),
  );
  const arms = trial.arms.map(({ name }) =>
    armMeasure(name, of(name), estimates.get(name) ?? notEstimable('no such arm'), { kind, level }),
  );
  const comparisons = trial.arms
    .filter(({ name }) => name !== trial.control)
    .map(({ name }) =>
      compare(trial, { arm: name, kind, level, draws, metric: outcome.metric, of, estimates }),
    );
  const result: Measure = {
    metric: outcome.metric,
    numerator: definition.words[0],
    denominator: definition.words[1],
    kind,
    better: outcome.better,
    unit: trial.unit,
    level,
    arms,
    comparisons,
    warnings: warningsOf(trial, arms, estimates, of),
  };
  return withText(result, () => measureText(result));
}

function armMeasure(
  arm: string,
  units: readonly UnitTotals[],
  estimate: Estimable<RatioOfTotals>,
  { kind, level }: Pick<Measure, 'kind' | 'level'>,
): ArmMeasure {
  const used = units.filter(({ denominator }) => denominator > 0);
  return {
    arm,
    units: used.length,
    unitsWithoutDenominator: units.length - used.length,
    numerator: sum(used.map((unit) => unit.numerator)),
    denominator: sum(used.map((unit) => unit.denominator)),
    rate: estimate.estimable ? armInterval(estimate, kind, level) : estimate,
  };
}

/** The interval of one arm, on the log (rates) or logit (proportions) scale with t on k - 1 degrees of freedom. */
function armInterval(
  estimate: RatioOfTotals,
  kind: Measure['kind'],
  level: number,
): Estimable<ArmInterval> {
  const { ratio, standardError, units } = estimate;
  if (ratio === 0) return notEstimable('no events, so the interval has no lower end to build on');
  if (kind === 'proportion' && ratio >= 1)
    return notEstimable('every alert was accepted, so the interval has no upper end to build on');
  if (standardError === 0)
    return notEstimable('every unit has the same ratio, so there is no variance to judge by');
  const link = kind === 'rate' ? Math.log : (p: number) => Math.log(p / (1 - p));
  const inverse = kind === 'rate' ? Math.exp : (x: number) => 1 / (1 + Math.exp(-x));
  const slope = kind === 'rate' ? ratio : ratio * (1 - ratio);
  const { lower, upper } = effectOf(link(ratio), standardError / slope, units - 1, level);
  return {
    estimable: true,
    rate: ratio,
    lower: inverse(lower),
    upper: inverse(upper),
    standardError,
  };
}

interface CompareContext {
  readonly arm: string;
  readonly kind: Measure['kind'];
  readonly level: number;
  readonly draws: number;
  readonly metric: MetricName;
  readonly of: (arm: string) => readonly UnitTotals[];
  readonly estimates: ReadonlyMap<string, Estimable<RatioOfTotals>>;
}

function compare(trial: Trial, context: CompareContext): ArmComparison {
  const { arm, kind, level, draws, metric, of, estimates } = context;
  const treated = estimates.get(arm) ?? notEstimable('no such arm');
  const reference = estimates.get(trial.control) ?? notEstimable('no such arm');
  const head = { arm, control: trial.control };
  if (!treated.estimable || !reference.estimable) {
    const why = treated.estimable ? reference : treated;
    const reason = notEstimable(
      `${treated.estimable ? trial.control : arm}: ${why.estimable ? '' : why.reason}`,
    );
    return { ...head, ratio: reason, difference: reason, rerandomization: reason, naive: reason };
  }
  const ratio = relativeOf(treated, reference, level);
  const difference = differenceOf(treated, reference, level);
  return {
    ...head,
    ratio,
    difference,
    rerandomization: rerandomize(assignedUnits(of, arm, trial.control), {
      ...procedureOf(trial, arm),
      draws,
      seed: ['rerandomization', trial.fingerprint, metric, arm],
      statistic: kind === 'rate' ? 'logRatio' : 'difference',
    }),
    naive: naiveOf({
      treated,
      reference,
      kind,
      level,
      effect: kind === 'rate' ? ratio : difference,
    }),
  };
}

/** The units of an arm and of the control arm, each with the arm that it had. */
export function assignedUnits(
  of: (arm: string) => readonly UnitTotals[],
  arm: string,
  control: string,
): readonly (UnitTotals & { readonly treated: boolean })[] {
  return [
    ...of(arm).map((unit) => ({ ...unit, treated: true })),
    ...of(control).map((unit) => ({ ...unit, treated: false })),
  ];
}

/** The chance that hashed assignment gives a unit of the two arms the treated one. */
export function procedureOf(trial: Trial, arm: string): { readonly probability: number } {
  const weight = (name: string): number =>
    trial.arms.find((each) => each.name === name)?.weight ?? 0;
  return { probability: weight(arm) / (weight(arm) + weight(trial.control)) };
}

function naiveOf(input: {
  readonly treated: RatioOfTotals;
  readonly reference: RatioOfTotals;
  readonly kind: Measure['kind'];
  readonly level: number;
  readonly effect: Estimable<Effect>;
}): Estimable<NaiveInterval> {
  const { treated, reference, kind, level, effect } = input;
  if (!effect.estimable) return effect;
  // Infinite degrees of freedom in all but name: the normal interval of independent events.
  const normalDegrees = 1e6;
  if (kind === 'rate') {
    const standardError = Math.sqrt(1 / treated.numerator + 1 / reference.numerator);
    const { lower, upper } = effectOf(
      Math.log(effect.estimate),
      standardError,
      normalDegrees,
      level,
    );
    return {
      estimable: true,
      lower: Math.exp(lower),
      upper: Math.exp(upper),
      designEffect: (effect.standardError / standardError) ** 2,
    };
  }
  const variance = (arm: RatioOfTotals): number => (arm.ratio * (1 - arm.ratio)) / arm.denominator;
  const standardError = Math.sqrt(variance(treated) + variance(reference));
  if (standardError === 0) return notEstimable('every alert had the same outcome');
  const { lower, upper } = effectOf(effect.estimate, standardError, normalDegrees, level);
  return {
    estimable: true,
    lower,
    upper,
    designEffect: (effect.standardError / standardError) ** 2,
  };
}

function warningsOf(
  trial: Trial,
  arms: readonly ArmMeasure[],
  estimates: ReadonlyMap<string, Estimable<RatioOfTotals>>,
  of: (arm: string) => readonly UnitTotals[],
): readonly string[] {
  const warnings: string[] = [];
  const orphaned = arms.map(
    ({ arm }) => of(arm).filter((unit) => unit.denominator === 0 && unit.numerator > 0).length,
  );
  const orphans = sum(orphaned);
  if (orphans > 0) {
    warnings.push(
      `${orphans} ${trial.unit}(s) have events but no denominator and are left out: bring the patient-days up to date first.`,
    );
  }
  for (const { arm, units } of arms) {
    const estimate = estimates.get(arm);
    if (estimate?.estimable === true && estimate.largestShare > 0.5) {
      warnings.push(
        `In arm ${arm} one ${trial.unit} holds ${(100 * estimate.largestShare).toFixed(0)} % of the denominator: its variance is hardly estimable.`,
      );
    }
    if (units > 0 && units < 4) {
      warnings.push(
        `Arm ${arm} has ${units} ${trial.unit}(s): with fewer than 4 an arm no randomisation test can reach p < 0.05.`,
      );
    }
  }
  return warnings;
}
