/**
 * The statistical methods by themselves, on plain numbers: for an analyst who has the totals of twelve
 * practices and wants to see how far the answer depends on the method. The numbers are synthetic.
 */
import type { NotEstimable, UnitTotals } from 'rapidcycle/analysis';
import {
  attainablePValue,
  clusterMeans,
  compareEstimands,
  contrast,
  differenceOf,
  equivalence,
  gee,
  iccOfProportions,
  ratioCuped,
  ratioOfTotals,
  relativeOf,
  rerandomizationInterval,
  rerandomize,
} from 'rapidcycle/analysis';
import { randomStream } from 'rapidcycle/stats';

// --- Twelve practices: alerts, patient-days, accepted alerts, and alerts before the trial ----------
const random = randomStream('choose a method');
const practices = Array.from({ length: 12 }, (_, i) => {
  const days = 400 + random.integer(1_600);
  const habit = Math.exp(0.3 * random.normal());
  const before = Math.round(days * 0.5 * habit * Math.exp(0.05 * random.normal()));
  const treated = i % 2 === 1;
  const alerts = Math.round(days * 0.5 * habit * (treated ? 0.75 : 1));
  return {
    treated,
    days,
    alerts,
    before,
    accepted: Math.round(alerts * (0.1 + 0.1 * random.next())),
  };
});
const arm = practices.filter(({ treated }) => treated);
const control = practices.filter(({ treated }) => !treated);
const perDay = (list: typeof practices): readonly UnitTotals[] =>
  list.map(({ alerts, days }) => ({ numerator: alerts, denominator: days }));
const perAlert = (list: typeof practices): readonly UnitTotals[] =>
  list.map(({ accepted, alerts }) => ({ numerator: accepted, denominator: alerts }));

interface Interval {
  readonly estimate: number;
  readonly lower: number | null;
  readonly upper: number | null;
}

/** Prints an interval, or why there is none. */
function show(name: string, found: Interval | NotEstimable): void {
  const text =
    'reason' in found
      ? found.reason
      : `${found.estimate.toFixed(3)} (${found.lower?.toFixed(3)} to ${found.upper?.toFixed(3)})`;
  console.log(`${name.padEnd(44)}${text}`);
}

// --- Before anything else: could six against six show something at all? ----------------------------
const { twoSided } = attainablePValue({ arm: arm.length, control: control.length });
console.log(`Smallest two-sided p of 6 against 6: ${twoSided.toFixed(4)}`);

// --- Alerts per patient-day, arm over control -------------------------------------------------------
const [treated, usual] = [ratioOfTotals(perDay(arm)), ratioOfTotals(perDay(control))];
if (!treated.estimable || !usual.estimable) throw new Error('each arm needs two practices');
show('Ratio of totals, Mancl-DeRouen, t', relativeOf(treated, usual, 0.95));

const fit = gee(
  {
    outcome: practices.map(({ alerts }) => alerts),
    cluster: practices.map((_, i) => i),
    covariates: { treated: practices.map((practice) => Number(practice.treated)) },
    offset: practices.map(({ days }) => Math.log(days)),
  },
  { family: 'poisson' },
);
if (!fit.estimable) throw new Error(fit.reason);
show('The same as estimating equations', contrast(fit, 'treated', { exponentiate: true }));
show(
  '  with Kauermann-Carroll and Satterthwaite',
  contrast(fit, 'treated', {
    correction: 'KC',
    degreesOfFreedom: 'satterthwaite',
    exponentiate: true,
  }),
);

const units = practices.map((each) => ({
  treated: each.treated,
  numerator: each.alerts,
  denominator: each.days,
}));
const replay = { procedure: { kind: 'complete' }, statistic: 'logRatio', seed: 'example' } as const;
show('Re-randomisation, interval by inversion', rerandomizationInterval(units, replay));
const test = rerandomize(units, replay);
if (test.estimable)
  console.log(`  p = ${test.pValue.toFixed(4)}, ${test.method}: ${test.draws} assignments`);

const means = clusterMeans(perDay(arm), perDay(control), { summary: 'logRatio' });
show('t test of log rates, practices alike', means.estimable ? means.effect : means);
const estimands = compareEstimands(perDay(arm), perDay(control));
show('Event average over unit average', estimands.estimable ? estimands.difference : estimands);

// --- With what was there before: a rate from before the trial, never one from after its start -------
const withBaseline = (list: typeof practices) =>
  list.map(({ alerts, days, before }) => ({
    numerator: alerts,
    denominator: days,
    baselineNumerator: before,
    baselineDenominator: days,
  }));
const adjusted = ratioCuped(withBaseline(arm), withBaseline(control), { scale: 'logRatio' });
show('Adjusted for the rate before the trial', adjusted.estimable ? adjusted.adjusted : adjusted);

// --- Acceptance per alert: how alike within practices, and is it the same in both arms? -------------
const icc = iccOfProportions([perAlert(arm), perAlert(control)]);
show('Intraclass correlation of acceptance', icc.estimable ? { ...icc, estimate: icc.icc } : icc);
const [one, other] = [ratioOfTotals(perAlert(arm)), ratioOfTotals(perAlert(control))];
if (one.estimable && other.estimable) {
  const difference = differenceOf(one, other, 0.9);
  show('Acceptance, difference (90 %)', difference);
  if (difference.estimable) {
    const same = equivalence(difference, { lower: -0.05, upper: 0.05 });
    if (same.estimable) {
      console.log(
        `  within 5 points either way: ${same.passed ? 'shown' : 'not shown'}, p = ${same.pValue.toFixed(4)}`,
      );
    }
  }
}
