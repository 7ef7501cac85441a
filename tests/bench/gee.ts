/**
 * How long estimating equations take on a million rows of ten thousand clusters with three
 * coefficients, all corrections of the variance included, beside R and Python. Their figures were
 * measured on a machine with two cores (R 4.2.2, statsmodels); with `PYTHON=python3`, of an
 * interpreter that has statsmodels, Python is run here on the same data for a ratio in one run.
 * Run with `npx tsx --conditions=@rapidcycle/source tests/bench/gee.ts`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gee } from '../../src/analysis/methods/gee/index.ts';
import { randomStream } from '../../src/stats/index.ts';

const rows = 1_000_000;
const clusters = 10_000;
const random = randomStream('gee bench');
const { next: uniform, normal: deviate } = random;

const effect = Float64Array.from({ length: clusters }, () => 0.3 * deviate());
const cluster = Int32Array.from({ length: rows }, (_, i) => Math.floor(i / (rows / clusters)));
const treated = Float64Array.from(cluster, (g) => g % 2);
const x = Float64Array.from({ length: rows }, deviate);
const predictor = Float64Array.from(
  cluster,
  (g, i) => 0.2 - 0.3 * (g % 2) + 0.2 * (x[i] ?? 0) + (effect[g] ?? 0),
);
const outcomes = {
  poisson: predictor.map((eta) => {
    // Knuth: uniforms multiplied until they pass exp(-mean).
    const least = Math.exp(-Math.exp(eta));
    let count = 0;
    for (let product = uniform(); product > least; product *= uniform()) count += 1;
    return count;
  }),
  binomial: predictor.map((eta) => (uniform() < 1 / (1 + Math.exp(-eta)) ? 1 : 0)),
};

const tasks = [
  { family: 'poisson', correlation: 'independence', r: 12.1, python: 2.61 },
  { family: 'poisson', correlation: 'exchangeable', r: 301, python: 5.39 },
  { family: 'binomial', correlation: 'independence', r: 5.7, python: 2.37 },
  { family: 'binomial', correlation: 'exchangeable', r: undefined, python: 5.85 },
] as const;

const recipe = `
import sys, time, json, warnings
import numpy as np
import statsmodels.api as sm
warnings.filterwarnings('ignore')
read = lambda name: np.fromfile(sys.argv[1] + '/' + name, dtype=float)
x = np.column_stack([np.ones(${rows}), read('treated'), read('x')])
cluster = read('cluster').astype(int)
seconds = []
for family, correlation in ${JSON.stringify(tasks.map(({ family, correlation }) => [family, correlation]))}:
    y = read(family)
    before = time.perf_counter()
    sm.GEE(y, x, groups=cluster,
           family=sm.families.Poisson() if family == 'poisson' else sm.families.Binomial(),
           cov_struct=sm.cov_struct.Independence() if correlation == 'independence' else sm.cov_struct.Exchangeable()).fit()
    seconds.append(time.perf_counter() - before)
print(json.dumps(seconds))
`;

/** Seconds that statsmodels takes on the same data, where there is one. */
function timePython(): readonly (number | undefined)[] {
  const python = process.env['PYTHON'];
  if (python === undefined) return [];
  const folder = mkdtempSync(join(tmpdir(), 'gee-bench-'));
  try {
    const columns = { treated, x, cluster: Float64Array.from(cluster), ...outcomes };
    for (const [name, values] of Object.entries(columns)) {
      writeFileSync(join(folder, name), new Uint8Array(values.buffer));
    }
    const printed = execFileSync(python, ['-c', recipe, folder], { encoding: 'utf8' });
    return JSON.parse(printed) as readonly number[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const here = timePython();
const seconds = (value: number | undefined): string =>
  (value === undefined ? '-' : value.toFixed(2)).padStart(7);
console.log('seconds'.padEnd(26), '  here', '     R', ' Python', ' Python here', '  ratio');
tasks.forEach(({ family, correlation, r, python }, i) => {
  const before = performance.now();
  const fit = gee(
    { outcome: outcomes[family], cluster, covariates: { treated, x } },
    { family, correlation },
  );
  if (!fit.estimable) throw new Error(fit.reason);
  const own = (performance.now() - before) / 1000;
  const theirs = here[i];
  console.log(
    `${family} ${correlation}`.padEnd(25),
    seconds(own),
    seconds(r),
    seconds(python),
    seconds(theirs).padStart(12),
    (theirs === undefined ? '-' : `${(theirs / own).toFixed(1)} ×`).padStart(7),
  );
});
