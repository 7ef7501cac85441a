import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isOwn } from '../store/postgres/server.ts';
import type { Compiled } from '../compile.ts';
import { compile } from '../compile.ts';
import type { AdapterName } from './place.ts';
import type { Fault } from './protocol.ts';
import type { Report } from './report.ts';
import { blank, isSound, lineOf } from './report.ts';
import { runTask } from './run-task.ts';

const runs = 3;

// `npm run crash` does the same hundreds of times.
describe('The crash harness', () => {
  let compiled: Compiled;
  beforeAll(() => {
    compiled = compile();
  });
  afterAll(() => compiled[Symbol.dispose]());

  const kill = (adapter: AdapterName, fault?: Fault): Promise<Report> =>
    runTask(compiled, { crash: 'writer', adapter, runs, seed: 'a few kills', fault });

  const expectSound = (report: Report, crashes: number): void => {
    const { acknowledged, stored, whileOpening, unanswered } = report;
    expect(report).toEqual({
      ...blank,
      crashes,
      whileOpening,
      acknowledged,
      stored,
      unanswered,
    });
    expect(isSound(report)).toBe(true);
    expect(acknowledged).toBeGreaterThan(crashes);
    expect(stored).toBeGreaterThan(crashes);
  };

  test('finds an embedded ledger sound whose writers are killed', async () => {
    expectSound(await kill('embedded'), runs);
  }, 180_000);

  (isOwn ? test.each : test.skip.each)(['postgres', 'spool'] as const)(
    'finds a ledger on a server sound whose writers are killed: %s',
    async (adapter) => {
      expectSound(await kill(adapter), runs);
    },
    180_000,
  );

  (isOwn ? test : test.skip)(
    'finds a ledger sound whose server is stopped under the load of two services with spools',
    async () => {
      const spooled = { crash: 'server', spooled: true, stops: 3, seed: 'a few stops' } as const;
      expectSound(await runTask(compiled, spooled), 3);
    },
    180_000,
  );

  test('finds the events of a writer that acknowledges before it has appended', async () => {
    const report = await kill('embedded', 'early');
    expect(report.lost).toBeGreaterThan(0);
    expect(isSound(report)).toBe(false);
    expect(lineOf('early', report, 1)).toContain('FAILED');
  }, 180_000);

  test('finds the batches of a writer that appends them in parts', async () => {
    const report = await kill('embedded', 'torn');
    expect(report.torn).toBeGreaterThan(0);
    expect(report.lost).toBe(0);
    expect(isSound(report)).toBe(false);
  }, 180_000);
});
