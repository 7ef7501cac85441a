import { describe, expect, it } from '@jest/globals';
import type { TrialAnalysis } from '../../src/analysis/index.ts';
import { analyze } from '../../src/analysis/index.ts';
import { reportHtml } from '../../src/report/index.ts';
import { trialWith } from '../trials.ts';
import {
  equivalentArms,
  factorialTrial,
  over,
  running,
  tenPractices,
  withEvents,
} from './analyses.ts';
import type { ClinicSize } from './clinic.ts';
import { clinic, daySums, ledgerOf, unitRow } from './clinic.ts';
import { steppedWedge, threeFramings } from './listed.ts';
import { between, numbersIn, tagsOf, wordsOf } from './markup.ts';

const truths = {
  usual: { alertsPerDay: 5, acceptance: 0.12 },
  redesign: { alertsPerDay: 3.25, acceptance: 0.135 },
};

async function influenza(size: Partial<ClinicSize> = {}): Promise<TrialAnalysis> {
  const trial = trialWith({ decision: { draws: 499 } });
  const held = clinic(trial, truths, { seed: 'report', units: 200, days: 42, ...size });
  const flow = [
    {
      type: 'impression',
      kind: 'returned',
      arm: 'usual',
      reason: 'opted-out',
      events: 214,
    },
  ] as const;
  return analyze(trial, ledgerOf(trial, { ...held, flow }), { asOf: over });
}

async function threePractices(): Promise<TrialAnalysis> {
  const trial = trialWith({
    unit: 'practice',
    arms: [
      { name: 'usual', weight: 1, content: {} },
      { name: `quality-${'x'.repeat(56)}`, weight: 1, content: {} },
      { name: 'financial', weight: 2, content: {} },
    ],
    primary: { metric: 'acceptanceRate', better: 'higher' },
    guardrails: [
      { metric: 'alertsPerPatientDay', better: 'lower', scale: 'ratio', margin: 1.2 },
      { metric: 'acceptedPerPatientDay', better: 'higher', scale: 'difference', margin: -0.1 },
    ],
    secondary: [],
    decision: { draws: 499 },
    governance: {
      determination: 'quality-improvement',
      reference: 'QI-17',
      owner: 'CDS committee',
      optOut: 'research office',
    },
  });
  const alike = Object.fromEntries(
    trial.arms.map(({ name }) => [name, { alertsPerDay: 2, acceptance: 0.2 }]),
  );
  const held = clinic(trial, alike, {
    seed: 'practices',
    units: 30,
    patientsPerUnit: 10,
    days: 20,
    silentDays: [4],
  });
  return analyze(trial, ledgerOf(trial, held), { asOf: running });
}

const empty = async (): Promise<TrialAnalysis> =>
  analyze(trialWith({ decision: { draws: 499 } }), [], { asOf: running });

/** Every number of a result that the tables show. */
function measureNumbers(measure: TrialAnalysis['primary']): readonly number[] {
  return [
    ...measure.arms.flatMap(({ numerator, denominator, units, unitsWithoutDenominator, rate }) => [
      numerator,
      denominator,
      units,
      unitsWithoutDenominator,
      ...(rate.estimable ? [rate.rate, rate.lower, rate.upper, rate.standardError] : []),
    ]),
    ...measure.comparisons.flatMap(
      ({
        ratio,
        difference,
        rerandomization: test,
        rerandomizationInterval: interval,
        estimands,
        naive,
      }) => [
        ...[ratio, difference].flatMap(effectNumbers),
        ...(test.estimable
          ? [
              test.draws,
              ...(test.method === 'enumeration' ? [] : [test.monteCarloError]),
              ...(interval?.estimable === true
                ? [interval.lower, interval.upper].filter((end) => end !== null)
                : []),
              test.observed,
              test.pValue,
            ]
          : []),
        ...(estimands.estimable
          ? [estimands.clusterAverage, estimands.difference].flatMap(effectNumbers)
          : []),
        ...(naive.estimable ? [naive.designEffect, naive.lower, naive.upper] : []),
      ],
    ),
    ...togetherNumbers(measure),
  ];
}

type Comparison = TrialAnalysis['primary']['comparisons'][number];

const effectNumbers = (effect: Comparison['ratio']): readonly number[] =>
  effect.estimable
    ? [
        effect.estimate,
        effect.lower,
        effect.upper,
        effect.standardError,
        effect.degreesOfFreedom,
        effect.statistic,
        effect.pValue,
      ]
    : [];

function togetherNumbers({ together }: TrialAnalysis['primary']): readonly number[] {
  if (together === null) return [];
  const { omnibus, simultaneous, rerandomization } = together;
  if (!omnibus.estimable || !simultaneous.estimable || !rerandomization.estimable) return [];
  return [
    ...simultaneous.comparisons.flatMap((each, i) => [
      each.estimate,
      each.lower,
      each.upper,
      each.adjusted,
      each.stepDown,
      rerandomization.pairs[i]?.stepDown ?? 0,
    ]),
    omnibus.statistic,
    omnibus.pValue,
  ];
}

const near = (values: readonly number[]): unknown =>
  values.map((value): unknown => expect.closeTo(value, 2));

/** Reads the values back from a drawing by its ticks, on the scale on which the axis is even. */
function drawing(
  page: string,
  id: string,
  even: (value: number) => number,
): {
  readonly markers: readonly number[];
  readonly spans: (as: string) => readonly (readonly number[])[];
} {
  const named = page.indexOf(`aria-labelledby="${id}-title`);
  const start = page.lastIndexOf('<svg', named);
  const tags = tagsOf(`${page.slice(start, page.indexOf('</svg>', start))}</svg>`);
  const ticks = tags
    .filter(({ attributes }) => attributes['class'] === 'tick')
    .map(({ attributes, text }) => ({
      x: Number(attributes['x']),
      value: even(Number(text.replace('−', '-').replace(' %', ''))),
    }));
  const [first, last] = [ticks.at(0), ticks.at(-1)];
  if (first === undefined || last === undefined) throw new Error(`no ticks in ${id}`);
  const valueAt = (x: number): number =>
    first.value + ((x - first.x) / (last.x - first.x)) * (last.value - first.value);
  return {
    markers: tags
      .filter(({ attributes }) => attributes['class'] === 'marker')
      .map(({ attributes }) =>
        valueAt(Number(/translate\(([\d.]+),/.exec(attributes['transform'] ?? '')?.[1])),
      ),
    spans: (as) =>
      tags
        .filter(({ attributes }) => attributes['class'] === as)
        .map(({ attributes }) => [
          valueAt(Number(attributes['x1'])),
          valueAt(Number(attributes['x2'])),
        ]),
  };
}

describe('the numbers of a report', () => {
  it.each([
    ['two arms by patient', () => influenza()],
    ['three arms by practice', threePractices],
    ['ten practices', tenPractices],
    ['a factorial trial', factorialTrial],
    ['no rows at all', empty],
  ])('are those of the analysis in every measure, in order: %s', async (_, make) => {
    const analysis = await make();
    const page = reportHtml(analysis);
    const measures = [
      ['primary', analysis.primary] as const,
      ...analysis.guardrails.map((each, i) => [`guardrail-${i + 1}`, each] as const),
      ...analysis.secondary.map((each, i) => [`secondary-${i + 1}`, each] as const),
    ];
    for (const [id, measure] of measures) {
      const article = `${between(page, `<article class="measure" id="${id}">`, '</article>')}</article>`;
      expect(numbersIn(article)).toEqual(measureNumbers(measure));
    }
  });

  it('are shown as they are, to the digits that are shown', async () => {
    const pages = await Promise.all([
      influenza(),
      tenPractices(),
      factorialTrial(),
      withEvents(),
      threeFramings(),
      steppedWedge(),
    ]);
    for (const { attributes, text, name } of pages.flatMap((page) => tagsOf(reportHtml(page)))) {
      if (name !== 'data') continue;
      const value = Number(attributes['value']);
      const shown = text.replace('−', '-').replaceAll(',', '');
      const below = /^p < 0\.001$/.test(shown);
      const above = /^p > 0\.999$/.test(shown);
      const [digits = ''] = /-?[\d.]+/.exec(shown) ?? [];
      const decimals = digits.split('.')[1]?.length ?? 0;
      if (below) expect(value).toBeLessThan(0.001);
      else if (above) expect(value).toBeGreaterThan(0.999);
      else {
        const scale = [1, 100].find(
          (factor) => Math.abs(Number(digits) - factor * value) <= 0.5001 * 10 ** -decimals,
        );
        expect({ shown, value, scale: scale !== undefined }).toEqual({ shown, value, scale: true });
      }
    }
  });

  it('are drawn where the axis says that they are', async () => {
    const analysis = await influenza();
    const page = reportHtml(analysis);
    const arms = drawing(page, 'primary-arms', (value) => value);
    const ratios = drawing(page, 'primary-ratio', Math.log);
    const points = drawing(page, 'guardrail-1-difference', (value) => value);
    analysis.primary.arms.forEach(({ rate }, i) => {
      if (!rate.estimable) throw new Error(rate.reason);
      expect(arms.markers[i]).toBeCloseTo(rate.rate, 2);
      expect(arms.spans('interval')[i]).toEqual(near([rate.lower, rate.upper]));
    });
    const [ratio] = analysis.primary.comparisons;
    const [difference] = analysis.guardrails[0]?.comparisons ?? [];
    if (ratio?.ratio.estimable !== true || !ratio.naive.estimable) throw new Error('no ratio');
    if (difference?.difference.estimable !== true) throw new Error('no difference');
    expect(ratios.markers[0]).toBeCloseTo(Math.log(ratio.ratio.estimate), 2);
    expect(ratios.spans('interval')).toEqual([
      near([Math.log(ratio.ratio.lower), Math.log(ratio.ratio.upper)]),
    ]);
    expect(ratios.spans('naive')).toEqual([
      near([Math.log(ratio.naive.lower), Math.log(ratio.naive.upper)]),
    ]);
    expect(ratios.spans('null-line')).toEqual([near([0, 0])]);
    const { lower, upper } = difference.difference;
    expect(points.spans('interval')).toEqual([near([100 * lower, 100 * upper])]);
    expect(points.spans('margin-line')).toEqual([near([-3, -3])]);
  });

  it('of the flow are those of the arms', async () => {
    const analysis = await influenza();
    const page = reportHtml(analysis);
    const section = between(page, '<section aria-labelledby="flow-heading">', '</section>');
    const { sampleRatio } = analysis;
    if (!sampleRatio.estimable) throw new Error(sampleRatio.reason);
    expect(numbersIn(`${section}</section>`)).toEqual([
      sampleRatio.pValue,
      ...analysis.arms.flatMap((arm, i) => [
        arm.units,
        sampleRatio.arms[i]?.expected,
        arm.patients,
        arm.patientDays,
        arm.alerts,
        arm.openings,
        arm.silent,
        arm.accepted,
        arm.dismissed,
        arm.ignored,
      ]),
      214,
    ]);
  });

  it('of the weeks add up to those of the arms', async () => {
    const analysis = await influenza();
    const page = reportHtml(analysis);
    const table = between(page, 'Alerts and acceptance by arm and week', '</table>');
    const rows = table.split('<tr>').slice(2);
    const shownAlerts = rows.map(
      (row) => numbersIn(`<tr>${row.slice(0, row.lastIndexOf('</tr>'))}</tr>`)[2],
    );
    expect(shownAlerts.reduce<number>((total, each) => total + (each ?? 0), 0)).toBe(
      analysis.arms.reduce((total, { alerts }) => total + alerts, 0),
    );
  });

  it('of the identity are its logarithms', async () => {
    const analysis = await influenza();
    const [identity] = analysis.identities;
    if (identity?.estimable !== true) throw new Error('not estimable');
    const section = between(
      reportHtml(analysis),
      '<section aria-labelledby="identity">',
      '</section>',
    );
    expect(numbersIn(`${section}</section>`)).toEqual([
      identity.alertsPerDay,
      identity.acceptedPerAlert,
      identity.acceptedPerDay,
    ]);
  });
});

describe('a report as a page', () => {
  it.each([
    ['two arms', () => influenza()],
    ['three arms', threePractices],
    ['a factorial trial', factorialTrial],
    ['events that went wrong', () => withEvents({ lost: 0.5, late: 3, missing: 2, moved: 2 })],
    ['equivalence', equivalentArms],
    ['a list of practices', () => threeFramings()],
    ['a stepped wedge', () => steppedWedge()],
    ['nothing', empty],
  ])('is well formed, and every drawing has a title and a description: %s', async (_, make) => {
    const tags = tagsOf(reportHtml(await make()));
    const ids = tags.flatMap(({ attributes }) => attributes['id'] ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const drawings = tags.filter(({ attributes }) => attributes['class'] === 'figure');
    expect(drawings.length).toBeGreaterThan(3);
    for (const { attributes } of drawings) {
      expect(attributes['role']).toBe('img');
      for (const id of attributes['aria-labelledby']?.split(' ') ?? []) {
        const named = tags.find((tag) => tag.attributes['id'] === id);
        expect(named?.text.trim()).not.toBe('');
        expect(named?.name).toMatch(/^(title|desc)$/);
      }
    }
  });

  it('needs nothing from elsewhere: no script, no link, no address', async () => {
    const page = reportHtml(await influenza());
    for (const { name, attributes } of tagsOf(page)) {
      expect(['script', 'link', 'img', 'iframe', 'a', 'object', 'base']).not.toContain(name);
      for (const attribute of Object.keys(attributes)) {
        expect(attribute).not.toMatch(/^(on|src|href|xlink)/);
      }
    }
    expect(page).not.toMatch(/https?:|url\(|@import/);
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it('is the same for the same analysis, to the byte', async () => {
    const analysis = await influenza();
    expect(reportHtml(analysis)).toBe(reportHtml(analysis));
    expect(reportHtml(await influenza())).toBe(reportHtml(analysis));
  });

  it('says when it was made only when it is told', async () => {
    const analysis = await empty();
    expect(wordsOf(reportHtml(analysis))).not.toContain('report made');
    expect(wordsOf(reportHtml(analysis, { generatedAt: '2026-12-01T08:30:00.000Z' }))).toContain(
      'report made 1 December 2026, 08:30 UTC',
    );
  });
});

describe('text from outside', () => {
  const enumerations = new Set([
    'metric',
    'kind',
    'better',
    'verdict',
    'question',
    'scale',
    'method',
    'statistic',
    'determination',
    'design',
    'day',
    'start',
    'end',
    'asOf',
  ]);
  const attack = `"'><script>alert(1)</script>&amp;<!--`;

  const poisoned = (value: unknown, key: string): unknown =>
    typeof value === 'string' && !enumerations.has(key) ? value + attack : value;

  it.each([
    ['two arms', () => influenza()],
    ['three arms', threePractices],
    ['a factorial trial', factorialTrial],
    ['events that went wrong', () => withEvents({ lost: 0.5, late: 3, missing: 2, moved: 2 })],
    ['a list of practices', () => threeFramings()],
    ['a stepped wedge', () => steppedWedge()],
    ['nothing', empty],
  ])('is escaped in every place where it is shown: %s', async (_, make) => {
    const analysis: TrialAnalysis = JSON.parse(
      JSON.stringify(await make(), (key, value: unknown) => poisoned(value, key)),
    );
    const page = reportHtml(analysis, {
      note: attack,
      generatedAt: attack,
    });
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<!--');
    const names = new Set(tagsOf(page).map(({ name }) => name));
    expect(names.has('script')).toBe(false);
    expect(wordsOf(page)).toContain(attack);
  });
});

describe('a report in words', () => {
  it('begins with the banner of synthetic data, and only then', async () => {
    expect(wordsOf(reportHtml(await influenza()))).toContain(
      'Synthetic data None of this happened in a hospital.',
    );
    expect(wordsOf(reportHtml(await threePractices()))).not.toContain('Synthetic data');
  });

  it('gives each arm its verdict with all reasons', async () => {
    const analysis = await threePractices();
    const words = wordsOf(reportHtml(analysis));
    for (const { reasons, arm } of analysis.verdicts) {
      expect(words).toContain(arm);
      for (const reason of reasons) expect(words).toContain(reason);
    }
    expect(words).toContain('KEEP TESTING');
    expect(words).toContain('Interim view.');
  });

  it('draws the margin of a guardrail on the scale on which it was set', async () => {
    const page = reportHtml(await threePractices());
    expect(wordsOf(page)).toContain('margin 1.20');
    expect(wordsOf(page)).toContain('margin −0.100');
    expect(tagsOf(page).map(({ attributes }) => attributes['class'])).toContain('margin-line');
  });

  it('shows the reason where a result cannot be computed', async () => {
    const trial = trialWith({ decision: { draws: 499 } });
    const rows = ['a', 'b', 'c', 'd', 'e', 'f'].map((id, i) =>
      unitRow(id, i % 2 === 0 ? 'usual' : 'redesign', { alerts: 2 + i, calendarDays: 3 }),
    );
    const analysis = await analyze(trial, rows, { asOf: over });
    const words = wordsOf(reportHtml(analysis));
    const [guardrail] = analysis.guardrails;
    const reasons = guardrail?.comparisons.flatMap(({ ratio }) =>
      ratio.estimable ? [] : [ratio.reason],
    );
    expect(reasons?.length).toBe(1);
    for (const reason of reasons ?? []) expect(words).toContain(`not estimable: ${reason}`);
    expect(words).toContain('No arm can be judged on this guardrail yet');
    expect(words).toContain('No joint p value');
  });

  it('says of a trial without rows that nothing is estimable', async () => {
    const words = wordsOf(reportHtml(await empty()));
    expect(words).toContain('0 patients randomised');
    expect(words).toContain('no unit has been randomised yet');
    expect(words).toContain('there are no sums by day');
    expect(words).toContain('No comparison could be made.');
  });

  it('says which days are missing and which have no patient-days', async () => {
    const trial = trialWith({ decision: { draws: 499 } });
    const days = [
      daySums('2026-10-05', 'usual', { alerts: 4, calendarDays: 2 }),
      daySums('2026-10-05', 'redesign', { alerts: 3, calendarDays: 0 }),
      daySums('2026-10-07', 'redesign', { alerts: 3, calendarDays: 3 }),
      daySums('2026-10-08', 'usual', { alerts: 0, calendarDays: 3 }),
    ];
    const page = reportHtml(
      await analyze(trial, ledgerOf(trial, { rows: [], days }), {
        asOf: Date.UTC(2026, 9, 9, 12),
      }),
    );
    expect(wordsOf(page)).toContain('usual has 2 days without any record');
    expect(wordsOf(page)).toContain(
      'redesign has 2 days without any record and 1 day without patient-days (with 3 alerts all the same)',
    );
    const course = between(page, '<g class="daily"', '</g');
    expect(course.match(/class="marker"/g)?.length).toBe(3);
  });

  it('tells a stopped trial and its warnings', async () => {
    const trial = trialWith({ decision: { draws: 499 } });
    const held = clinic(trial, truths, { seed: 'stop', units: 60, days: 20 });
    const analysis = await analyze(trial, ledgerOf(trial, { ...held, stoppedAt: running }), {
      asOf: over,
    });
    const words = wordsOf(reportHtml(analysis));
    expect(words).toContain('Stopped on 31 October 2026');
    expect(words).toContain('Verdict after an early stop.');
    for (const warning of analysis.warnings) expect(words).toContain(`Warning. ${warning}`);
  });

  it('names the unit that was randomised, its degrees of freedom and the level', async () => {
    const analysis = await threePractices();
    const words = wordsOf(reportHtml(analysis));
    expect(words).toContain('each practice was given one by hashed assignment');
    const [comparison] = analysis.primary.comparisons;
    if (comparison?.difference.estimable !== true) throw new Error('not estimable');
    expect(words).toContain(`degrees of freedom are ${comparison.difference.degreesOfFreedom}`);
    expect(words).toContain('one-sided at 2.5 %');
    expect(words).toContain("The 2 arms share the level by Holm's step-down");
    expect(words).toContain(analysis.trial.fingerprint);
  });
});
