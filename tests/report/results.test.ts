import { describe, expect, test } from '@jest/globals';
import type { TrialAnalysis, Verdict } from '../../src/analysis/index.ts';
import { analyze } from '../../src/analysis/index.ts';
import { sizeWords } from '../../src/analysis/text/factorial.ts';
import { reportHtml } from '../../src/report/index.ts';
import { trialWith } from '../trials.ts';
import { equivalentArms, factorialTrial, over, tenPractices, withEvents } from './analyses.ts';
import { clinic, ledgerOf } from './clinic.ts';
import { between, tagsOf, wordsOf } from './markup.ts';

const pageWords = (analysis: TrialAnalysis): string => wordsOf(reportHtml(analysis));

/** The words of a section; empty where there is none. */
function sectionWords(analysis: TrialAnalysis, id: string): string {
  const page = reportHtml(analysis);
  const from = `<section aria-labelledby="${id}">`;
  return page.includes(from) ? wordsOf(`${between(page, from, '</section>')}</section>`) : '';
}

/** An analysis with the first verdict changed. */
function withVerdict(analysis: TrialAnalysis, changes: Partial<Verdict>): TrialAnalysis {
  return { ...analysis, verdicts: analysis.verdicts.map((each) => ({ ...each, ...changes })) };
}

describe('The verdict in a report', () => {
  test('says of an equivalence claim what counts as equal, in words, table and drawing', async () => {
    const analysis = await equivalentArms();
    const words = pageWords(analysis);
    expect(analysis.verdicts[0]?.verdict).toBe('adopt');
    expect(words).toContain(
      'As good as the control arm, within the range that counts as equal, and no guardrail is worse than was tolerated.',
    );
    expect(words).not.toContain('Better than the control arm');
    expect(words).toContain('Alerts per patient-day: between the bounds that count as equal?');
    expect(words).toContain('0.800 and 1.25');
    expect(words).toContain('Counts as equal: a ratio of 0.800 to 1.25.');
    expect(words).toContain('bound 0.800');
    expect(words).toContain('bound 1.25');
    expect(words).toContain('two one-sided tests (Schuirmann 1987)');
    const shaded = tagsOf(reportHtml(analysis)).filter(
      ({ attributes }) => attributes['class'] === 'beyond',
    );
    // Both sides of the bounds, and one of the guardrail's margin.
    expect(shaded.length).toBe(3);
  });

  test('says of a non-inferiority claim that worse by less than the margin is enough', async () => {
    const analysis = await equivalentArms({
      kind: 'non-inferiority',
      scale: 'ratio',
      margin: 1.25,
    });
    const words = pageWords(analysis);
    expect(words).toContain('Not worse than the control arm by more than was tolerated, and no');
    expect(words).toContain('Alerts per patient-day: within the tolerated margin?');
    expect(words).toContain('Tolerated at worst: a ratio of 1.25.');
    expect(words).toContain('margin 1.25');
    expect(words).toContain('non-inferiority to the margin on the primary outcome');
  });

  test.each([
    ['superiority', undefined, 'Do not adopt: worse than the control arm, or too little gain'],
    [
      'equivalence',
      { kind: 'equivalence', scale: 'ratio', lower: 0.8, upper: 1.25 },
      'Do not adopt: outside the range that counts as equal to the control arm.',
    ],
    [
      'non-inferiority',
      { kind: 'non-inferiority', scale: 'ratio', margin: 1.25 },
      'Do not adopt: worse than the control arm by more than was tolerated.',
    ],
  ])('says of an arm to discard what was shown: %s', async (_, claim, meaning) => {
    const analysis = claim === undefined ? await tenPractices() : await equivalentArms(claim);
    expect(pageWords(withVerdict(analysis, { verdict: 'discard' }))).toContain(meaning);
  });

  test('names no guardrail where there is none', async () => {
    const words = pageWords(await tenPractices({ guardrails: [] }));
    expect(words).toContain('Better than the control arm.');
    expect(words).not.toContain('and no guardrail');
  });
});

describe('The gate in a report', () => {
  test('is told for each secondary outcome, and in a table', async () => {
    const analysis = await tenPractices();
    const question = analysis.gate[0]?.questions[0];
    if (question?.adjustedPValue == null) throw new Error('no gate');
    expect(question.shown).toBe(false);
    const words = pageWords(analysis);
    expect(words).toContain(
      'Tested only when everything before it was shown. redesign: not shown to be better.',
    );
    expect(words).toContain('Secondary outcomes in their order: one is tested when all before it');
    expect(words).toContain('fixed sequence; Maurer, Hothorn and Lehmacher 1995');
    expect(String(analysis)).toMatch(
      /Secondary outcomes of redesign, in order behind the verdict\n {2}1\. Accepted alerts per patient-day: not shown to be better \(one-sided p = 0\.\d{3}; adjusted p = 0\.\d{3}\)/,
    );
  });

  test('says why an outcome was not tested', async () => {
    const analysis = await tenPractices();
    const [arm] = analysis.gate;
    const [question] = arm?.questions ?? [];
    if (arm === undefined || question === undefined) throw new Error('no gate');
    const words = (changes: Partial<TrialAnalysis>): string =>
      sectionWords({ ...analysis, ...changes }, 'verdicts');
    const gated = (changes: Partial<typeof question>): Partial<TrialAnalysis> => ({
      gate: [{ ...arm, questions: [{ ...question, ...changes }] }],
    });
    expect(words(gated({ shown: true }))).toContain('shown to be better');
    expect(words({ final: false })).toContain('not tested before the trial is over');
    expect(words({ verdicts: withVerdict(analysis, { verdict: 'harm' }).verdicts })).toContain(
      'not tested, for the arm is not adopted',
    );
    expect(words(gated({ adjustedPValue: null }))).toContain(
      'not tested, for one before it cannot be judged',
    );
    expect(
      words(gated({ answer: { estimable: false, reason: 'no events.', instead: 'wait' } })),
    ).toContain('cannot be judged: no events; instead: wait');
    const two = { gate: [{ ...arm, questions: [question, { ...question }] }] };
    expect(words(two)).toContain('not tested, for one before it was not shown');
    const others = analysis.verdicts.map((each) => ({
      ...each,
      arm: 'another',
      verdict: 'inconclusive' as const,
    }));
    expect(words({ verdicts: [...analysis.verdicts, ...others] })).toContain(
      'not shown to be better, for not every arm is adopted',
    );
  });

  test('is not there without secondary outcomes', async () => {
    const analysis = await tenPractices({ secondary: [] });
    expect(pageWords(analysis)).not.toContain('Secondary outcomes');
    expect(String(analysis)).not.toContain('Secondary outcomes');
  });
});

describe('Re-randomisation in a report', () => {
  test('says which assignments were gone through, and the interval where it decides', async () => {
    const analysis = await tenPractices();
    const [comparison] = analysis.primary.comparisons;
    const { rerandomization: found, rerandomizationInterval: interval } = comparison ?? {};
    if (found?.estimable !== true || interval?.estimable !== true) throw new Error('no test');
    expect(found.method).toBe('enumeration');
    const words = pageWords(analysis);
    const drawn = found.draws.toLocaleString('en-GB');
    expect(words).toContain(
      'By re-randomisation, which decides here, redesign against usual: 95 % interval of the ratio',
    );
    expect(words).toContain(`(all ${drawn} assignments that can be compared)`);
    expect(words).toContain(found.floor);
    expect(words).not.toContain('Monte Carlo error');
    expect(words).toContain('inversion; Garthwaite 1996');
    expect(String(analysis)).not.toContain('Monte Carlo error');
    expect(String(analysis)).toMatch(
      /re-randomisation 95 % interval of the ratio 0\.\d+ to 0\.\d+\n/,
    );
    expect(String(analysis)).toMatch(
      /re-randomisation 95 % interval of the difference \+\d+\.\d to \+\d+\.\d points\n/,
    );
  });

  test('is drawn where the units are many, and has no interval where the model decides', async () => {
    const analysis = await withEvents();
    expect(pageWords(analysis)).toContain('499 draws (Monte Carlo error');
    expect(pageWords(analysis)).not.toContain('which decides here');
    expect(pageWords(analysis)).not.toContain('Garthwaite');
    expect(String(analysis)).toContain('(499 draws, Monte Carlo error');
  });
});

describe('Likeness within units in a report', () => {
  test('stands with every measure', async () => {
    const words = pageWords(await tenPractices());
    expect(words).toMatch(
      /Variation between practices of the control arm: coefficient of variation 0\.\d+, chance taken out \(95 % interval 0(\.\d+)? to \d/,
    );
    expect(words).toMatch(
      /Likeness within practices: intraclass correlation 0\.\d{3} \(95 % interval −?0\.\d{3} to 0\.\d{3}; 1,\d{3} alerts, 10 practices\)\./,
    );
  });
});

describe('Several arms in a report', () => {
  test('have an omnibus test, and intervals that hold together', async () => {
    const analysis = await factorialTrial();
    const words = pageWords(analysis);
    expect(words).toContain('Whether the arms differ at all: p < 0.001 (Wald F test); p = 0.002');
    expect(words).toContain('each against the control arm, adjusted for 3 comparisons (two-sided)');
    expect(words).toContain('step-down max-T (Westfall and Young 1993)');
    expect(words).toContain('serial gatekeeping');
    expect(String(analysis)).toMatch(
      /late-long: 0\.\d+ \(simultaneous 95 % interval 0\.\d+ to 0\.\d+\); adjusted p < 0\.001 \(Dunnett\), p = 0\.002 \(max-T\)/,
    );
    expect(pageWords(await tenPractices())).not.toContain('Whether the arms differ at all');
  });

  test('say why they cannot be compared, once in the text', async () => {
    const trial = trialWith({
      arms: ['usual', 'b', 'c'].map((name) => ({ name, weight: 1, content: {} })),
      decision: { draws: 499 },
    });
    const analysis = await analyze(trial, [], { asOf: over });
    expect(pageWords(analysis)).toContain('Whether the arms differ at all: not estimable');
    expect(String(analysis.primary)).toContain('simultaneous intervals not estimable');
    expect(String(analysis.primary)).toMatch(/ {2}b v usual\n {4}not estimable: [^\n]+\n {2}c v/);
  });
});

describe('The factors in a report', () => {
  test('come with every interaction, and each caution once', async () => {
    const analysis = await factorialTrial();
    const { factorial } = analysis;
    if (factorial?.estimable !== true) throw new Error('not estimable');
    const words = sectionWords(analysis, 'factors');
    expect(words).toContain('timing: late against early mean over the other levels ratio 0.');
    expect(words).toContain('wording: long against short mean over the other levels ratio 0.');
    expect(words.match(/ratio of ratios/g)?.length).toBe(1);
    expect(words).toContain('Interaction timing × wording timing late, wording long');
    expect(words).toContain('timing: late against early wording short ratio');
    expect(words).toContain(`By t on ${factorial.degreesOfFreedom} degrees of freedom`);
    expect(words.match(/Caution\./g)?.length).toBe(1);
    expect(words).toContain(factorial.factors[0]?.contrasts[0]?.cautions[0] ?? 'no caution');
    expect(String(analysis)).toMatch(
      /Factors, on Alerts per patient-day \(no effect without its interaction\)\n {2}timing: late against early, ratio 0\.\d+ \(95 % .*\n {2}wording: .*\n {2}Interaction timing × wording \(timing late, wording long\), ratio of ratios 0\.\d+ .*\n {2}Caution: /,
    );
  });

  test('name an interaction of three factors for what it is', () => {
    const effect = { estimable: false as const, reason: 'none' };
    const of = (order: number) => ({
      kind: 'interaction' as const,
      name: '',
      at: '',
      effect,
      order,
    });
    expect(sizeWords(of(3), 'ratio')).toBe('ratio of ratios of ratios');
    expect(sizeWords(of(2), 'points')).toBe('difference of differences');
    expect(sizeWords(of(1), 'ratio')).toBe('ratio');
  });

  test('are differences where the outcome is a proportion, and reasons where there is nothing', async () => {
    const analysis = await factorialTrial({
      primary: { metric: 'acceptanceRate', better: 'higher' },
      guardrails: [],
      secondary: [],
    });
    expect(sectionWords(analysis, 'factors')).toMatch(
      /difference of differences [+−]\d+\.\d points/,
    );
    const none = {
      ...analysis,
      factorial: { estimable: false as const, reason: 'no units', instead: 'wait' },
    };
    expect(sectionWords(none, 'factors')).toContain('Not estimable: no units; instead: wait.');
    expect(sectionWords(await tenPractices(), 'factors')).toBe('');
  });
});

describe('Equity in a report', () => {
  test('gives effects by subgroup with the interaction, and withholds small cells', async () => {
    const analysis = await factorialTrial();
    const words = sectionWords(analysis, 'equity');
    expect(words).toContain('By language');
    expect(words).toContain('late-long: interaction Test that the effect is the same in all: p = ');
    expect(words).toMatch(
      /Test that the effect is the same in all: p = 0\.\d{3} \(F on 1 and \d+\)/,
    );
    expect(words).toContain('late-short: Haitian Creole withheld withheld withheld withheld');
    expect(words).toContain('fewer than 11 persons or events are withheld');
    // How few they are would be told by the reason.
    expect(words).not.toContain('one unit alone');
    expect(words).toContain('not estimable: a subgroup is too small; instead: merge');
    expect(String(analysis)).toContain('by language (3 subgroups), late-short: not estimable, a');
    expect(String(analysis)).toMatch(/by age \(2 subgroups\), late-short: p = 0\.\d{3}/);
  });

  test('names the arms where there are two, and is not there without strata', async () => {
    const trial = trialWith({ strata: ['language'], decision: { draws: 499 } });
    const held = clinic(
      trial,
      {
        usual: { alertsPerDay: 3, acceptance: 0.2 },
        redesign: { alertsPerDay: 2, acceptance: 0.2 },
      },
      { seed: 'equity', units: 120, days: 20 },
    );
    const rows = held.rows.map((row, i) => ({
      ...row,
      stratum: `language=${i % 2 === 0 ? '<script>' : 'English'}`,
    }));
    const analysis = await analyze(trial, ledgerOf(trial, { ...held, rows }), { asOf: over });
    const words = sectionWords(analysis, 'equity');
    expect(words).toContain('Subgroup Ratio (95 % interval) redesign usual Participants, all arms');
    expect(words).toContain('interaction Test that the effect is the same in all:');
    expect(words).not.toContain('ways of dividing');
    expect(reportHtml(analysis)).not.toContain('<script');
    expect(words).toContain('<script>');
    expect(sectionWords(await tenPractices(), 'equity')).toBe('');
    expect(String(await tenPractices())).not.toContain('same for all');
  });

  test('gives reach where a population is known', async () => {
    const analysis = await factorialTrial();
    const { equity } = analysis;
    if (equity === null) throw new Error('no equity');
    const divisions = equity.divisions.map((division) => ({
      ...division,
      subgroups: division.subgroups.map((each) => ({
        ...each,
        participants: 40,
        eligible: 80,
        reach: { estimable: true as const, share: 0.5, lower: 0.4, upper: 0.6 },
        participation: {
          estimable: true as const,
          share: 0.4,
          prevalence: 0.5,
          ratio: 0.8,
          representation: 'similar' as const,
        },
      })),
    }));
    const words = sectionWords({ ...analysis, equity: { ...equity, divisions } }, 'equity');
    expect(words).toContain('English 40 80 50.0 % ( 40.0 % to 60.0 % ) 0.800');
    expect(sectionWords(analysis, 'equity')).not.toContain('Whom the trial reached');
  });
});

describe('Integrity in a report', () => {
  test('is a checklist in which nothing is wrong', async () => {
    const analysis = await withEvents();
    const words = sectionWords(analysis, 'integrity');
    expect(words).toContain('✓ Numbers of patients in the arms As the weights would give (p =');
    expect(words).toContain('✓ One arm for each patient No patient stands in more than one arm.');
    expect(words).toContain('✓ Practices that never answer None of 8 with 10 alerts or more.');
    expect(words).toContain('Drift of the trigger between redesign and usual Ratio of firings');
    expect(words).toContain('✓ Change of the trigger in all arms No change shown (p =');
    expect(words).toContain('✓ Single events Nothing out of order. Nothing.');
    expect(String(analysis)).toMatch(/Integrity\n {2}ok {6}Numbers of patients in the arms: as/);
  });

  test('tells what was found, and prints no warning twice in full', async () => {
    const analysis = await withEvents({ lost: 0.6, late: 3, missing: 2 });
    const words = sectionWords(analysis, 'integrity');
    expect(words).toContain(
      '✕ Clinicians who saw several arms 12 of 12 (100.0 %), who saw 100.0 % of the alerts',
    );
    expect(words).toMatch(
      /✕ Alerts without an answer Share unanswered: usual \d\d\.\d %, redesign/,
    );
    expect(words).toContain('2 alerts that were answered and that the ledger does not hold');
    expect(words).toContain(
      '• Single events 3 answers after the response window (usual 3, redesign 0). Nothing: they are not counted.',
    );
    expect(words).toContain('See the warning at the top.');
    const page = pageWords(analysis);
    expect(analysis.warnings.length).toBe(3);
    for (const warning of analysis.warnings) expect(page.split(warning).length).toBe(2);
    expect(String(analysis)).toContain('WARNING Alerts without an answer: share unanswered:');
  });

  test('says what cannot be judged, and who stands in two arms', async () => {
    const words = sectionWords(await withEvents({ moved: 3 }), 'integrity');
    expect(words).toContain(
      '✕ One arm for each patient 3 patients in more than one arm: usual and redesign (3).',
    );
    expect(words).toContain('– Alerts without an answer Share unanswered: usual');
    expect(words).toContain('stand in more than one arm; instead: run `rapidcycle verify`');
  });

  test('is not there without a ledger of events', async () => {
    const analysis = await tenPractices();
    expect(sectionWords(analysis, 'integrity')).toBe('');
    expect(sectionWords(analysis, 'responses')).toBe('');
    expect(String(analysis)).not.toMatch(/Integrity|Response time/);
  });
});

describe('Response times in a report', () => {
  test('are given in the unit that reads best, with intervals by unit', async () => {
    const analysis = await withEvents();
    const words = sectionWords(analysis, 'responses');
    expect(words).toContain(
      'Time from an alert to its first answer within 24 h, of answered alerts, with 95 % intervals by patient',
    );
    expect(words).toMatch(/usual \d+ \d+ \d\.\d s \( \d\.\d to \d\.\d \)/);
    expect(String(analysis)).toContain('Response time\n');
    const { responseTimes } = analysis;
    if (responseTimes === null) throw new Error('no times');
    const arms = responseTimes.arms.map((arm) => ({
      ...arm,
      quantiles: {
        estimable: true as const,
        of: [90, 150, 9_000].map((seconds, i) => ({
          probability: 0.25 * (i + 1),
          seconds,
          interval: { estimable: false as const, reason: 'one unit' },
        })),
      },
    }));
    const long = { ...analysis, responseTimes: { ...responseTimes, arms } };
    expect(sectionWords(long, 'responses')).toContain(
      '90 s no interval: one unit 2.5 min no interval: one unit 2.5 h no interval: one unit',
    );
  });
});

describe('The sample ratio in a report', () => {
  test.each([
    ['exact-binomial', 'exact binomial test'],
    ['exact-multinomial', 'exact multinomial test'],
    ['monte-carlo', 'chi-squared test by simulation'],
    ['chi-squared', 'chi-squared test'],
  ] as const)('names the test that was made: %s', async (method, name) => {
    const analysis = await tenPractices();
    const { sampleRatio } = analysis;
    if (!sampleRatio.estimable) throw new Error(sampleRatio.reason);
    const words = pageWords({ ...analysis, sampleRatio: { ...sampleRatio, method } });
    expect(words).toContain(`, ${name}; a mismatch is called below`);
  });
});
