/**
 * Does a re-randomisation test hold its level when it replays the design by which practices were
 * allocated? Simulates trials of alerts per patient-day in 8, 16 and 30 practices whose rates go with
 * the covariates that the designs balance, without an effect and with a rate ratio of 0.7 in the first
 * arm, and prints how often each test rejects at a nominal two-sided 5 %:
 *
 * - replayed: re-randomisation by the design that was used;
 * - adjusted: the same of the residuals of a log-linear model of the covariates, without treatment;
 * - as complete: re-randomisation as if every allocation with these arm sizes had been possible;
 * - t test: of the log rate ratio, with the Mancl-DeRouen variance, which does not know the design.
 *
 * A design that balances what the outcome depends on makes the last two reject too seldom (Li et al.
 * 2016, Stat Med 35:1565). `least p` is the smallest two-sided p value that the
 * replayed test could have given in any of the trials: above 0.05 the design can show nothing.
 *
 * The practices of a row are the same in all trials; allocation (for blocks, their sizes too) and
 * outcomes are drawn anew. The model is that of `allocated-trial.ts`. With three arms the pair is the
 * first against the control arm, the practices of the third held, and `joint` is the test of all three.
 *
 * All assignments are gone through where there are at most 2,000 of them, or a list; else 499 are drawn.
 * Run by hand: `npm run calibrate:allocation -- 2000` (trials a row, default 2,000; a quarter of them
 * for power). Ends with 1 when a test that replays the design rejects more than 3 Monte Carlo standard
 * errors above 5 %.
 */
import { randomizerOf } from '../../src/allocation/randomizers/index.ts';
import { randomStream } from '../../src/stats/index.ts';
import type { AllocationMethod, Covariate } from '../../src/trial/allocation-plan.ts';
import type { Answers, Test } from './allocated-trial.ts';
import {
  clusterSpread,
  compareAll,
  comparePair,
  explained,
  outcomesOf,
  practicesOf,
  tests,
} from './allocated-trial.ts';

const trials = Number(process.argv[2] ?? 2000);
if (!Number.isInteger(trials) || trials < 1) {
  throw new RangeError('give the number of trials a row, such as 2000');
}
const alpha = 0.05;
const rateRatio = 0.7;
const draws = 499;
const enumerateUpTo = 2000;

interface Row {
  readonly practices: number;
  readonly arms: number;
  readonly name: string;
  readonly method: AllocationMethod;
}

const covariates: readonly Covariate[] = [
  { name: 'baseline' },
  { name: 'urban', kind: 'categorical' },
];

const constrained = (
  quantile: number,
  options: { readonly enumerateUpTo?: number } = {},
): AllocationMethod => ({ method: 'constrained', covariates, cutoff: { quantile }, ...options });

// Eight practices are too few for both strata: most would have no other practice beside them.
const blocks = (practices: number, sizes: readonly number[]): AllocationMethod => ({
  method: 'blocks',
  sizes,
  strata: practices > 8 ? ['volume', 'urban'] : ['volume'],
});

const rows: readonly Row[] = [
  ...[8, 16, 30].flatMap((practices) =>
    Object.entries<AllocationMethod>({
      complete: { method: 'complete' },
      blocks: blocks(practices, [2, 4]),
      'matched pairs': { method: 'matched', covariates },
      'constrained, best 10 %': constrained(0.1),
      // Of the 70 allocations of 8 practices a tenth is too few for any p value below 0.05.
      ...(practices === 8 ? { 'constrained, best 60 %': constrained(0.6) } : {}),
      minimisation: { method: 'minimisation', factors: [{ name: 'volume' }, { name: 'urban' }] },
    }).map(([name, method]) => ({ practices, arms: 2, name, method })),
  ),
  ...[16, 30].flatMap((practices) => [
    { practices, arms: 3, name: 'blocks', method: blocks(practices, [3, 6]) },
    {
      practices,
      arms: 3,
      name: 'constrained, best 10 %',
      // Rather than going through 184,756 rearrangements of 20 practices in every trial.
      method: constrained(0.1, { enumerateUpTo: 10_000 }),
    },
  ]),
];

/** What the trials of a row came to. */
interface Tally {
  readonly label: string;
  readonly rejected: Map<Test, number>;
  /** Trials in which a test could not be had, which count as not rejected. */
  readonly missing: Map<Test, number>;
  least: number;
}

const bump = (counts: Map<Test, number>, test: Test): void => {
  counts.set(test, (counts.get(test) ?? 0) + 1);
};

function add(tally: Tally, { pValues, least }: Answers): void {
  tally.least = Math.min(tally.least, least);
  for (const test of tests) {
    const pValue = pValues[test];
    if (pValue === undefined) bump(tally.missing, test);
    else if (pValue <= alpha) bump(tally.rejected, test);
  }
}

/** Runs the trials of a row: its tally, and with more than two arms another of the joint test. */
function run(
  { practices: count, arms, name, method }: Row,
  { ratio, repeats }: { readonly ratio: number; readonly repeats: number },
): readonly Tally[] {
  const practices = practicesOf(count);
  const weights = Array<number>(arms).fill(1);
  const ratios = weights.map((_, group) => (group === 1 ? ratio : 1));
  const seed = [name, count, arms, ratio];
  const made = (own: readonly (string | number)[]) =>
    randomizerOf(method, { clusters: [practices.clusters], weights, seed: own });
  const fixed = made(seed);
  const tallyOf = (suffix: string): Tally => ({
    label: `${name}${suffix}`,
    rejected: new Map(),
    missing: new Map(),
    least: 1,
  });
  const [pair, joint] = [tallyOf(arms > 2 ? ', pair' : ''), tallyOf(', joint')];
  for (let number = 0; number < repeats; number += 1) {
    const stream = randomStream(seed, number);
    const randomizer = method.method === 'blocks' ? made([...seed, number]) : fixed;
    const groups = randomizer.draw(() => stream);
    const outcomes = outcomesOf(practices, { groups, ratios, stream });
    const trial = {
      practices,
      randomizer,
      groups,
      outcomes,
      draws,
      enumerateUpTo,
      seed: [...seed, number],
    };
    add(pair, comparePair(trial));
    if (arms > 2) add(joint, compareAll(trial));
  }
  return arms > 2 ? [pair, joint] : [pair];
}

const errorOf = (share: number, n: number): number => Math.sqrt((share * (1 - share)) / n);
const cells = (values: readonly string[]): string =>
  values.map((value) => value.padStart(14)).join('');
const bound = alpha + 3 * errorOf(alpha, trials);
const above: string[] = [];
let replays = 0;

const begun = performance.now();
for (const ratio of [1, rateRatio]) {
  const repeats = ratio === 1 ? trials : Math.ceil(trials / 4);
  console.log(
    ratio === 1
      ? `Type I error at a nominal two-sided 5 %: ${trials} trials a row, ± Monte Carlo standard error.\nStandard deviation of log rates between practices ${clusterSpread}, of whose square the balanced covariates explain ${100 * explained} %.`
      : `\nPower at a rate ratio of ${ratio} in the first arm: ${repeats} trials a row`,
  );
  console.log(`${'practices, arms, design'.padEnd(38)}${'least p'.padStart(9)}${cells(tests)}`);
  for (const row of rows) {
    for (const { label, rejected, missing, least } of run(row, { ratio, repeats })) {
      const shares = tests.map((test) => (rejected.get(test) ?? 0) / repeats);
      const name = `${String(row.practices).padStart(2)}, ${row.arms}, ${label}`;
      const shown = shares.map((share, t) =>
        missing.get(tests[t] ?? 'replayed') === repeats
          ? ''
          : `${share.toFixed(3)} ±${errorOf(share, repeats).toFixed(3)}`,
      );
      console.log(`${name.padEnd(38)}${least.toPrecision(2).padStart(9)}${cells(shown)}`);
      const partly = tests.filter((test) => {
        const count = missing.get(test) ?? 0;
        return count > 0 && count < repeats;
      });
      for (const test of partly) {
        console.log(`    ${test}: not to be had in ${missing.get(test)} trials`);
      }
      if (ratio !== 1) continue;
      for (const [t, test] of (['replayed', 'adjusted'] as const).entries()) {
        replays += 1;
        if ((shares[t] ?? 0) > bound) above.push(`${name}: ${test} ${shares[t]?.toFixed(3)}`);
      }
    }
  }
}
console.log(`\n${((performance.now() - begun) / 1000).toFixed(0)} s`);
console.log(
  above.length === 0
    ? `None of the ${replays} tests that replay the design rejects above 5 % + 3 standard errors (${bound.toFixed(4)}).`
    : `Above 5 % + 3 standard errors (${bound.toFixed(4)}): ${above.join('; ')}.`,
);
process.exitCode = above.length > 0 ? 1 : 0;
