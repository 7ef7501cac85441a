import { beforeAll, describe, expect, test } from '@jest/globals';
import type { TrialAnalysis } from '../../src/analysis/index.ts';
import { analyze } from '../../src/analysis/index.ts';
import type { OverrideReasons } from '../../src/analysis/overrides/index.ts';
import { overrideReasons } from '../../src/analysis/overrides/index.ts';
import { nonAdherenceSystem } from '../../src/events/non-adherence.ts';
import type { Coding, TrialEvent } from '../../src/index.ts';
import { reportHtml } from '../../src/report/index.ts';
import { memoryStore } from '../../src/store/index.ts';
import { eventsOf } from '../analysis/integrity/events.ts';
import { trialWith } from '../trials.ts';
import { over } from './analyses.ts';
import { between, numbersIn, tagsOf, wordsOf } from './markup.ts';

const trial = trialWith({ decision: { draws: 499 } });
const { alert, answer, days } = eventsOf(trial);

const given: readonly (Coding | undefined)[] = [
  { system: 'https://site.example/reasons', code: 'done', display: 'Already given' },
  { system: nonAdherenceSystem, code: 'patient-refuses' },
  { code: '<b>&"', display: '<script>alert(1)</script>' },
  undefined,
];

/** Each reason several times, in each arm another number of times. */
function eventsWith(reasons: readonly (Coding | undefined)[]): readonly TrialEvent[] {
  return ['usual', 'redesign'].flatMap((arm, a) =>
    Array.from({ length: 40 }, (_, i) => {
      const own = { arm, unitId: `${arm}-${i % 8}`, patient: `${arm}-${i % 8}` };
      const shown = alert(own);
      const at = shown.at + 60_000;
      const reason = reasons[i % (4 + a)];
      const answered = i % (4 + a) < reasons.length;
      return [
        shown,
        days({ ...own, at: shown.at, day: shown.day, patient: `${arm}-${i}` }),
        ...(answered
          ? [answer(shown, { ...own, at, ...(reason === undefined ? {} : { override: reason }) })]
          : []),
      ];
    }).flat(),
  );
}

async function read(reasons: readonly (Coding | undefined)[]): Promise<{
  readonly analysis: TrialAnalysis;
  readonly overrides: OverrideReasons;
}> {
  const store = memoryStore({ key: 'a'.repeat(64) });
  await store.register(trial);
  await store.append(eventsWith(reasons));
  const map = [
    { system: 'https://site.example/reasons', code: 'done', means: 'action-completed' },
  ] as const;
  return {
    analysis: await analyze(trial, store, { asOf: over }),
    overrides: await overrideReasons(store, trial, { map, asOf: over }),
  };
}

const start = '<section aria-labelledby="overrides">';

const sectionOf = (page: string): string => `${between(page, start, '</section>')}</section>`;

describe('The section on overrides', () => {
  let page = '';
  let found: Awaited<ReturnType<typeof read>>;
  beforeAll(async () => {
    found = await read(given);
    page = reportHtml(found.analysis, { overrides: found.overrides });
  });

  test('is there only where it was given, and the rest of the page does not change', () => {
    const without = reportHtml(found.analysis);
    expect(without).not.toContain('Why alerts were overridden');
    const rest = page.replace(sectionOf(page), '');
    expect(wordsOf(rest)).toBe(wordsOf(without));
  });

  test('is not there where nothing was dismissed', async () => {
    const { analysis, overrides } = await read([]);
    expect(reportHtml(analysis, { overrides })).toBe(reportHtml(analysis));
  });

  test('says how much of what was dismissed the categories tell', () => {
    // 40 of the usual arm, and 32 of the other: the fifth of its alerts are not answered.
    expect(wordsOf(sectionOf(page))).toContain(
      'Of 72 dismissed alerts, 54 (75.0 %) came with a reason, and of these 36 (66.7 %) with one that is in a category.',
    );
  });

  test('has every number of every arm', () => {
    const numbers = new Set(numbersIn(sectionOf(page)));
    for (const { dismissed, groups, reasons } of found.overrides.arms) {
      expect(reasons).toHaveLength(3);
      for (const { alerts, perHundredAlerts } of [dismissed, ...groups]) {
        expect(numbers).toContain(alerts);
        expect(numbers).toContain(perHundredAlerts);
      }
      for (const { share } of reasons) expect(numbers).toContain(share);
    }
    const words = wordsOf(sectionOf(page));
    expect(words).toContain('The advice does not apply');
    expect(words).toContain('Declined, no reason known');
    expect(words).toContain('No reason given');
    expect(words).toContain('Already given');
  });

  test('takes reasons as untrusted text', () => {
    const tags = tagsOf(sectionOf(page)).map(({ name }) => name);
    expect(tags).not.toContain('script');
    expect(tags).not.toContain('b');
    expect(sectionOf(page)).toContain('&lt;script&gt;');
  });

  test('warns of what is in no category', () => {
    expect(wordsOf(sectionOf(page))).toMatch(/Warning\. 18 of 54 alerts dismissed for a reason/);
  });
});
