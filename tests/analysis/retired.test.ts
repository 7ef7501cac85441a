import { describe, expect, test } from '@jest/globals';
import { analyze } from '../../src/analysis/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { hour, nine, trial } from '../store/fixtures.ts';

const { fingerprint } = trial;
const over = trial.endsAt + trial.responseWindow;

describe('A trial whose events were removed', () => {
  test('is analysed from its sums as before, but for what only the events can tell', async () => {
    const store = memoryStore();
    await using log = await openLog(trial, store, { now: () => nine });
    for (let n = 0; n < 60; n += 1) {
      const subject = { patient: `p${n % 20}`, clinician: 'c' };
      const shown = log.impression(log.assign(subject), { stage: 'displayed', alert: 'a' });
      if (n % 3 === 0) log.acceptance(shown.id, { at: nine + 1_000 });
      log.patientDays(subject, { day: '2026-10-06', calendar: 1, midnight: 1, elapsed: 1 });
    }
    await log.flush();
    const before = await analyze(trial, store, { asOf: over + hour });
    expect(before.integrity).not.toBeNull();
    expect(before.responseTimes).not.toBeNull();
    await store.retire(fingerprint, over + hour);

    const after = await analyze(trial, store, { asOf: over + hour });
    const plain = (analysis: object): object => JSON.parse(JSON.stringify(analysis)) as object;
    expect(plain(after)).toEqual({
      ...plain(before),
      integrity: null,
      responseTimes: null,
      warnings: expect.arrayContaining([
        expect.stringMatching(/events of this trial were removed/),
      ]),
    });
    expect(before.integrity?.warnings.length).toBeGreaterThan(0);
    for (const warning of before.integrity?.warnings ?? []) {
      expect(after.warnings).not.toContain(warning);
    }
  });
});
