import { describe, expect, test } from '@jest/globals';
import { allocate, clustersFrom } from '../../src/allocation/index.ts';
import type {
  Effect,
  Estimable,
  Measure,
  TrialAnalysis,
  UnitRow,
} from '../../src/analysis/index.ts';
import { analyze } from '../../src/analysis/index.ts';
import { exchangeableText } from '../../src/analysis/text/over-time.ts';
import { reportHtml } from '../../src/report/index.ts';
import {
  crossover,
  listedClusters,
  listedTrial,
  steppedWedge,
  switchback,
  threeFramings,
} from './listed.ts';
import type { Tag } from './markup.ts';
import { between, tableNumbers, tagsOf, wordsOf } from './markup.ts';

/** An article of a measure. */
function articleOf(analysis: TrialAnalysis, id: string): string {
  const page = reportHtml(analysis);
  return `${between(page, `<article class="measure" id="${id}">`, '</article>')}</article>`;
}

/** The tags of a drawing. */
function drawingOf(analysis: TrialAnalysis, id: string): readonly Tag[] {
  const page = reportHtml(analysis);
  const start = page.lastIndexOf('<svg', page.indexOf(`aria-labelledby="${id}-title`));
  return tagsOf(`${page.slice(start, page.indexOf('</svg>', start))}</svg>`);
}

const withClass = (tags: readonly Tag[], wanted: string): readonly Tag[] =>
  tags.filter(({ attributes }) => attributes['class'] === wanted);

const numberAt = ({ attributes }: Tag, key: string): number => Number(attributes[key]);

const cellsOf = (effect: Estimable<Effect>): readonly number[] =>
  effect.estimable ? [effect.estimate, effect.lower, effect.upper, effect.pValue] : [];

function firstOverTime({ overTime }: Measure): NonNullable<Measure['overTime']>[number] {
  const [first] = overTime ?? [];
  if (first === undefined) throw new Error('no design over time');
  return first;
}

describe('The drawing of a schedule', () => {
  test('has a cell for each sequence and period, with the sign of its arm', async () => {
    const tags = drawingOf(await steppedWedge(), 'primary-schedule');
    const [control, redesign] = [withClass(tags, 'cell control'), withClass(tags, 'cell')];
    // Sequences begin in periods 2 to 5: 1 + 2 + 3 + 4 cells of the control arm.
    expect([control.length, redesign.length]).toEqual([10, 10]);
    const signs = withClass(tags, 'marker').map(({ attributes }) => attributes['d'] ?? '');
    expect(signs).toHaveLength(20);
    const counts = new Map<string, number>();
    for (const sign of signs) counts.set(sign, (counts.get(sign) ?? 0) + 1);
    expect([...counts.values()]).toEqual([10, 10]);
    const rows = withClass(tags, 'small').map(({ text }) => text);
    expect(rows).toEqual(Array.from({ length: 4 }, () => '3 practices'));
  });

  test('hatches the washout where the arm has just changed, and nowhere else', async () => {
    const tags = drawingOf(await steppedWedge(), 'primary-schedule');
    const washouts = withClass(tags, 'washout');
    const cells = [...withClass(tags, 'cell control'), ...withClass(tags, 'cell')];
    expect(washouts).toHaveLength(4);
    for (const each of washouts) {
      const own = cells.find(
        (cell) =>
          numberAt(cell, 'x') === numberAt(each, 'x') &&
          numberAt(cell, 'y') === numberAt(each, 'y'),
      );
      expect(own?.attributes['class']).toBe('cell');
      // Four days of fourteen.
      const share = (numberAt(each, 'width') + 1) / (numberAt(own ?? each, 'width') + 2);
      expect(share).toBeCloseTo(4 / 14, 3);
    }
    const [left = 0, right = 0] = [Math.min, Math.max].map((of) =>
      of(
        ...washouts.flatMap((each) => [
          numberAt(each, 'x'),
          numberAt(each, 'x') + numberAt(each, 'width'),
        ]),
      ),
    );
    const lines = withClass(tags, 'hatch');
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) {
      for (const end of ['x1', 'x2']) {
        expect(numberAt(line, end)).toBeGreaterThanOrEqual(left - 0.01);
        expect(numberAt(line, end)).toBeLessThanOrEqual(right + 0.01);
      }
    }
    expect(withClass(drawingOf(await crossover(), 'primary-schedule'), 'washout')).toEqual([]);
  });

  test('says the same in words', async () => {
    const [, title, description] = drawingOf(await steppedWedge(), 'primary-schedule');
    expect(title?.text).toBe('Arms by sequence and period');
    expect(description?.text).toBe(
      '5 periods from 5 October 2026 to 13 December 2026. ' +
        '3 practices: usual in period 1, redesign in periods 2 to 5. ' +
        '3 practices: usual in periods 1 to 2, redesign in periods 3 to 5. ' +
        '3 practices: usual in periods 1 to 3, redesign in periods 4 to 5. ' +
        '3 practices: usual in periods 1 to 4, redesign in period 5. ' +
        '4 days after each change of arm left out.',
    );
  });

  test('names the arms in the cells where all names fit', async () => {
    const named = withClass(drawingOf(await crossover(), 'primary-schedule'), 'small').map(
      ({ text }) => text,
    );
    expect(named).toEqual(['6 practices', 'usual', 'redesign', '6 practices', 'redesign', 'usual']);
  });

  test('is as wide in days as the periods are, with their numbers and first days', async () => {
    const analysis = await crossover({
      periods: undefined,
      allocation: {
        kind: 'listed',
        method: { method: 'complete' },
        periods: { design: 'crossover', starts: ['2026-10-05', '2026-11-02'] },
      },
    });
    const tags = drawingOf(analysis, 'primary-schedule');
    const [first, second] = withClass(tags, 'cell control').map(
      (cell) => numberAt(cell, 'width') + 2,
    );
    // 28 days and 14 days.
    expect((first ?? 0) / (second ?? 1)).toBeCloseTo(2, 2);
    expect(withClass(tags, 'tick').map(({ text }) => text)).toEqual(['Period 1', 'Period 2']);
    expect(withClass(tags, 'day').map(({ text }) => text)).toEqual(['5 Oct', '2 Nov']);
  });

  test('draws so many sequences and counts the rest', async () => {
    const analysis = await switchback();
    const total = analysis.list?.schedule?.sequences.length ?? 0;
    expect(total).toBeGreaterThan(24);
    const tags = drawingOf(analysis, 'primary-schedule');
    const cells = [...withClass(tags, 'cell control'), ...withClass(tags, 'cell')];
    expect(cells).toHaveLength(24 * 12);
    const more = total - 24;
    expect(withClass(tags, 'small').at(-1)?.text).toBe(`and ${more} more sequences`);
    expect(tags[2]?.text).toContain(`And ${more} more sequences. 1 day after each change`);
    // Numbers alone need to be told what they number.
    expect(withClass(tags, 'tick').map(({ text }) => text)).toEqual([
      'Period',
      ...Array.from({ length: 12 }, (_, i) => String(i + 1)),
    ]);
    expect(withClass(tags, 'day').length).toBeLessThan(12);
  });
});

describe('The drawing of a measure by period', () => {
  test('has each rate and the level of control where the axis says', async () => {
    const analysis = await steppedWedge();
    const { byPeriod } = analysis.primary;
    const { independence } = firstOverTime(analysis.primary);
    if (byPeriod === null || !independence.estimable) throw new Error('not by period');
    const tags = drawingOf(analysis, 'primary-periods');
    const ticks = withClass(tags, 'tick').filter(({ text }) => /^[\d.]+$/.test(text));
    const [low, high] = [ticks[0], ticks.at(-1)];
    if (low === undefined || high === undefined) throw new Error('no ticks');
    const valueAt = (y: number): number => {
      const [from, to] = [numberAt(low, 'y') - 4, numberAt(high, 'y') - 4];
      return Number(low.text) + ((y - from) / (to - from)) * (Number(high.text) - Number(low.text));
    };
    const marks = withClass(tags, 'marker').map(({ attributes }) =>
      valueAt(Number(/,([\d.]+)\)/.exec(attributes['transform'] ?? '')?.[1])),
    );
    const rates = byPeriod.flatMap(({ arms }) => arms.flatMap(({ ratio }) => ratio ?? []));
    expect(rates).toHaveLength(8);
    expect(marks).toEqual(rates.map((rate): unknown => expect.closeTo(rate, 2)));
    const levels = withClass(tags, 'level');
    const bands = withClass(tags, 'band');
    expect(levels).toHaveLength(5);
    independence.periods.forEach(({ control }, i) => {
      const [line, band] = [levels[i], bands[i]];
      if (!control.estimable || line === undefined || band === undefined)
        throw new Error('no level');
      expect(valueAt(numberAt(line, 'y1'))).toBeCloseTo(control.estimate, 2);
      expect(valueAt(numberAt(band, 'y'))).toBeCloseTo(control.upper, 2);
      expect(valueAt(numberAt(band, 'y') + numberAt(band, 'height'))).toBeCloseTo(control.lower, 2);
    });
    expect(tags[2]?.text).toMatch(
      /^Period 1: usual 1\.\d\d \(12\), redesign not seen; usual by the model 1\.\d\d\. Period 2: usual 0\.\d+ \(9\), redesign 0\.\d+ \(3\); /,
    );
  });

  test('stands with the schedule in the primary outcome of a design over time alone', async () => {
    const wedge = await steppedWedge();
    expect(articleOf(wedge, 'primary')).toContain('id="primary-schedule-title"');
    expect(articleOf(wedge, 'guardrail-1')).not.toMatch(/-schedule-title|-periods-title/);
    expect(wordsOf(articleOf(wedge, 'primary'))).toContain(
      'A row is a sequence of arms with the practices that have it; hatched days follow a change of arm and are not analysed. Marks are what was seen in a period, adjusted for nothing; dashed lines with bands are the level of the control arm by the model, also where no practice had it.',
    );
    expect(wordsOf(articleOf(await crossover(), 'primary'))).toContain(
      'with the practices that have it. Marks are what was seen in a period, adjusted for nothing; dashed lines with bands are the level of the control arm by the model. ',
    );
    expect(reportHtml(await threeFramings())).not.toMatch(/-schedule-title|-periods-title/);
  });

  test('is left out where a metric is not counted by period, and the reason is told', async () => {
    const analysis = await steppedWedge();
    const none = { estimable: false as const, reason: 'not counted by period' };
    const without = { ratio: none, difference: none, rerandomization: none };
    const primary: Measure = {
      ...analysis.primary,
      byPeriod: null,
      comparisons: analysis.primary.comparisons.map((each) => ({
        ...each,
        ...without,
        rerandomizationInterval: null,
      })),
      overTime: [
        {
          arm: 'redesign',
          independence: none,
          exchangeable: none,
          exposureTime: none,
          carryOver: none,
        },
      ],
    };
    const article = articleOf({ ...analysis, primary }, 'primary');
    expect(article).toContain('id="primary-schedule-title"');
    expect(article).not.toContain('id="primary-periods-title"');
    const words = wordsOf(article);
    expect(words).toContain('Not estimable: not counted by period.');
    expect(words).not.toMatch(/by period, adjusted for nothing|Every period|From 12 practices/);
    // Said of the effect, and not once more for each check of it.
    expect(words).not.toMatch(/Carry-over of|Effect of redesign by/);
  });
});

describe('The numbers of a design over time', () => {
  test('stand in a table by period, of every measure', async () => {
    const analysis = await steppedWedge();
    const measures = [
      ['primary', analysis.primary],
      ...analysis.guardrails.map((each) => ['guardrail-1', each] as const),
      ...analysis.secondary.map((each) => ['secondary-1', each] as const),
    ] as const;
    expect(measures).toHaveLength(3);
    for (const [id, measure] of measures) {
      const { independence } = firstOverTime(measure);
      if (!independence.estimable) throw new Error(independence.reason);
      const article = articleOf(analysis, id);
      expect(tableNumbers(article, `${measure.title} by period`)).toEqual(
        (measure.byPeriod ?? []).flatMap(({ arms, period }) => {
          const control = independence.periods[period - 1]?.control;
          return [
            ...arms.flatMap(({ clusters, ratio, numerator, denominator }) =>
              ratio === null ? [clusters] : [clusters, ratio, numerator, denominator],
            ),
            ...(control?.estimable === true
              ? [control.estimate, control.lower, control.upper]
              : []),
          ];
        }),
      );
    }
    expect(wordsOf(articleOf(analysis, 'primary'))).toContain(
      'Period usual: practices usual: rate redesign: practices redesign: rate Control by the model 1: 5 Oct to 18 Oct 12 ',
    );
    expect(wordsOf(articleOf(analysis, 'guardrail-1'))).toContain('redesign: proportion');
  });

  test('show the effect by exposure time: of the primary outcome before the details, of others in them', async () => {
    const analysis = await steppedWedge();
    const { exposureTime: check } = firstOverTime(analysis.primary);
    if (check?.estimable !== true || !check.test.estimable) throw new Error('no check');
    const primary = articleOf(analysis, 'primary');
    expect(tableNumbers(primary, 'Effect of redesign by the number of periods')).toEqual([
      ...check.effects.flatMap(({ clusters, effect }) => [clusters, ...cellsOf(effect)]),
      ...cellsOf(check.average),
      ...cellsOf(check.constant),
    ]);
    expect(check.effects.map(({ clusters }) => clusters)).toEqual([12, 9, 6, 3]);
    const words = wordsOf(primary);
    expect(words).toContain(
      `All times alike: F = ${check.test.statistic.toPrecision(3)} on 3 and 8, p = `,
    );
    expect(words).toContain('Caution: Few clusters cannot show that an effect is constant;');
    expect(words).not.toContain('Carry-over');
    const beforeDetails = (article: string): boolean =>
      article.indexOf('Effect of redesign by the number') < article.indexOf('<details');
    expect(beforeDetails(primary)).toBe(true);
    expect(beforeDetails(articleOf(analysis, 'secondary-1'))).toBe(false);
    expect(articleOf(analysis, 'secondary-1')).toContain('Effect of redesign by the number');
  });

  test('show the carry-over of a crossover with its caution', async () => {
    const analysis = await crossover();
    const { carryOver: check } = firstOverTime(analysis.primary);
    if (check?.estimable !== true) throw new Error('no check');
    const article = articleOf(analysis, 'primary');
    expect(tableNumbers(article, 'Carry-over of redesign')).toEqual([
      ...cellsOf(check.carryOver),
      ...cellsOf(check.adjusted),
      ...cellsOf(check.first),
      ...cellsOf(check.later),
    ]);
    expect(wordsOf(article)).toContain(`Caution: ${check.caution}`);
    expect(wordsOf(article)).not.toContain('All times alike');
  });

  test('say why a check cannot be made', async () => {
    const analysis = await crossover();
    const none = { estimable: false as const, reason: 'too few <practices>' };
    const [first, ...others] = analysis.primary.overTime ?? [];
    if (first === undefined) throw new Error('no design over time');
    const overTime = [{ ...first, exposureTime: none, carryOver: none }, ...others];
    const words = wordsOf(
      articleOf({ ...analysis, primary: { ...analysis.primary, overTime } }, 'primary'),
    );
    expect(words).toContain(
      'Effect of redesign by time since it began: not estimable: too few <practices>',
    );
    expect(words).toContain('Carry-over of redesign: not estimable: too few <practices>');
    expect(words).not.toContain('Caution:');
  });

  test('have the effect with correlated periods beside that which decides', async () => {
    const analysis = await steppedWedge();
    const overTime = firstOverTime(analysis.primary);
    const { exchangeable, independence } = overTime;
    const [comparison] = analysis.primary.comparisons;
    if (
      !exchangeable.estimable ||
      !independence.estimable ||
      comparison?.ratio.estimable !== true
    ) {
      throw new Error('not estimable');
    }
    expect(independence.estimate).toBe(comparison.ratio.estimate);
    expect(independence.correlation).toBeNull();
    const article = articleOf(analysis, 'primary');
    const text = exchangeableText(analysis.primary, overTime);
    expect(wordsOf(article)).toContain(
      `From 12 practices and ${independence.cells} of their periods. With${text.slice(4)}.`,
    );
    expect(wordsOf(article)).toContain(
      'The effect is adjusted for periods: each has a level of its own',
    );
    expect(wordsOf(articleOf(analysis, 'secondary-1'))).not.toContain(
      'each has a level of its own',
    );
    expect(
      tableNumbers(
        article,
        'Alerts per patient-day: each arm against the control arm (randomised, adjusted for periods)',
      ).slice(-8),
    ).toEqual([
      exchangeable.correlation,
      exchangeable.estimate,
      exchangeable.lower,
      exchangeable.upper,
      exchangeable.standardError,
      exchangeable.degreesOfFreedom,
      exchangeable.statistic,
      exchangeable.pValue,
    ]);
    expect(wordsOf(article)).not.toMatch(/[Nn]aive/);
    expect(wordsOf(article)).toContain('Adjusted for periods, for every 100 patient-days: ');
  });

  test('name each of several arms', async () => {
    const analysis = await switchback();
    const words = wordsOf(articleOf(analysis, 'primary'));
    expect(words).toContain('quality. The effect is adjusted for periods');
    expect(words).toContain('Carry-over of quality');
    expect(words).toContain('Carry-over of financial-');
  });

  test('are counted by hand by period and arm, without the washout that is left out', async () => {
    const trial = listedTrial(
      { method: 'complete' },
      { periods: { design: 'crossover', starts: ['2026-10-05', '2026-10-26'], washout: 2 } },
    );
    const allocation = allocate(trial, clustersFrom(trial, listedClusters(8)), { seed: 'hand' });
    const rows = allocation.clusters.flatMap(({ id, arms }, i): readonly UnitRow[] => {
      const own = (period: number, washout: boolean): UnitRow => ({
        unitId: id,
        arm: arms[period - 1] ?? '',
        period,
        washout,
        alerts: (washout ? 100 : 10 * period) + i,
        accepted: 2,
        calendarDays: washout ? 4 : 20,
      });
      // The last practice was closed in the second period.
      const periods = i === 7 ? [1] : [1, 2];
      return periods.flatMap((period) => [own(period, true), own(period, false)]);
    });
    const { primary } = await analyze(trial, rows, { allocation, asOf: Date.UTC(2027, 0, 1) });
    const expected = [1, 2].map((period) => ({
      period,
      arms: ['usual', 'redesign'].map((arm) => {
        const own = [...allocation.clusters.entries()].filter(
          ([i, { arms }]) => arms[period - 1] === arm && !(i === 7 && period === 2),
        );
        // Nothing has changed at the beginning of the first period, so that washout counts.
        const first = period === 1;
        const numerator = own.reduce((sum, [i]) => sum + (first ? 110 + 2 * i : 20 + i), 0);
        const denominator = own.length * (first ? 24 : 20);
        return {
          arm,
          clusters: own.length,
          numerator,
          denominator,
          ratio: numerator / denominator,
        };
      }),
    }));
    expect(primary.byPeriod).toEqual(expected);
    const share = await analyze(trial, rows, { allocation, asOf: Date.UTC(2027, 0, 1) });
    expect(share.guardrails[0]?.byPeriod?.[1]?.arms.map(({ numerator }) => numerator)).toEqual(
      expected[1]?.arms.map(({ clusters }) => 2 * clusters),
    );
  });
});

describe('The rest of a report on a design over time', () => {
  test.each([
    ['a crossover', crossover],
    ['a switchback of several arms with long names', switchback],
  ])('is well formed, with every text escaped: %s', async (_, make) => {
    const attack = `"'><script>alert(1)</script>&amp;<!--`;
    const analysis = await make();
    const list = analysis.list === null ? null : { ...analysis.list, seed: attack };
    const page = reportHtml({ ...analysis, list });
    const ids = tagsOf(page).flatMap(({ attributes }) => attributes['id'] ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    expect(wordsOf(page)).toContain(attack);
    expect(page).not.toMatch(/<script|<!--|NaN|undefined|Infinity|url\(/);
  });

  test('says once why there is no identity', async () => {
    const words = wordsOf(reportHtml(await steppedWedge()));
    expect(words.split('need not multiply to that on accepted alerts').length).toBe(2);
    expect(words).not.toContain('would mix the effect with time');
  });

  test('does not miss an arm on days on which nobody was to have it', async () => {
    const words = wordsOf(reportHtml(await steppedWedge()));
    expect(words).toContain(
      'No day is missing. The practices of an arm are others from period to period',
    );
    const analysis = await steppedWedge();
    const days = analysis.days.filter(
      ({ day, arm }) => !(day === '2026-10-20' && arm === 'redesign'),
    );
    expect(wordsOf(reportHtml({ ...analysis, days }))).toContain(
      'redesign has 1 day without any record. The practices',
    );
  });

  test('compares within periods, and says so at the head of the measures', async () => {
    expect(wordsOf(reportHtml(await steppedWedge()))).toContain(
      'Each arm against the control arm, within the same periods and by random order. For each measure first',
    );
    expect(wordsOf(reportHtml(await threeFramings()))).toContain(
      'Each arm against the control arm, at the same time and by random assignment. For each measure first',
    );
  });
});
