/**
 * How long re-randomisation takes beside the same work in R and Python, whose times were measured
 * once on two cores (R 4.2.2: a loop, or a matrix product; numpy: a matrix product). Timings depend
 * on the machine. Run with `npx tsx --conditions=@rapidcycle/source tests/bench/rerandomization.ts`.
 */
import type { Procedure } from '../../src/analysis/methods/rerandomization/index.ts';
import {
  permutationTest,
  rerandomizationInterval,
  rerandomize,
  rerandomizeArms,
} from '../../src/analysis/methods/rerandomization/index.ts';
import { randomStream } from '../../src/stats/index.ts';

const unitsOf = (n: number) => {
  const stream = randomStream('bench', n);
  return Array.from({ length: n }, (_, i) => ({
    numerator: stream.integer(60),
    denominator: 1 + stream.integer(90),
    treated: i % 2 === 0,
  }));
};
const complete = { kind: 'complete' } as const;
const hashed = { kind: 'hashed' } as const;
const weighted = { kind: 'hashed', weights: [1, 2] } as const;
const blocked = (n: number): Procedure => ({
  kind: 'stratified',
  strata: Array.from({ length: n }, (_, i) => Math.floor(i / 8)),
});
const options = { statistic: 'logRatio', seed: 1, draws: 10_000 } as const;

let sink = 0;
const test = (n: number, procedure: Procedure) => {
  const units = unitsOf(n);
  return () => {
    const found = rerandomize(units, { ...options, procedure });
    if (found.estimable) sink += found.pValue;
  };
};
const interval = (n: number, procedure: Procedure) => {
  const units = unitsOf(n);
  return () => {
    const found = rerandomizationInterval(units, { ...options, draws: 9_999, procedure });
    if (found.estimable) sink += found.upper ?? 0;
  };
};
const arms = unitsOf(150).map((unit, i) => ({ ...unit, arm: i % 3 }));
const counts = unitsOf(140).map(({ numerator }) => numerator % 12);

interface Contestant {
  readonly name: string;
  readonly run: () => void;
  /** Seconds elsewhere. */
  readonly elsewhere: string;
  readonly rounds: number;
}

const small = 'R 0.56 s (loop), 0.36 s (unstudentised); numpy 0.063 s';
const large = 'R 9.0 s (scaled from 1,000); numpy 5.9 s';
const contestants: readonly Contestant[] = [
  { name: '10,000 × 150 units, complete', run: test(150, complete), elsewhere: small, rounds: 15 },
  { name: '10,000 × 150 units, hashed', run: test(150, hashed), elsewhere: small, rounds: 15 },
  {
    name: '10,000 × 150 units, hashed 1 : 2',
    run: test(150, weighted),
    elsewhere: small,
    rounds: 15,
  },
  {
    name: '10,000 × 150 units, blocks of 8',
    run: test(150, blocked(150)),
    elsewhere: small,
    rounds: 15,
  },
  {
    name: '10,000 × 20,000 patients, complete',
    run: test(20_000, complete),
    elsewhere: large,
    rounds: 3,
  },
  {
    name: '10,000 × 20,000 patients, hashed',
    run: test(20_000, hashed),
    elsewhere: large,
    rounds: 3,
  },
  { name: 'inverted interval, 24 units', run: interval(24, complete), elsewhere: '', rounds: 9 },
  { name: 'inverted interval, 150 units', run: interval(150, complete), elsewhere: '', rounds: 9 },
  {
    name: 'three arms of 50, W and max-T',
    run: () => {
      const found = rerandomizeArms(arms, { ...options, procedure: complete, arms: 3 });
      if (found.estimable) sink += found.omnibus.pValue;
    },
    elsewhere: '',
    rounds: 9,
  },
  {
    name: 'exact permutation test, 70 against 70',
    run: () => {
      const found = permutationTest(counts.slice(0, 70), counts.slice(70));
      if (found.estimable) sink += found.pValue;
    },
    elsewhere: '',
    rounds: 9,
  },
];

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
for (const { name, run, elsewhere, rounds } of contestants) {
  const [first = Number.NaN, ...times] = Array.from({ length: rounds + 1 }, () => {
    const before = performance.now();
    run();
    return performance.now() - before;
  });
  console.log(
    `${name.padEnd(40)} ${median(times).toFixed(1).padStart(8)} ms (first ${first.toFixed(1)} ms)   ${elsewhere}`,
  );
}
console.log(`(medians; checksum ${sink.toFixed(6)})`);
