import { describe, expect, test } from '@jest/globals';
import { allocate, clustersFrom } from '../../src/allocation/index.ts';
import type { ListState, TrialAnalysis } from '../../src/analysis/index.ts';
import { analyze } from '../../src/analysis/index.ts';
import { reportHtml } from '../../src/report/index.ts';
import { withEvents } from './analyses.ts';
import {
  crossover,
  listedClusters,
  listedTrial,
  steppedWedge,
  switchback,
  threeFramings,
} from './listed.ts';
import { between, tableNumbers, wordsOf } from './markup.ts';

/** The words of a section. */
function sectionWords(analysis: TrialAnalysis, id: string): string {
  const page = reportHtml(analysis);
  return wordsOf(`${between(page, `<section aria-labelledby="${id}">`, '</section>')}</section>`);
}

function listOf({ list }: TrialAnalysis): ListState {
  if (list === null) throw new Error('no list');
  return list;
}

describe('The list in a report', () => {
  test('is told with its method, seed, checksum and what became of it', async () => {
    const analysis = await threeFramings();
    const { checksum, diagnostics } = listOf(analysis);
    const words = sectionWords(analysis, 'flow-heading');
    expect(words).toContain(
      'The list. Before the start 24 practices were allocated by covariate-constrained randomisation: ' +
        'one list drawn by lot from the best 10 % of about 9.5 × 10⁹ possible ones (cut-off from a sample), ' +
        'those with the smallest sum of squared standardised differences between arms in size, rate (weight 2) and region. ' +
        `Seed “public lot”, checksum ${checksum.slice(0, 12)}. 1 of 24 has no data so far.`,
    );
    expect(words).toContain(
      'Amendments, each kept with its reason: From 19 October 2026: 1 practice withdrawn (left the network <for good>).',
    );
    expect(words).not.toContain('Warning.');
    expect(diagnostics.warnings).toEqual([]);
    expect(sectionWords(analysis, 'methods')).toContain(
      `Checksum of the list (SHA-256): ${checksum}`,
    );
  });

  test('tells late practices from those before the start, and each kind of amendment', async () => {
    const analysis = await crossover();
    const list = listOf(analysis);
    expect(sectionWords(analysis, 'flow-heading')).toContain(
      'Before the start 12 practices were allocated by matched sets of practices alike in size and rate, each dealt out to the sequences by lot.',
    );
    expect(sectionWords(analysis, 'flow-heading')).toContain(
      'Every practice of the list has data.',
    );
    expect(sectionWords(analysis, 'flow-heading')).not.toContain('Amendments');
    const words = sectionWords(
      {
        ...analysis,
        list: {
          ...list,
          clusters: 15,
          withoutData: 2,
          amendments: [
            { from: '2026-10-20', kind: 'add', clusters: 3, reason: 'joined' },
            { from: '2026-10-21', kind: 'merge', clusters: 1, reason: 'one house' },
          ],
          diagnostics: { ...list.diagnostics, warnings: ['Too strict.'] },
        },
      },
      'flow-heading',
    );
    expect(words).toContain('Before the start 12 practices were allocated');
    expect(words).toContain('2 of 15 have no data so far.');
    expect(words).toContain(
      'From 20 October 2026: 3 practices added, allocated given those before (joined).',
    );
    expect(words).toContain('From 21 October 2026: 1 practice made part of another (one house).');
    expect(words).toContain('Warning. Too strict.');
  });

  test('shows the balance that it was made with', async () => {
    const analysis = await threeFramings();
    const { groups, balance } = listOf(analysis).diagnostics;
    expect(balance.map(({ name }) => name)).toEqual([
      'size',
      'rate',
      'region = south',
      'region = west',
    ]);
    expect(
      tableNumbers(reportHtml(analysis), 'The list when it was made: practices by arm'),
    ).toEqual([
      ...groups.map(({ clusters }) => clusters),
      ...groups.map(({ size }) => size),
      ...balance.flatMap(({ means, difference }) => [...means, difference]),
    ]);
    const words = sectionWords(analysis, 'flow-heading');
    expect(words).toContain('Practices 8 8 8 –');
    expect(words).toContain(`Expected size, in all ${groups.map(({ size }) => size).join(' ')} –`);
    expect(words).toContain('Largest difference, in standard deviations');
  });

  test('shows no covariates and no sizes where there are none', async () => {
    const trial = listedTrial({ method: 'complete' });
    const clusters = clustersFrom(
      trial,
      listedClusters(8).map(({ id }) => ({ id })),
    );
    const allocation = allocate(trial, clusters, { seed: 's' });
    const analysis = await analyze(trial, [], { allocation, asOf: 0 });
    const words = sectionWords(analysis, 'flow-heading');
    expect(words).toContain(
      'The list when it was made: practices by arm usual redesign Practices 4 4',
    );
    expect(words).not.toMatch(/Largest difference|Expected size/);
    expect(words).toContain('8 of 8 have no data so far.');
  });

  test('is not there in a trial that hashes', async () => {
    const analysis = await threeFramings();
    const page = wordsOf(reportHtml({ ...analysis, list: null }));
    expect(page).not.toMatch(/The list\.|Checksum of the list|on the list/);
    expect(page).toContain('hashed assignment');
  });

  test('is named at the head', async () => {
    const head = wordsOf(reportHtml(await threeFramings()));
    expect(head).toContain(
      'Randomised By practice, from a list made before the start Determination',
    );
    expect(wordsOf(reportHtml(await crossover()))).toContain(
      'Randomised By practice, from a list made before the start. Crossover: 2 periods, 2 sequences of arms Determination',
    );
  });
});

describe('The flow of a trial with a list', () => {
  test('counts practices with data beside those of the list', async () => {
    const words = sectionWords(await threeFramings(), 'flow-heading');
    expect(words).toContain(
      '23 practices randomised with an event or a patient-day of 24 on the list',
    );
    expect(words).toContain('7.7 expected from such lists');
    expect(words).not.toContain('by weight');
    expect(words).toContain('31: not-listed');
    expect(words).toMatch(
      /compatible with those that lists made in the same way give \( p [=>] 0\.\d{3} , test by making the list again; a mismatch/,
    );
  });

  test('counts a practice once that has several arms in turn', async () => {
    const words = sectionWords(await steppedWedge(), 'flow-heading');
    expect(words).toContain('12 practices randomised');
    expect(words).not.toContain('24 practices');
    expect(words).toContain('redesign 12 practices in some of the periods');
  });
});

describe('The integrity of a trial with a list', () => {
  test('tells of practices without data, of strangers and of amendments', async () => {
    const { integrity } = await withEvents();
    const analysis = { ...(await threeFramings()), integrity };
    const words = sectionWords(analysis, 'integrity');
    expect(words).toContain(
      '• Listed practices with data 23 of 24. A practice that never shows up is lost',
    );
    expect(words).toContain(
      '• Alerts of practices that are not on the list 31, which were served the control arm and are not counted. Find out',
    );
    expect(words).toContain(
      '✓ Amendments of the list 1 withdrawn from 2026-10-19 on (left the network <for good>). Nothing.',
    );
    const fine = { ...(await crossover()), integrity };
    const none = sectionWords(fine, 'integrity');
    expect(none).toContain('✓ Listed practices with data 12 of 12. Nothing.');
    expect(none).toContain('✓ Alerts of practices that are not on the list None. Nothing.');
    expect(none).toContain('✓ Amendments of the list None. Nothing.');
    const merged = { ...listOf(fine), mergedAcrossArms: 1 };
    expect(sectionWords({ ...fine, list: merged }, 'integrity')).toContain(
      '• Amendments of the list None. 1 practice(s) became part of one with another arm',
    );
    expect(sectionWords({ ...fine, list: null }, 'integrity')).not.toContain('list');
  });
});

describe('The methods of a trial with a list', () => {
  const methods: readonly (readonly [string, unknown, readonly string[]])[] = [
    [
      'complete',
      { method: 'complete' },
      [
        'by complete randomisation: fixed numbers of practices for each arm, and every such list equally likely (Rosenberger and Lachin 2016).',
        'every list with the same numbers of practices is equally likely.',
      ],
    ],
    [
      'blocks',
      { method: 'blocks', sizes: [2, 4], strata: ['region'] },
      [
        'by permuted blocks of 2 or 4 practices, each size equally likely, within strata of region (Zelen 1974).',
        'the places of each block are put into another order, and the sizes of the blocks are kept.',
      ],
    ],
    [
      'matched',
      { method: 'matched', covariates: [{ name: 'size' }] },
      [
        'alike in size, each dealt out to the arms by lot (Imai, King and Nall 2009).',
        'each set is dealt out again.',
      ],
    ],
    [
      'constrained',
      { method: 'constrained', covariates: [{ name: 'size' }] },
      [
        'one list drawn by lot from the best 102 of 924 possible ones (11 %)',
        '(Raab and Butcher 2001; Moulton 2004).',
        'only the candidates that the constraint allowed are drawn from, each equally likely (Li et al. 2016).',
      ],
    ],
    [
      'minimisation',
      { method: 'minimisation', factors: [{ name: 'region' }] },
      [
        'with a chance of 80 % (Pocock and Simon 1975).',
        'the practices arrive again in the same order, with the same chances at each step.',
      ],
    ],
  ];

  test.each(methods)('say how it was made and how it is replayed: %s', async (_, method, said) => {
    const trial = listedTrial(method);
    const clusters = clustersFrom(trial, listedClusters(12));
    const allocation = allocate(trial, clusters, { seed: 's' });
    const words = sectionWords(await analyze(trial, [], { allocation, asOf: 0 }), 'methods');
    expect(words).toContain('12 practices were given one each from a list, by');
    expect(words).toContain('practices without data included: ');
    expect(words).not.toContain('hashed');
    expect(words).not.toContain('stay where they are');
    for (const each of said) expect(words).toContain(each);
  });

  test('say of several arms that the others are held', async () => {
    const words = sectionWords(await threeFramings(), 'methods');
    expect(words).toContain(
      'Where one arm is tested against the control arm, the practices of the others stay where they are. The studentised effect is compared with those of the replays (Chung',
    );
    expect(words).toContain(
      '3 arms with weights usual 1, quality 1 and financial 1 ran at the same time',
    );
    expect(words).toContain(
      'Alerts served for any other reason (a practice that is not on the list or withdrew, opted out, forced, a fault)',
    );
    expect(words).toContain('Design effect How many times larger');
    expect(words).not.toMatch(/adjusted for periods|Sequence |Washout /);
  });

  test('say of a stepped wedge what it is adjusted for, and by which degrees of freedom', async () => {
    const analysis = await steppedWedge();
    const words = sectionWords(analysis, 'methods');
    expect(words).toContain(
      'Design. Stepped wedge: 5 periods, 4 sequences of arms; 4 days after each change of arm are not analysed. 12 practices were given a sequence each from a list, by complete randomisation: fixed numbers of practices for each sequence, and every such list equally likely (Rosenberger and Lachin 2016).',
    );
    expect(words).toContain('every period has a coefficient of its own');
    expect(words).toContain('(Hussey and Hughes 2007; Li et al. 2022)');
    expect(words).toContain(
      'with t on the number of practices less that of the arms (Li and Redden 2015;',
    );
    expect(words).toContain('Here the degrees of freedom are 10 for redesign.');
    expect(words).toContain(
      'The first 4 days of a period are left out where the arm has just changed.',
    );
    expect(words).toContain('The days that are left out after a change of arm move with it.');
    expect(words).toContain(
      'The score of the arm within periods, studentised between practices, is compared with those of the replays (Wang and De Gruttola 2017;',
    );
    expect(words).toContain('an effect for each number and a joint F test (Hughes et al. 2015;');
    expect(words).toContain('Washout Days after a change of arm');
    expect(words).toContain('Sequence The order in which a practice has the arms, drawn by lot.');
    expect(words).not.toMatch(/Carry-over|Design effect|ratio of totals/);
  });

  test('say of a crossover that carry-over does not choose the analysis', async () => {
    const words = sectionWords(await crossover(), 'methods');
    expect(words).toContain(
      'Checks over time. Carry-over is looked for by an effect of the arm of the period before; it does not choose the analysis (Freeman 1989; Senn 2002).',
    );
    expect(words).not.toMatch(/joint F test|Washout|left out/);
  });
});

describe('What an analysis holds of a list', () => {
  test('of a stepped wedge: periods with their days, and every sequence with its clusters', async () => {
    expect(listOf(await steppedWedge()).schedule).toEqual({
      design: 'stepped-wedge',
      washout: 4,
      periods: [
        { start: '2026-10-05', end: '2026-10-18' },
        { start: '2026-10-19', end: '2026-11-01' },
        { start: '2026-11-02', end: '2026-11-15' },
        { start: '2026-11-16', end: '2026-11-29' },
        { start: '2026-11-30', end: '2026-12-13' },
      ],
      sequences: [1, 2, 3, 4].map((step) => ({
        arms: Array.from({ length: 5 }, (_, i) => (i < step ? 'usual' : 'redesign')),
        clusters: 3,
      })),
    });
  });

  test('of a crossover its orders; of a switchback the sequences that came of its blocks', async () => {
    expect(listOf(await crossover()).schedule).toMatchObject({
      design: 'crossover',
      washout: 0,
      sequences: [
        { arms: ['usual', 'redesign'], clusters: 6 },
        { arms: ['redesign', 'usual'], clusters: 6 },
      ],
    });
    const { schedule } = listOf(await switchback());
    const sizes = schedule?.sequences.map(({ clusters }) => clusters) ?? [];
    expect(sizes.reduce((total, each) => total + each, 0)).toBe(30);
    expect(Math.min(...sizes)).toBe(1);
    expect(new Set(schedule?.sequences.map(({ arms }) => arms.join())).size).toBe(sizes.length);
  });

  test('of arms that never change no schedule, and the settings of the method', async () => {
    const { schedule, settings, diagnostics } = listOf(await threeFramings());
    expect(schedule).toBeNull();
    expect(settings).toMatchObject({ method: 'constrained', sample: 1_000 });
    expect(diagnostics.constraint?.candidates).toBeNull();
    expect(Object.keys(diagnostics)).toEqual(['groups', 'balance', 'constraint', 'warnings']);
  });
});
