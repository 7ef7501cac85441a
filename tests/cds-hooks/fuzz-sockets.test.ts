import { describe, expect, test } from '@jest/globals';
import { everyFront } from './fuzzing/fronts.ts';
import { leaks } from './fuzzing/siege.ts';
import { underFire } from './fuzzing/under-fire.ts';

const seed = Number(process.env['RAPIDCYCLE_FUZZ_SEED'] ?? 20_261_020);
const requests = Number(process.env['RAPIDCYCLE_FUZZ_SOCKET_REQUESTS'] ?? 1_500);

describe('Behind node:http, the Fetch standard, Express and Fastify, on sockets,', () => {
  test(
    `${requests} requests of any kind are answered or refused alike, and the ledger agrees`,
    async () => {
      const { tally, reckoning, counted, lost, written } = await underFire(everyFront, {
        seed,
        requests,
        together: 25,
      });
      expect(reckoning).toMatchObject({
        malformed: [],
        leaking: 0,
        impressionsMissing: 0,
        impressionsUnexplained: 0,
        silent: counted.silent,
        answersMissing: 0,
        answersUnexplained: 0,
      });
      expect([tally.returned.size, lost]).toEqual([counted.returned, 0]);
      expect(written.filter(leaks)).toEqual([]);
      const statuses = new Set([...tally.byStatus.keys()].map((key) => key.slice(-3)));
      for (const status of ['200', '204', '400', '401', '403', '404', '405', '415', '422']) {
        expect(statuses).toContain(status);
      }
    },
    requests * 20 + 10_000,
  );
});
