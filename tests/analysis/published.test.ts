import { describe, expect, test } from '@jest/globals';
import { effectOf } from '../../src/analysis/methods/effect.ts';
import { designEffect, effectiveSampleSize } from '../../src/analysis/methods/icc/index.ts';
import {
  numberNeeded,
  oddsRatio,
  poissonRate,
  poissonRateRatio,
  proportion,
  proportionDifference,
  riskRatio,
  twoByTwo,
} from '../../src/analysis/methods/independent/index.ts';
import { ratioOfTotals } from '../../src/analysis/methods/ratio-of-totals.ts';
import { testSampleRatio } from '../../src/analysis/methods/sample-ratio/index.ts';
import { chiSquared, normal, studentT, sum } from '../../src/stats/index.ts';
import { expectPrinted, made, published } from './published.ts';

const { elaia, freeText, hardStop, warfarin, interactions, reduce, ecrt } = published;

/** The percentages of both arms, as printed. */
function expectPercentages({
  arm,
  control,
  published: printed,
}: Pick<typeof elaia, 'arm' | 'control'> & {
  readonly published: { readonly armPercent: number; readonly controlPercent: number };
}): void {
  expectPrinted(100 * made(proportion(arm.successes, arm.n)).estimate, printed.armPercent);
  expectPrinted(
    100 * made(proportion(control.successes, control.n)).estimate,
    printed.controlPercent,
  );
}

/** An odds ratio with the outcome turned round. */
const withoutOutcome = ({ successes, n }: { readonly successes: number; readonly n: number }) => ({
  successes: n - successes,
  n,
});

describe('Two arms as published', () => {
  // The published interval and p value of this trial are stratified, and so are no check on these counts.
  test(`ELAIA-1 had a risk ratio of 1.02 (${elaia.source})`, () => {
    expectPercentages(elaia);
    expectPrinted(made(riskRatio(elaia.arm, elaia.control)).estimate, elaia.published.riskRatio);
  });

  test(`the free-text prescription alert had p = 0.01 by chi-squared (${freeText.source})`, () => {
    const { arm, control, computed } = freeText;
    expectPercentages(freeText);
    const pearson = made(twoByTwo(arm, control));
    expectPrinted(pearson.chiSquared ?? Number.NaN, computed.chiSquared);
    expectPrinted(pearson.pValue, computed.pValue);
    expectPrinted(pearson.pValue, freeText.published.pValue);
    const difference = made(proportionDifference(arm, control, { method: 'wald' }));
    expectPrinted(difference.estimate, computed.difference);
    expectPrinted(difference.lower, computed.interval[0]);
    expectPrinted(difference.upper, computed.interval[1]);
  });

  test('and not by chi-squared with the correction of Yates, which would have printed 0.02', () => {
    const { arm, control, computed } = freeText;
    const { pValue } = made(twoByTwo(arm, control, { test: 'yates' }));
    expectPrinted(pValue, computed.yates);
    expect(pValue.toFixed(2)).toBe('0.02');
    expectPrinted(made(twoByTwo(arm, control, { test: 'fisher' })).pValue, computed.fisher);
  });

  test(`the hard stop had an odds ratio of 0.12 of ordering again (${hardStop.source})`, () => {
    const { arm, control, computed } = hardStop;
    expectPercentages(hardStop);
    expectPrinted(made(oddsRatio(arm, control)).estimate, computed.desired);
    const again = made(oddsRatio(withoutOutcome(arm), withoutOutcome(control), { method: 'wald' }));
    expectPrinted(again.estimate, computed.reorder);
    expectPrinted(again.estimate, hardStop.published.oddsRatio);
    expectPrinted(again.lower, computed.naiveInterval[0]);
    expectPrinted(again.upper, computed.naiveInterval[1]);
    // Clinicians were randomised: the published interval is wider on both sides.
    expect(again.lower).toBeGreaterThan(hardStop.published.clusteredInterval[0]);
    expect(again.upper).toBeLessThan(hardStop.published.clusteredInterval[1]);
  });

  test(`the custom NSAID and warfarin alert did no better than the passive (${warfarin.source})`, () => {
    const { arm, control, computed } = warfarin;
    expectPercentages(warfarin);
    expectPrinted(made(proportion(arm.successes, arm.n)).estimate, computed.arm);
    expectPrinted(made(proportion(control.successes, control.n)).estimate, computed.control);
    expectPrinted(made(twoByTwo(arm, control)).pValue, computed.pValue);
  });

  test(`potassium was monitored late in 4.66 % and 4.06 % (${interactions.source})`, () => {
    const { arm, control, computed } = interactions.monitoring;
    expectPercentages(interactions.monitoring);
    const ratio = made(riskRatio(arm, control, { method: 'wald' }));
    expectPrinted(ratio.estimate, computed.riskRatio);
    expectPrinted(ratio.lower, computed.interval[0]);
    expectPrinted(ratio.upper, computed.interval[1]);
  });

  test(`hyperkalaemia had p = 0.20 by Fisher (${interactions.source}), and not by chi-squared`, () => {
    const { arm, control, computed, published: printed } = interactions.hyperkalaemia;
    expectPercentages(interactions.hyperkalaemia);
    const fisher = made(twoByTwo(arm, control, { test: 'fisher' })).pValue;
    expectPrinted(fisher, computed.fisher);
    expect(fisher.toFixed(2)).toBe(printed.pValue.toFixed(2));
    const pearson = made(twoByTwo(arm, control)).pValue;
    expectPrinted(pearson, computed.chiSquared);
    expect(pearson.toFixed(2)).toBe('0.19');
  });
});

describe('Two arms whose counts are as quoted in a secondary source', () => {
  const { suicideRisk, promptHeartFailure } = published;

  test(`the suicide-risk alert had an odds ratio of 17.70 (${suicideRisk.source})`, () => {
    const { arm, control, computed } = suicideRisk;
    expect(arm.n + control.n).toBe(suicideRisk.encounters);
    expectPercentages(suicideRisk);
    const { estimate, lower, upper } = made(oddsRatio(arm, control, { method: 'wald' }));
    expectPrinted(estimate, computed.oddsRatio);
    expect(Math.abs(estimate - suicideRisk.published.oddsRatio)).toBeLessThan(0.01);
    expectPrinted(lower, computed.naiveInterval[0]);
    expectPrinted(upper, computed.naiveInterval[1], { digits: 1 });
  });

  test(`PROMPT-HF needed to alert on 14 (${promptHeartFailure.source})`, () => {
    const { arm, control, computed } = promptHeartFailure;
    expect(arm.n + control.n).toBe(promptHeartFailure.patients);
    expectPercentages(promptHeartFailure);
    expectPrinted(made(riskRatio(arm, control)).estimate, computed.riskRatio);
    const difference = made(proportionDifference(arm, control));
    expectPrinted(difference.estimate, computed.difference);
    const needed = numberNeeded(difference);
    expectPrinted(needed.estimate, computed.numberNeeded);
    expect(needed.direction).toBe('benefit');
    expect(needed.harm).toBeUndefined();
  });
});

describe('Rates as published', () => {
  test(`REDUCE counted 98.7 prescriptions per 1,000 patient-years (${reduce.source})`, () => {
    const { events, exposure } = reduce.arm;
    expectPrinted(1000 * made(poissonRate(events, exposure)).estimate, reduce.published.armPer1000);
  });

  const { arm, control, computed, published: printed } = reduce;

  test('its crude ratio, with the control count as quoted, has an interval far too narrow', () => {
    expectPrinted(
      1000 * made(poissonRate(control.events, control.exposure)).estimate,
      printed.controlPer1000,
    );
    const naive = made(poissonRateRatio(arm, control));
    expectPrinted(naive.estimate, computed.crudeRatio);
    expectPrinted(naive.lower, computed.naiveInterval[0]);
    expectPrinted(naive.upper, computed.naiveInterval[1]);
    const width = (lower: number, upper: number): number => Math.log(upper / lower);
    const inflation =
      (width(printed.interval[0], printed.interval[1]) / width(naive.lower, naive.upper)) ** 2;
    expect(Math.round(inflation)).toBe(computed.inflation);
  });

  test('an analysis by practice is refused the totals alone, so the naive interval cannot pass for it', () => {
    const alone = [{ numerator: arm.events, denominator: arm.exposure }];
    expect(ratioOfTotals(alone)).toEqual({
      estimable: false,
      reason: expect.stringContaining('no variance between units'),
      instead: expect.stringMatching(/two units or more in each arm/),
    });
  });

  test('its published interval and p value belong together', () => {
    const [lower, upper] = printed.interval;
    const standardError = Math.log(upper / lower) / (2 * normal.quantile(0.025, 'upper'));
    expectPrinted(standardError, computed.standardError);
    const effect = effectOf(Math.log(printed.adjustedRatio), standardError, Infinity, 0.95);
    expectPrinted(effect.statistic, computed.statistic, { digits: 2 });
    expectPrinted(effect.pValue, computed.pValue);
    expectPrinted(effect.pValue, printed.pValue);
  });

  test(`allergy alerts fired 11.1 times a patient (${published.allergy.source})`, () => {
    const { alerts, patients, perPatient } = published.allergy;
    expectPrinted(made(poissonRate(alerts, patients)).estimate, perPatient);
  });
});

describe('Comparisons of practices as published', () => {
  test.each(['proportion', 'rate'] as const)(
    `eCRT, 104 practices, reports the p value of a t test on 102 degrees of freedom: %s (${ecrt.source})`,
    (name) => {
      const { estimate, interval, computed, published: printed } = ecrt[name];
      const df = ecrt.practices - 2;
      const standardError =
        (interval[1] - interval[0]) / (2 * studentT.quantile(0.025, df, 'upper'));
      const effect = effectOf(estimate, standardError, df, 0.95);
      expect(effect.degreesOfFreedom).toBe(102);
      expectPrinted(-effect.statistic, computed.statistic, { digits: 3 });
      expectPrinted(effect.pValue, computed.pValue);
      expectPrinted(effect.pValue, printed);
      expectPrinted(effect.lower, interval[0], { digits: 1 });
      expectPrinted(effect.upper, interval[1], { digits: 1 });
    },
  );

  test('the standard error of its difference in proportions was 0.880', () => {
    const { interval, computed } = ecrt.proportion;
    expectPrinted(
      (interval[1] - interval[0]) / (2 * studentT.quantile(0.025, 102, 'upper')),
      computed.standardError ?? Number.NaN,
      { digits: 3 },
    );
  });
});

describe('Shares as published', () => {
  test.each(published.choosingWisely.rows)(
    `$percent % of $n has the printed Wald interval (${published.choosingWisely.source})`,
    ({ percent, n, interval }) => {
      // Percentages are printed, not counts: what follows from them is known to a unit of the last digit.
      const { estimate, lower, upper } = made(
        proportion(Math.round((percent / 100) * n), n, { method: 'wald' }),
      );
      expectPrinted(100 * estimate, percent);
      expect(Math.abs(100 * lower - interval[0])).toBeLessThan(0.1);
      expect(Math.abs(100 * upper - interval[1])).toBeLessThan(0.1);
    },
  );

  test.each(published.shares)('$successes of $n are $percent % ($source)', (row) => {
    expectPrinted(100 * made(proportion(row.successes, row.n)).estimate, row.percent);
  });

  test.each(interactions.shown)(
    `$what were shown for one interaction in $onePer (${interactions.source})`,
    ({ count, onePer }) => {
      expectPrinted(1 / made(proportion(count, interactions.found)).estimate, onePer);
    },
  );

  test(`a reduction by 15.43 % is more than 70,000 firings a week (${published.clickbusters.source})`, () => {
    const { firings, percent, saved, publishedMoreThan } = published.clickbusters;
    expect(Math.round((firings * percent) / 100)).toBe(saved);
    expectPrinted(100 * made(proportion(saved, firings)).estimate, percent);
    expect(saved).toBeGreaterThan(publishedMoreThan);
  });

  test(`92.8 % of alerts were hidden of those that would have fired, 93.9 % of those before (${published.suppression.source})`, () => {
    const { before, shown, hidden, publishedPercent, ofBeforePercent } = published.suppression;
    const still = sum(shown);
    expectPrinted(100 * made(proportion(hidden, still + hidden)).estimate, publishedPercent);
    expectPrinted(100 * made(proportion(before - still, before)).estimate, ofBeforePercent);
  });

  test.each(published.totals)('$parts.0 and $parts.1 are $total ($source)', ({ parts, total }) => {
    expect(sum(parts)).toBe(total);
  });
});

describe('Designs as published', () => {
  const { icc, clusters, effect, rows, source } = published.tutorial;

  test.each(rows)(
    `${clusters} clusters of $meanSize are worth $worth observations, and a power of $powerPercent % (${source})`,
    ({ meanSize, designEffect: printed, worth, powerPercent, computedPower }) => {
      expectPrinted(designEffect({ icc, meanSize }), printed);
      // The table cuts its decimals off and does not round them.
      const observations = Math.floor(effectiveSampleSize({ icc, meanSize, clusters }));
      expect(observations).toBe(worth);
      const power = 100 * powerOfTTest(observations / 2, effect);
      expectPrinted(power, computedPower);
      expect(Math.floor(power)).toBe(powerPercent);
    },
  );

  test(`an intraclass correlation of 0.04 in clusters of 100 costs nearly five times the units (${published.fivefold.source})`, () => {
    const { designEffect: expected, ...design } = published.fivefold;
    const got = designEffect(design);
    expectPrinted(got, expected);
    expect(Math.round(got)).toBe(5);
  });
});

describe('Counts of published arms against equal allocation', () => {
  test.each(published.sampleRatios)(
    '$what have a chi-squared p of $pValue',
    ({ counts, pValue }) => {
      const result = testSampleRatio(counts, [1, 1], { method: 'chi-squared' });
      expectPrinted(result.pValue, pValue);
      expectPrinted(chiSquared.cdf(result.chiSquared, 1).upper, pValue);
    },
  );

  test('tell patients, whom the trials randomised, from alerts, which came after', () => {
    const suspect = published.sampleRatios
      .filter(({ counts }) => testSampleRatio(counts, [1, 1]).pValue < 0.05)
      .map(({ what }) => what);
    expect(suspect).toEqual([
      'alerts of the hard-stop trial',
      'alerts of the NSAID and warfarin trial',
    ]);
  });
});

/** The power of a two-sided t test at 5 %: the mean of its normal power over the chi-squared variance. */
function powerOfTTest(perArm: number, effect: number): number {
  const df = 2 * perArm - 2;
  const critical = studentT.quantile(0.025, df, 'upper');
  const drift = effect * Math.sqrt(perArm / 2);
  const points = 500;
  const terms = Array.from({ length: points }, (_, i) => {
    const scaled = critical * Math.sqrt(chiSquared.quantile((i + 0.5) / points, df) / df);
    return normal.cdf(drift - scaled).lower + normal.cdf(-drift - scaled).lower;
  });
  return sum(terms) / points;
}
