/**
 * Reference results that others computed (R packages, papers, full enumeration), each with its source,
 * through the public functions, at the tolerance that stands with it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  adjustPValues,
  ancova,
  binaryDifference,
  categoricalDifference,
  clusterMeans,
  continuousDifference,
  contrast,
  cuped,
  designEffect,
  differenceOf,
  donnerKlar,
  dunnettTest,
  equivalence,
  gee,
  iccOfProportions,
  nonInferiority,
  oddsRatioOfTotals,
  permutationTest,
  poissonRateRatio,
  proportion,
  proportionDifference,
  quasiPoisson,
  ratioOfTotals,
  relativeOf,
  rerandomizationInterval,
  rerandomize,
  testSampleRatio,
  wilcoxonTest,
} from '../../src/analysis/index.ts';
import type { ClusteredData, Estimable, GeeOptions } from '../../src/analysis/index.ts';
import { chiSquared, dunnett } from '../../src/stats/index.ts';
import { numbers, practicesOf, rowsOf } from './cases/table.ts';

interface Case {
  readonly name: string;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly tolerance: { readonly rel: number; readonly abs: number };
  readonly source: string;
}

const folder = new URL('./cases/', import.meta.url);
const cases: readonly Case[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .flatMap(
    (file) => (JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { cases: Case[] }).cases,
  );

function made<T>(result: Estimable<T>): { readonly estimable: true } & T {
  if (!result.estimable) throw new Error(result.reason);
  return result;
}

const ends = ({
  lower,
  upper,
}: {
  readonly lower: number | null;
  readonly upper: number | null;
}) => [lower, upper];

// --- The data ------------------------------------------------------------------------------------
const epil = rowsOf('epil');
const seizures: ClusteredData = {
  outcome: numbers(epil, 'y'),
  cluster: epil.map((row) => row['subject'] ?? ''),
  covariates: {
    progabide: epil.map((row) => (row['trt'] === 'progabide' ? 1 : 0)),
    lbase: numbers(epil, 'lbase'),
    lage: numbers(epil, 'lage'),
    V4: numbers(epil, 'V4'),
  },
};
const ohio = rowsOf('ohio');
const wheeze: ClusteredData = {
  outcome: numbers(ohio, 'resp'),
  cluster: ohio.map((row) => row['id'] ?? ''),
  covariates: {
    age: numbers(ohio, 'age'),
    smoke: numbers(ohio, 'smoke'),
    'age:smoke': ohio.map((row) => Number(row['age']) * Number(row['smoke'])),
  },
};
const small = rowsOf('cds_small_trial');
const perDay = practicesOf(small, 'alerts', 'days');
const perAlert = practicesOf(small, 'accepted', 'alerts');
const patients = rowsOf('cds_patient_small');
const sprays = rowsOf('insectsprays');
const sprayNames = ['A', 'B', 'C', 'D', 'E', 'F'];

const armsOf = (units: typeof perDay) =>
  [
    units.filter(({ arm }) => arm === 'treatment'),
    units.filter(({ arm }) => arm === 'control'),
  ] as const;

function fitOf(data: ClusteredData, options: GeeOptions) {
  const fit = made(gee(data, options));
  const { standardErrors: se } = fit;
  return {
    beta: fit.coefficients,
    se_robust: se.CR0,
    se_CR0: se.CR0,
    se_KC: se.KC,
    se_MD: se.MD,
    se_FG: se.FG,
    alpha: fit.correlation,
    phi: fit.dispersion,
  };
}

function epilInteraction() {
  const ages = [...numbers(epil, 'age')].sort((a, b) => a - b);
  const median = ((ages[117] ?? 0) + (ages[118] ?? 0)) / 2;
  const old = numbers(epil, 'age').map((age) => (age >= median ? 1 : 0));
  const { progabide = [] } = seizures.covariates;
  const data = {
    ...seizures,
    covariates: {
      progabide,
      old,
      'progabide:old': old.map((each, i) => each * (progabide[i] ?? 0)),
    },
  };
  const fit = made(gee(data, { family: 'poisson' }));
  const of = (correction: 'CR0' | 'KC') =>
    made(contrast(fit, 'progabide:old', { correction, degreesOfFreedom: 'normal' }));
  return {
    beta: fit.coefficients,
    interaction: of('CR0').estimate,
    se_CR0: of('CR0').standardError,
    se_KC: of('KC').standardError,
    p_KC_z: of('KC').pValue,
  };
}

function alertRates() {
  const [treatment, control] = armsOf(perDay);
  const [one, other] = [
    made(ratioOfTotals(treatment, 'delta')),
    made(ratioOfTotals(control, 'delta')),
  ];
  const difference = made(differenceOf(one, other, 0.95));
  const ratio = made(relativeOf(one, other, 0.95));
  const logError = (correction: 'CR0' | 'KC' | 'MD') =>
    made(
      relativeOf(
        made(ratioOfTotals(treatment, correction)),
        made(ratioOfTotals(control, correction)),
        0.95,
      ),
    ).standardError;
  return {
    rate_treatment: one.ratio,
    rate_control: other.ratio,
    se_rate_treatment: one.standardError,
    se_rate_control: other.standardError,
    difference: difference.estimate,
    se_difference: difference.standardError,
    df: difference.degreesOfFreedom,
    difference_ci_lower: difference.lower,
    difference_ci_upper: difference.upper,
    p_difference: difference.pValue,
    log_ratio: Math.log(ratio.estimate),
    se: ratio.standardError,
    ratio: ratio.estimate,
    ci_lower: ratio.lower,
    ci_upper: ratio.upper,
    p_value: ratio.pValue,
    se_log_ratio_CR0: logError('CR0'),
    se_log_ratio_KC: logError('KC'),
    se_log_ratio_MD: logError('MD'),
  };
}

function acceptance() {
  const [treatment, control] = armsOf(perAlert);
  const [one, other] = [
    made(ratioOfTotals(treatment, 'delta')),
    made(ratioOfTotals(control, 'delta')),
  ];
  const difference = made(differenceOf(one, other, 0.95));
  const relative = made(relativeOf(one, other, 0.95));
  const odds = made(oddsRatioOfTotals(one, other, { level: 0.95 }));
  const means = made(clusterMeans(treatment, control, { summary: 'ratio' }));
  const welch = made(clusterMeans(treatment, control, { summary: 'ratio', variance: 'welch' }));
  const logits = made(
    clusterMeans(treatment, control, { summary: 'empiricalLogit', continuity: 0.5 }),
  );
  const ratios = (units: typeof perAlert) => units.map((u) => u.numerator / u.denominator);
  const adjusted = made(donnerKlar([treatment, control]));
  return {
    per_alert: {
      treatment: one.ratio,
      control: other.ratio,
      risk_difference: difference.estimate,
      se: difference.standardError,
      df: difference.degreesOfFreedom,
      ci_lower: difference.lower,
      ci_upper: difference.upper,
      p_value: difference.pValue,
      log_risk_ratio: Math.log(relative.estimate),
      se_log_risk_ratio: relative.standardError,
      log_odds_ratio: Math.log(odds.estimate),
      se_log_odds_ratio: odds.standardError,
    },
    cluster_mean: {
      treatment: means.arm.mean,
      control: means.control.mean,
      difference: means.effect.estimate,
      t: means.effect.statistic,
      df: means.effect.degreesOfFreedom,
      p_value: means.effect.pValue,
      ci_lower: means.effect.lower,
      ci_upper: means.effect.upper,
      welch_df: welch.effect.degreesOfFreedom,
      welch_p: welch.effect.pValue,
    },
    empirical_logit: {
      difference: Math.log(logits.effect.estimate),
      p_value: logits.effect.pValue,
      ci_lower: Math.log(logits.effect.lower),
      ci_upper: Math.log(logits.effect.upper),
    },
    wilcoxon_exact_p: made(wilcoxonTest(ratios(treatment), ratios(control))).pValue,
    donner_klar: { icc: adjusted.icc, chi2: adjusted.chiSquared, p_value: adjusted.pValue },
  };
}

const replay = { procedure: { kind: 'complete' }, seed: 'not used by enumeration' } as const;
const assigned = (units: typeof perDay) =>
  units.map((unit) => ({ ...unit, treated: unit.arm === 'treatment' }));

function exactTests() {
  const of = (statistic: 'logRatio' | 'meanDifference', studentized: boolean) => {
    const found = made(rerandomize(assigned(perDay), { ...replay, statistic, studentized }));
    return {
      observed: found.observed,
      p_two_sided: found.pValue,
      p_less: found.pLess,
      p_greater: found.pGreater,
    };
  };
  return {
    log_ratio: of('logRatio', false),
    studentised: of('logRatio', true),
    mean_rate_difference: of('meanDifference', false),
  };
}

function invertedIntervals() {
  const unstudentized = { ...replay, studentized: false };
  const mean = made(
    rerandomizationInterval(assigned(perDay), { ...unstudentized, statistic: 'meanDifference' }),
  );
  const log = made(
    rerandomizationInterval(assigned(perDay), {
      ...unstudentized,
      statistic: 'meanLogRatio',
      continuity: 0.5,
    }),
  );
  return {
    difference_ci: ends(mean),
    log_ratio_estimate: Math.log(log.estimate),
    log_ratio_ci: [Math.log(log.lower ?? 0), Math.log(log.upper ?? 0)],
  };
}

const ofArm = (arm: string) => patients.filter((row) => row['arm'] === arm);

function cupedCase() {
  const units = (arm: string) =>
    ofArm(arm).map((row) => ({
      outcome: Number(row['alerts']),
      covariate: Number(row['baseline_alerts']),
    }));
  const found = made(cuped(units('B'), units('A'), { slope: 'overall' }));
  const { adjusted, unadjusted } = found;
  return {
    theta: found.theta,
    difference: adjusted.estimate,
    se: adjusted.standardError,
    unadjusted_difference: unadjusted.estimate,
    unadjusted_se: unadjusted.standardError,
    variance_reduction: found.squaredCorrelation,
  };
}

function linCase() {
  const units = (arm: string) =>
    ofArm(arm).map((row) => ({
      outcome: Number(row['alerts']),
      covariates: [Number(row['baseline_alerts']), Number(row['days'])],
    }));
  const of = (interacted: boolean) =>
    made(ancova(units('B'), units('A'), { interacted, variance: 'HC2' })).adjusted;
  return {
    lin_estimate: of(true).estimate,
    lin_se: of(true).standardError,
    ancova_estimate: of(false).estimate,
    ancova_se: of(false).standardError,
  };
}

function smdCase() {
  const arm = small.filter((row) => row['arm'] === 'treatment');
  const control = small.filter((row) => row['arm'] === 'control');
  const female = (rows: typeof small) => ({
    count: rows.filter((row) => row['sex'] === 'F').length,
    of: rows.length,
  });
  const languages = [...new Set(small.map((row) => row['lang']))];
  const spoken = (rows: typeof small) =>
    languages.map((lang) => rows.filter((row) => row['lang'] === lang).length);
  return {
    age: made(continuousDifference({ arm: numbers(arm, 'age'), control: numbers(control, 'age') }))
      .estimate,
    female: made(binaryDifference({ arm: female(arm), control: female(control) })).estimate,
    lang: made(categoricalDifference({ arm: spoken(arm), control: spoken(control) })).estimate,
  };
}

function iccCase() {
  const children = new Map<string, { numerator: number; denominator: number }>();
  for (const { id = '', resp } of ohio) {
    const child = children.get(id) ?? { numerator: 0, denominator: 0 };
    child.numerator += Number(resp);
    child.denominator += 1;
    children.set(id, child);
  }
  const units = [...children.values()];
  const found = made(iccOfProportions([units]));
  return {
    msb: found.meanSquareBetween,
    msw: found.meanSquareWithin,
    m0: found.averageSize,
    anova: found.icc,
    fleiss_cuzick: found.fleissCuzick,
    smith_se: found.standardError,
    searle_ci: ends(found),
    design_effect: designEffect({ icc: found.icc, sizes: units.map((u) => u.denominator) }),
  };
}

function sprayModel() {
  const fit = made(
    quasiPoisson({
      outcome: numbers(sprays, 'count'),
      covariates: Object.fromEntries(
        sprayNames
          .slice(1)
          .map((name) => [name, sprays.map((row) => (row['spray'] === name ? 1 : 0))]),
      ),
    }),
  );
  const f = made(fit.test);
  return {
    beta: fit.coefficients,
    se: fit.standardErrors.model,
    dispersion: fit.dispersion,
    F: f.statistic,
    df1: f.degreesOfFreedom[0],
    df2: f.degreesOfFreedom[1],
    p_value: f.pValue,
  };
}

function sprayDunnett() {
  const arms = sprayNames.map((arm) => {
    const roots = sprays
      .filter((row) => row['spray'] === arm)
      .map((row) => Math.sqrt(Number(row['count'])));
    const mean = roots.reduce((a, b) => a + b, 0) / roots.length;
    const squares = roots.reduce((a, b) => a + (b - mean) ** 2, 0);
    return { arm, mean, variance: squares / (roots.length - 1), units: roots.length };
  });
  const found = made(dunnettTest(arms, { control: 'A' }));
  return {
    t: found.comparisons.map(({ statistic }) => statistic),
    p_adjusted: found.comparisons.map(({ adjusted }) => adjusted),
    critical: found.critical,
    ci_lower: found.comparisons.map(({ lower }) => lower),
    ci_upper: found.comparisons.map(({ upper }) => upper),
  };
}

function dunnettPoints() {
  const balanced = Math.sqrt(0.5);
  const point = (k: number, df: number, sides: 1 | 2) =>
    dunnett.quantile(
      0.05,
      { loadings: Array.from({ length: k }, () => balanced), df, sides },
      'upper',
    );
  return {
    k2_df20_two: point(2, 20, 2),
    k3_df30_two: point(3, 30, 2),
    k3_inf_two: point(3, Infinity, 2),
    k2_df10_one: point(2, 10, 1),
  };
}

function twoRates() {
  const found = made(
    poissonRateRatio({ events: 23, exposure: 310 }, { events: 41, exposure: 295 }),
  );
  return {
    ratio: found.estimate,
    ci_lower: found.lower,
    ci_upper: found.upper,
    p_value: found.pValue,
  };
}

function twoProportions() {
  const [one, two] = [
    { successes: 56, n: 70 },
    { successes: 48, n: 80 },
  ];
  const by = (method: 'newcombe' | 'miettinen-nurminen' | 'mee') =>
    made(proportionDifference(one, two, { method }));
  return {
    wilson_1: ends(made(proportion(one.successes, one.n))),
    wilson_2: ends(made(proportion(two.successes, two.n))),
    difference: by('newcombe').estimate,
    newcombe: ends(by('newcombe')),
    miettinen_nurminen: ends(by('miettinen-nurminen')),
    mee: ends(by('mee')),
  };
}

function marginOfDifference() {
  const found = made(
    nonInferiority(
      { estimate: -0.012, standardError: 0.018, degreesOfFreedom: 22 },
      { margin: 0.05, better: 'higher' },
    ),
  );
  return {
    t: found.statistic,
    p_noninferiority: found.pValue,
    lower_bound: found.bound,
    p_superiority: found.pSuperiority,
  };
}

function tost() {
  const found = made(
    equivalence(
      { estimate: 0.03, standardError: 0.06, degreesOfFreedom: 40 },
      { lower: Math.log(0.8), upper: Math.log(1.25) },
    ),
  );
  return {
    p_lower: found.pLower,
    p_upper: found.pUpper,
    p_tost: found.pValue,
    ci90: ends(found.interval),
  };
}

function epilEffect() {
  const fit = made(gee(seizures, { family: 'poisson' }));
  const effect = made(
    contrast(fit, 'progabide', {
      correction: 'CR0',
      degreesOfFreedom: 'normal',
      exponentiate: true,
    }),
  );
  return {
    ...fitOf(seizures, { family: 'poisson' }),
    log_ratio: Math.log(effect.estimate),
    se: effect.standardError,
    ratio: effect.estimate,
    ci_lower: effect.lower,
    ci_upper: effect.upper,
    p_value: effect.pValue,
  };
}

function exactSums() {
  const alerts = (arm: string) => numbers(ofArm(arm), 'alerts');
  const found = made(permutationTest(alerts('A'), alerts('B')));
  const total = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
  return {
    n_A: alerts('A').length,
    n_B: alerts('B').length,
    sum_A: total(alerts('A')),
    sum_B: total(alerts('B')),
    p_two_sided: found.pValue,
    p_perm_test: found.pValue,
  };
}

function sampleRatio(counts: readonly number[]) {
  const weights = counts.map(() => 1);
  const exact = testSampleRatio(counts, weights);
  const p = chiSquared.cdf(exact.chiSquared, counts.length - 1).upper;
  return { chi2: exact.chiSquared, p, chi2_p: p, exact_p: exact.pValue };
}

const adjusted = () => {
  const p = [0.012, 0.031, 0.034, 0.004, 0.22];
  return {
    holm: adjustPValues(p, 'holm'),
    hochberg: adjustPValues(p, 'hochberg'),
    hommel: adjustPValues(p, 'hommel'),
    bh: adjustPValues(p, 'benjamini-hochberg'),
    by: adjustPValues(p, 'benjamini-yekutieli'),
    bonferroni: adjustPValues(p, 'bonferroni'),
  };
};

/** Each case by our functions, in the shape in which its reference stands. */
const ours: Readonly<Record<string, () => unknown>> = {
  independent_proportions_56_70_48_80: twoProportions,
  ohio_logistic_exchangeable: () =>
    fitOf(wheeze, { family: 'binomial', correlation: 'exchangeable', scale: 'fixed' }),
  ohio_logistic_exchangeable_scale_estimated: () =>
    fitOf(wheeze, { family: 'binomial', correlation: 'exchangeable' }),
  small_trial_acceptance: acceptance,
  epil_poisson_independence: epilEffect,
  epil_poisson_exchangeable: () =>
    fitOf(seizures, { family: 'poisson', correlation: 'exchangeable' }),
  epil_poisson_exchangeable_gee_moments: () =>
    fitOf(seizures, { family: 'poisson', correlation: 'exchangeable', moments: 'gee' }),
  epil_small_sample_corrections: () => fitOf(seizures, { family: 'poisson' }),
  insectsprays_quasipoisson: sprayModel,
  small_trial_alert_rate_ratio_delta: alertRates,
  poisson_test_two_rates: twoRates,
  cuped_patient_small: cupedCase,
  lin_ancova_patient_small: linCase,
  epil_interaction_age: epilInteraction,
  balance_smd_small: smdCase,
  ohio_binary_icc: iccCase,
  p_adjust: adjusted,
  dunnett_critical_values: dunnettPoints,
  insectsprays_dunnett: sprayDunnett,
  cluster_risk_difference_ni: marginOfDifference,
  tost_log_rate_ratio: tost,
  small_trial_exact_rerandomisation: exactTests,
  small_trial_inverted_ci: invertedIntervals,
  patient_small_exact_sum_test: exactSums,
  chi2_821_920: () => sampleRatio([821, 920]),
  exact_multinomial_small: () => sampleRatio([12, 3, 9]),
};

/** Every number of a reference with the place where it stands. */
function leavesOf(value: unknown, path = ''): readonly (readonly [string, number])[] {
  if (typeof value === 'number') return [[path, value]];
  if (typeof value !== 'object' || value === null) throw new Error(`${path} is no number`);
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, `${path}/${key}`));
}

function at(value: unknown, path: string): unknown {
  return path
    .slice(1)
    .split('/')
    .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

describe('The reference results of others', () => {
  test('are all computed here', () => {
    expect(cases.map(({ name }) => name).sort()).toEqual(Object.keys(ours).sort());
  });

  test.each(cases)('$name', ({ name, expected, tolerance: { rel, abs } }) => {
    const found = ours[name]?.();
    const wrong = leavesOf(expected)
      .map(([path, value]) => ({ path, value, got: at(found, path) }))
      .filter(
        ({ value, got }) =>
          !(
            typeof got === 'number' && Math.abs(got - value) <= Math.max(abs, rel * Math.abs(value))
          ),
      );
    expect(wrong).toEqual([]);
  });
});
