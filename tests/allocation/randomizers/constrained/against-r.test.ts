import { describe, expect, test } from '@jest/globals';
import {
  constrainedRandomizer,
  constraintOf,
} from '../../../../src/allocation/randomizers/constrained/index.ts';
import { candidatesOf } from '../../../../src/allocation/randomizers/constrained/candidates.ts';
import { quantileOf } from '../../../../src/allocation/randomizers/constrained/quantile.ts';
import { scoreOf } from '../../../../src/allocation/randomizers/constrained/score.ts';
import { randomStream } from '../../../../src/stats/index.ts';
import type { ConstrainedMethod } from '../../../../src/trial/allocation-plan.ts';
import { cases, listOf, near, published } from './data.ts';

describe.each(cases)('As R finds it: $name', (reference) => {
  const { method, weights } = reference;
  const setting = { clusters: [reference.clusters], weights, seed: 'any' };
  const shown = constraintOf(method, setting);

  test('the allocations possible, their scores and the cut-off', () => {
    expect(shown.possible.count).toBe(reference.possible);
    near(shown.possible.log10, Math.log10(reference.possible));
    expect([shown.enumerated, shown.looked]).toEqual([true, reference.possible]);
    near(shown.cutoff, reference.cutoff);
    shown.scores.forEach(({ score }, i) => near(score, reference.quantiles[i] ?? Number.NaN));
    near(shown.meanScore.complete, reference.mean);
    near(shown.meanScore.constrained, reference.meanOfCandidates);
    const score = scoreOf(reference.clusters, { ...method, groups: weights.length });
    near(score.of(Uint8Array.from(reference.firstGroups)), reference.first);
  });

  test('exactly these candidates', () => {
    const { draw, redraw } = constrainedRandomizer(method, setting);
    const drawn = draw(() => randomStream(3));
    const list = listOf(redraw(drawn)).map((groups) => groups.join(''));
    expect([...list].sort()).toEqual(reference.kept);
    expect(list).toContain(drawn.join(''));
    expect(shown.candidates).toMatchObject({ count: reference.candidates, standardError: 0 });
    near(shown.candidates.share, reference.candidates / reference.possible);
    near(shown.candidates.log10, Math.log10(reference.candidates));
  });

  test('the pairs, chances and differences of the candidates', () => {
    near(shown.together.least.share, reference.least);
    near(shown.together.most.share, reference.most);
    expect(shown.together).toMatchObject({ exact: true, allocations: reference.candidates });
    shown.chances.forEach(({ least, most, expected }, group) => {
      near(least, reference.chances[group]?.[0] ?? Number.NaN);
      near(most, reference.chances[group]?.[1] ?? Number.NaN);
      near(expected, (weights[group] ?? 0) / weights.reduce((sum, weight) => sum + weight, 0));
    });
    expect(shown.covariates).toHaveLength(reference.complete.length);
    shown.covariates.forEach(({ complete, constrained }, k) => {
      near(complete, reference.complete[k] ?? Number.NaN);
      near(constrained, reference.constrained[k] ?? Number.NaN);
    });
  });
});

describe('The sixteen counties of Dickinson and others', () => {
  const { clusters, expected } = published.counties;
  const covariates = [
    { name: 'location', kind: 'categorical' },
    { name: 'registry' },
    { name: 'upToDate' },
    { name: 'hispanic' },
    { name: 'income', kind: 'categorical' },
  ] as const;
  const setting = { clusters: [clusters], weights: [1, 1], seed: 1 };

  test('have 12,870 allocations with a mean score of exactly 1.5, and 1,288 in the best tenth', () => {
    const shown = constraintOf({ method: 'constrained', covariates }, setting);
    expect(shown.covariates.map(({ name }) => name)).toEqual([
      'location = Urban',
      'registry',
      'upToDate',
      'hispanic',
      'income = Low',
      'income = Med',
    ]);
    expect(shown.possible).toEqual({ count: expected.possible, log10: Math.log10(12_870) });
    near(shown.meanScore.complete, expected.mean, { rel: 1e-13 });
    expect(shown.candidates.count).toBe(expected.upToTenth);
    for (const { quantile, score } of shown.scores) {
      const known = expected.l2[quantile];
      if (known !== undefined) near(score, known, { abs: 5e-7, rel: 0 });
    }
    near(shown.cost.smallestPValue.constrained, 2 / 1288);
    near(shown.cost.smallestPValue.complete, 2 / 12_870);
    near(shown.cost.excluded, 1 - 1288 / 12_870);
    near(shown.together.expected, 7 / 15);
    expect(shown.warnings).toEqual([]);
  });

  test('have 1,286 allocations strictly below the tenth, whose pair would be split by 1,287', () => {
    const { sorted } = candidatesOf(
      { method: 'constrained', covariates },
      { clusters, weights: [1, 1], seed: 1 },
    );
    const tenth = quantileOf(sorted, 0.1);
    near(tenth, expected.l2['0.1'] ?? 0, { abs: 5e-7, rel: 0 });
    near(quantileOf(sorted, 0.2), expected.l2['0.2'] ?? 0, { abs: 5e-7, rel: 0 });
    expect(sorted.filter((score) => score < tenth * (1 - 1e-12))).toHaveLength(expected.belowTenth);
    expect(sorted.filter((score) => score <= tenth * (1 + 1e-12))).toHaveLength(expected.upToTenth);
  });

  test('have the published l1 scores', () => {
    const { scores } = constraintOf({ method: 'constrained', covariates, score: 'l1' }, setting);
    near(scores[0]?.score, expected.l1['0'] ?? 0, { abs: 5e-7, rel: 0 });
    near(scores[2]?.score, expected.l1['0.1'] ?? 0, { abs: 5e-7, rel: 0 });
  });
});

test('Twelve practices in two arms have the scores, candidates and pairs of the reference', () => {
  const { clusters, expected, tolerance } = published.twelve;
  const method: ConstrainedMethod = {
    method: 'constrained',
    covariates: [{ name: 'size' }, { name: 'baseline_rate' }, { name: 'urban' }],
    cutoff: { quantile: 0.1 },
  };
  const shown = constraintOf(method, { clusters: [clusters], weights: [1, 1], seed: 1 });
  const score = scoreOf(clusters, { ...method, groups: 2 });
  const found = {
    n: shown.possible.count ?? 0,
    min: shown.scores[0]?.score,
    max: shown.scores.at(-1)?.score,
    cutoff: shown.cutoff,
    n_accepted: shown.candidates.count ?? 0,
    pair_same_arm_min: shown.together.least.share,
    pair_same_arm_max: shown.together.most.share,
    first_score: score.of(Uint8Array.from({ length: 12 }, (_, i) => (i < 6 ? 0 : 1))),
  };
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, value] of Object.entries(found)) near(value, expected[name] ?? 0, tolerance);
});
