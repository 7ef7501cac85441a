/**
 * Does the default method for rates hold its level with few clusters? Simulates trials of alerts per
 * patient-day with 5 to 25 practices an arm, without an effect and at a rate ratio of 0.7, and prints
 * how often each method rejects at a nominal 5 %, beside the table from which the default was chosen
 * (20,000 trials a row; its re-randomisation column 1,500). Run by hand:
 * `npx tsx --conditions=@rapidcycle/source tests/calibration/small-clusters.ts 2000` (trials a row,
 * default 2,000). Ends with 1 when the default is more than 4 Monte Carlo standard errors off.
 *
 * The published table gives the number of practices, the spread of their sizes (coefficient of
 * variation) and of their log rates (0.3), and negative binomial patients. The rest is chosen here, so
 * that the naive test rejects as often as published: practice sizes log-normal with a mean of 40
 * patients (rounded up; gamma sizes with a variation of 1 make so many tiny practices that the t test
 * of log rates has less power than published); a patient's days 1 + Poisson(4); 0.8 alerts a
 * patient-day in a practice of rate 1; patients' own rates exponential (negative binomial with
 * dispersion 1). Given those rates a practice's alerts are Poisson.
 */
import { clusterMeans } from '../../src/analysis/methods/clusters/index.ts';
import type { UnitTotals } from '../../src/analysis/methods/ratio-of-totals.ts';
import { ratioOfTotals, relativeOf } from '../../src/analysis/methods/ratio-of-totals.ts';
import { rerandomize } from '../../src/analysis/methods/rerandomization/index.ts';
import { normal, poisson, randomStream } from '../../src/stats/index.ts';
import type { RandomStream } from '../../src/stats/index.ts';

const trials = Number(process.argv[2] ?? 2000);
if (!Number.isInteger(trials) || trials < 1) {
  throw new RangeError('give the number of trials a row, such as 2000');
}
/** Re-randomisation costs more than all else together. */
const rerandomized = Math.ceil(trials / 2);
const clusterSpread = 0.3;
const meanSize = 40;
const meanFurtherDays = 4;
const alertsPerDay = 0.8;
const alpha = 0.05;

const methods = [
  'naive z',
  'CR0 z',
  'CR0 t',
  'k/(k-1) t',
  'KC t',
  'MD t',
  'MD z',
  'log-rate t',
  're-rand.',
] as const;
type Method = (typeof methods)[number];

/** A row of the published table: type I error by method, and power at 0.7 of two of them. */
interface Row {
  readonly perArm: number;
  readonly variation: number;
  readonly typeOne: readonly number[];
  readonly power: { readonly 'MD t': number; readonly 'log-rate t': number };
}

const row = (
  [perArm, variation]: readonly [number, number],
  typeOne: readonly number[],
  [md, logRate]: readonly [number, number],
): Row => ({ perArm, variation, typeOne, power: { 'MD t': md, 'log-rate t': logRate } });

const published: readonly Row[] = [
  row([5, 0.4], [0.69, 0.144, 0.091, 0.063, 0.06, 0.038, 0.067, 0.049, 0.039], [0.23, 0.28]),
  row([5, 1], [0.71, 0.198, 0.139, 0.107, 0.089, 0.047, 0.08, 0.048, 0.047], [0.2, 0.24]),
  row([8, 0.6], [0.7, 0.122, 0.094, 0.076, 0.07, 0.049, 0.07, 0.051, 0.055], [0.38, 0.43]),
  row([8, 1], [0.72, 0.147, 0.117, 0.097, 0.08, 0.054, 0.071, 0.049, 0.054], [0.34, 0.39]),
  row([12, 0.6], [0.71, 0.096, 0.079, 0.069, 0.064, 0.049, 0.062, 0.048, 0.043], [0.55, 0.61]),
  row([12, 1], [0.73, 0.118, 0.099, 0.085, 0.072, 0.052, 0.064, 0.048, 0.043], [0.49, 0.55]),
  row([25, 1], [0.74, 0.086, 0.078, 0.073, 0.066, 0.053, 0.06, 0.051, 0.048], [0.77, 0.86]),
];
const publishedTrials = 20_000;

/** The number of a Poisson variable with small mean, by multiplying uniform numbers. */
function fewOf(mean: number, stream: RandomStream): number {
  const end = Math.exp(-mean);
  let count = 0;
  for (let product = stream.next(); product > end; product *= stream.next()) count += 1;
  return count;
}

function practice(variation: number, rateRatio: number, stream: RandomStream): UnitTotals {
  const logVariance = Math.log1p(variation ** 2);
  const patients = Math.ceil(
    meanSize * Math.exp(Math.sqrt(logVariance) * stream.normal() - logVariance / 2),
  );
  let days = 0;
  let expected = 0;
  for (let patient = 0; patient < patients; patient += 1) {
    const stay = 1 + fewOf(meanFurtherDays, stream);
    days += stay;
    expected -= stay * Math.log(1 - stream.next());
  }
  const rate = alertsPerDay * rateRatio * Math.exp(clusterSpread * stream.normal());
  return { numerator: poisson.quantile(stream.next(), rate * expected), denominator: days };
}

/** The two-sided p value of a statistic by the normal distribution. */
const byNormal = (statistic: number): number => 2 * normal.cdf(Math.abs(statistic)).upper;

/** The p value of every method that is asked for on one trial. */
function pValuesOf(
  arm: readonly UnitTotals[],
  control: readonly UnitTotals[],
  { seed, replay }: { readonly seed: string; readonly replay: boolean },
): Partial<Record<Method, number>> {
  const relative = (correction: 'CR0' | 'delta' | 'KC' | 'MD') => {
    const [one, other] = [ratioOfTotals(arm, correction), ratioOfTotals(control, correction)];
    if (!one.estimable || !other.estimable) return undefined;
    const effect = relativeOf(one, other, 1 - alpha);
    return effect.estimable ? { one, other, ...effect } : undefined;
  };
  const [cr0, delta, kc, md] = [relative('CR0'), relative('delta'), relative('KC'), relative('MD')];
  // A trial without an estimate rejects nothing.
  if (cr0 === undefined || delta === undefined || kc === undefined || md === undefined) return {};
  const naive = Math.sqrt(1 / md.one.numerator + 1 / md.other.numerator);
  const logRates = clusterMeans(arm, control, { summary: 'logRatio' });
  const units = [
    ...control.map((unit) => ({ ...unit, treated: false })),
    ...arm.map((unit) => ({ ...unit, treated: true })),
  ];
  const replayed = replay
    ? rerandomize(units, {
        procedure: { kind: 'complete' },
        draws: 999,
        enumerateUpTo: 1_000,
        seed,
        statistic: 'logRatio',
      })
    : undefined;
  return {
    'naive z': byNormal(Math.log(md.estimate) / naive),
    'CR0 z': byNormal(cr0.statistic),
    'CR0 t': cr0.pValue,
    'k/(k-1) t': delta.pValue,
    'KC t': kc.pValue,
    'MD t': md.pValue,
    'MD z': byNormal(md.statistic),
    ...(logRates.estimable ? { 'log-rate t': logRates.effect.pValue } : {}),
    ...(replayed?.estimable ? { 're-rand.': replayed.pValue } : {}),
  };
}

/** The share of trials of a row in which each method rejects. */
function rejections(
  { perArm, variation }: Row,
  rateRatio: number,
): Readonly<Record<Method, number>> {
  const counts = new Map<Method, number>();
  const name = `${perArm} practices, ${variation}, ratio ${rateRatio}`;
  for (let trial = 0; trial < trials; trial += 1) {
    const stream = randomStream(name, trial);
    const armOf = (ratio: number) =>
      Array.from({ length: perArm }, () => practice(variation, ratio, stream));
    const control = armOf(1);
    const pValues = pValuesOf(armOf(rateRatio), control, {
      seed: `${name}, trial ${trial}`,
      replay: trial < rerandomized,
    });
    for (const method of methods) {
      if ((pValues[method] ?? 1) <= alpha) counts.set(method, (counts.get(method) ?? 0) + 1);
    }
  }
  return Object.fromEntries(
    methods.map((method) => [method, (counts.get(method) ?? 0) / trialsOf(method)]),
  ) as Record<Method, number>;
}

const trialsOf = (method: Method) => (method === 're-rand.' ? rerandomized : trials);
const errorOf = (share: number, n: number) => Math.sqrt((share * (1 - share)) / n);
const cells = (values: readonly string[]) => values.map((value) => value.padStart(13)).join('');
const figures = (shares: Readonly<Record<Method, number>>) =>
  cells(
    methods.map((method) => {
      const share = shares[method];
      return `${share.toFixed(3)} ±${errorOf(share, trialsOf(method)).toFixed(3)}`;
    }),
  );

let off = 0;
const begun = performance.now();
for (const rateRatio of [1, 0.7]) {
  console.log(
    rateRatio === 1
      ? `Type I error at a nominal 5 %: ${trials} trials a row (re-randomisation ${rerandomized}), ± Monte Carlo standard error`
      : `\nPower at a rate ratio of ${rateRatio}`,
  );
  console.log(`${'per arm, CV'.padEnd(12)}${cells(methods)}`);
  for (const each of published) {
    const shares = rejections(each, rateRatio);
    console.log(`${`${each.perArm}, ${each.variation}`.padEnd(12)}${figures(shares)}`);
    const beside = methods.map((method, i) =>
      rateRatio === 1
        ? (each.typeOne[i] ?? 0).toFixed(3)
        : method === 'MD t' || method === 'log-rate t'
          ? each.power[method].toFixed(2)
          : '',
    );
    console.log(`${'  published'.padEnd(12)}${cells(beside)}`);
    if (rateRatio !== 1) continue;
    const known = each.typeOne[methods.indexOf('MD t')] ?? 0;
    const share = shares['MD t'];
    const error = Math.hypot(errorOf(known, trials), errorOf(known, publishedTrials));
    if (Math.abs(share - known) > 4 * error) {
      off += 1;
      console.log(`  MD t is ${(Math.abs(share - known) / error).toFixed(1)} standard errors off`);
    }
  }
}
console.log(`\n${((performance.now() - begun) / 1000).toFixed(0)} s`);
process.exitCode = off > 0 ? 1 : 0;
