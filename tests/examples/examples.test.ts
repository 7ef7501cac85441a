import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { fromSource } from '../cli/command.ts';

const file = (name: string): string =>
  fileURLToPath(new URL(`../../examples/${name}.ts`, import.meta.url));
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** What each example must print. */
const examples: Readonly<Record<string, readonly RegExp[]>> = {
  'define-and-assign': [
    /Fingerprint of the protocol: [0-9a-f]{64}/,
    /p-1: (usual|short) \(hashed\)/,
    /unit-missing\nafter-end/,
  ],
  'log-from-ehr': [
    /durable: \d+/,
    /lost: 0/,
    /Alerts per patient-day/,
    /Acceptance per alert/,
    /re-randomisation/,
  ],
  'wrap-cds-hooks': [
    /p-1: (Statin therapy is recommended|Start atorvastatin)/,
    /feedback: 200/,
    /durable: 8/,
  ],
  extracts: [
    /showings \d+ answers \d+/,
    /'filtered: never shown': 1/,
    /'shown_at: is empty': 1/,
    /the same again: 0 new, \d+ known/,
    /stays 80 patient-days 320/,
    /ratio +0\.\d+ \(95 % interval/,
  ],
  'analyze-ledger': [
    /unit summaries/,
    /per midnight present/,
    /AnalysisRefusedError: .*by alert would treat/,
    /redesign: \w/,
  ],
  'tobacco-rounds': [
    /ROUND 1/,
    /not-listed/,
    /Verdict on evidence: ADOPT/,
    /arms computed again, 0 disagreement/,
    /ROUND 2/,
    /practice-25 added/,
    /Verdict on payment: DISCARD/,
  ],
  'stepped-wedge': [
    /simulated trials/,
    /severe from period 5/,
    /04:59:59Z all, .*05:00:00Z severe/,
    /After the step over before it +0\.51/,
    /Adjusted for periods, by the model +0\.71/,
    /Verdict on severe: adopt/,
  ],
  'choose-a-method': [
    /Smallest two-sided p of 6 against 6: 0\.0022/,
    /The same as estimating equations +0\.750 \(0\.589 to 0\.956\)/,
    /enumeration: 924 assignments/,
    /Adjusted for the rate before the trial +0\.\d+/,
    /within 5 points either way: not shown/,
  ],
};

describe('The examples', () => {
  test.each(Object.entries(examples))(
    '%s runs and prints what it promises',
    async (name, patterns) => {
      const { code, out, err } = await fromSource(file(name));
      expect(err).toBe('');
      expect(code).toBe(0);
      for (const pattern of patterns) expect(out).toMatch(pattern);
    },
    120_000,
  );

  test('influenza-demo takes the options of the command', async () => {
    const { code, out } = await fromSource(file('influenza-demo'), ['--help']);
    expect(out).toContain('--patients <folder>');
    expect(code).toBe(0);
  });

  test('are all run here, and named in the README', () => {
    const names = readdirSync(new URL('../../examples', import.meta.url))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => name.replace(/\.ts$/, ''));
    expect([...names].sort()).toEqual([...Object.keys(examples), 'influenza-demo'].sort());
    for (const name of names) expect(readme).toContain(`examples/${name}.ts`);
  });

  test('give the README its quick start, word for word', () => {
    expect(readme).toContain(readFileSync(file('log-from-ehr'), 'utf8').trim());
  });
});
