import { beforeAll, describe, expect, test } from '@jest/globals';
import { inMemory, leaks } from './fuzzing/siege.ts';
import type { Aftermath } from './fuzzing/under-fire.ts';
import { underFire } from './fuzzing/under-fire.ts';

// Other requests: RAPIDCYCLE_FUZZ_SEED=7 RAPIDCYCLE_FUZZ_REQUESTS=200000 npm test -- tests/cds-hooks/fuzz.test.ts
const seed = Number(process.env['RAPIDCYCLE_FUZZ_SEED'] ?? 20_261_020);
const requests = Number(process.env['RAPIDCYCLE_FUZZ_REQUESTS'] ?? 18_500);

describe(`After ${requests} requests of any kind, each answered as CDS Hooks has it or refused by name,`, () => {
  let aftermath: Aftermath;
  beforeAll(async () => {
    aftermath = await underFire(
      async (handler) => ({
        transports: [inMemory(handler)],
        [Symbol.asyncDispose]: async () => undefined,
      }),
      { seed, requests, together: 25 },
    );
  }, requests * 20);

  test('every status that a client should know has been given, and none of a failure', () => {
    const statuses = new Set([...aftermath.tally.byStatus.keys()].map((key) => key.slice(-3)));
    expect([...statuses].sort()).toEqual([
      '200',
      '204',
      '400',
      '401',
      '403',
      '404',
      '405',
      '412',
      '413',
      '415',
      '422',
    ]);
  });

  test('the ledger holds the impressions that were answered with cards, and no others', () => {
    const { tally, reckoning, counted } = aftermath;
    expect(reckoning).toMatchObject({ impressionsMissing: 0, impressionsUnexplained: 0 });
    expect(reckoning.silent).toBe(counted.silent);
    expect(tally.returned.size).toBe(counted.returned);
    expect(Math.min(counted.returned, counted.silent)).toBeGreaterThan(requests / 20);
  });

  test('the ledger holds the answers that were acknowledged, and no others', () => {
    const { tally, reckoning, lost } = aftermath;
    expect(reckoning).toMatchObject({ answersMissing: 0, answersUnexplained: 0 });
    expect(tally.acknowledged.length).toBeGreaterThan(requests / 20);
    expect(lost).toBe(0);
  });

  test('every event keeps its schema', () => {
    expect(aftermath.reckoning.malformed).toEqual([]);
    expect(aftermath.reckoning.events).toBeGreaterThan(requests / 4);
  });

  test('no identifier stands in an event, a log line, a metric or a report', () => {
    const { written, lines, reckoning } = aftermath;
    expect(written.filter(leaks)).toEqual([]);
    expect(lines).toBeGreaterThanOrEqual(requests);
    expect(reckoning.leaking).toBe(0);
  });

  test('arms failed and units were missing, so that these were tried too', () => {
    const { counted } = aftermath;
    expect(Math.min(counted.faults, counted.unitMissing)).toBeGreaterThan(requests / 400);
  });
});
