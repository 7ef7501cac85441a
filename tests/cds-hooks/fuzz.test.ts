import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Logger } from 'pino';
import { pino } from 'pino';
import { createCdsService } from '../../src/cds-hooks/index.ts';
import { openStore } from '../../src/store/index.ts';
import { inFolder } from '../store/place.ts';
import { anyAttack } from './fuzzing/attacks.ts';
import { openServices } from './fuzzing/services.ts';
import { inMemory, leaks, reckon, siege } from './fuzzing/siege.ts';
import { callers, guard } from './fuzzing/tokens.ts';
import { noon } from './support.ts';

// Another seed tries other requests: RAPIDCYCLE_FUZZ_SEED=7 RAPIDCYCLE_FUZZ_REQUESTS=200000 npm test -- fuzz
const seed = Number(process.env['RAPIDCYCLE_FUZZ_SEED'] ?? 20_261_020);
const requests = Number(process.env['RAPIDCYCLE_FUZZ_REQUESTS'] ?? 18_500);
// So many are on their way at once.
const together = 10;

// The functions of a way say nothing to whoever reads what failed.
const hidden = { [fc.toStringMethod]: () => 'way' };

function remembering(): { readonly logger: Logger; readonly lines: readonly string[] } {
  const lines: string[] = [];
  return {
    lines,
    logger: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
  };
}

describe('Whatever is sent to the alerts', () => {
  test(
    `is answered as CDS Hooks has it or refused with what is wrong, in ${requests} requests`,
    () =>
      inFolder(async (folder) => {
        await using store = await openStore(join(folder, 'ledger.db'), { key: 'ab'.repeat(32) });
        const { logger, lines } = remembering();
        const { logs, tried, close } = await openServices(store, { seed });
        const options = {
          services: tried.map(({ service }) => service),
          now: () => noon,
          cors: { origins: ['https://ehr.example'] },
          metrics: true,
          feedbackDeadline: 60_000,
          logger,
        };
        const open = inMemory(createCdsService(options));
        const guarded = inMemory(createCdsService({ ...options, authorize: guard() }));
        const way = fc
          .tuple(
            fc.integer({ min: 0, max: 9 }),
            fc.constantFrom(...callers),
            fc.option(fc.nat(1_000), { nil: undefined, freq: 1 }),
          )
          .map(([lot, caller, bad]) =>
            lot < 8
              ? ({ to: 'open', transport: open, caller, ...hidden } as const)
              : ({ to: 'guarded', transport: guarded, caller, bad, ...hidden } as const),
          );
        const { carryOut, tally } = siege();
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.tuple(anyAttack, way), { minLength: together, maxLength: together }),
            async (attacks) => {
              await Promise.all(attacks.map(([attack, to]) => carryOut(attack, to)));
            },
          ),
          { seed, numRuns: Math.ceil(requests / together), endOnFailure: true },
        );

        const metrics = await open({ method: 'GET', path: '/metrics', headers: {} });
        const health = await open({ method: 'GET', path: '/health', headers: {} });
        expect([metrics.status, health.status]).toEqual([200, 200]);
        await close();
        const counters = tried.map(({ service }) => service.counters);
        const sum = (name: 'returned' | 'silent' | 'unitMissing') =>
          counters.reduce((total, each) => total + each[name], 0);
        const told = tally();
        const trials = logs.map(({ trial }) => trial.fingerprint);
        const reckoning = await reckon(store, trials, told);
        console.log(told.byStatus, reckoning, seed, sum('returned'), sum('silent'));
        expect(reckoning).toMatchObject({
          malformed: [],
          leaking: 0,
          impressionsMissing: 0,
          impressionsUnexplained: 0,
          silent: sum('silent'),
          answersMissing: 0,
          answersUnexplained: 0,
        });
        expect(told.returned.size).toBe(sum('returned'));
        expect(logs.map(({ counters: { lost } }) => lost)).toEqual([0, 0, 0]);
        expect(lines.length).toBeGreaterThanOrEqual(told.requests);
        expect([metrics.body, health.body, ...lines].filter(leaks)).toEqual([]);
        expect(sum('unitMissing')).toBeGreaterThan(0);
      }),
    120_000,
  );
});
