import { join } from 'node:path';
import fc from 'fast-check';
import type { Logger } from 'pino';
import { pino } from 'pino';
import type { CdsService } from '../../../src/cds-hooks/index.ts';
import { createCdsService } from '../../../src/cds-hooks/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { inFolder } from '../../store/place.ts';
import { noon } from '../support.ts';
import { anyAttack } from './attacks.ts';
import type { Services } from './services.ts';
import { openServices } from './services.ts';
import type { Reckoning, Tally, Transport, Way } from './siege.ts';
import { reckon, siege } from './siege.ts';
import { callers, guard } from './tokens.ts';

/** Carries requests to a handler in several ways. */
export interface Front extends AsyncDisposable {
  readonly transports: readonly Transport[];
}

/** What was seen of a siege from both sides. */
export interface Aftermath {
  readonly tally: Tally;
  readonly reckoning: Reckoning;
  /** What the alerts themselves counted, all together. */
  readonly counted: Readonly<Record<'returned' | 'silent' | 'unitMissing' | 'faults', number>>;
  readonly lost: number;
  /** What was written for people to read: log lines, metrics, health. */
  readonly written: readonly string[];
  readonly lines: number;
}

function remembering(lines: string[]): Logger {
  return pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
}

function countedBy({ tried }: Services): Aftermath['counted'] {
  const all = tried.map(({ counters }) => counters);
  const sum = (numbers: readonly number[]): number => numbers.reduce((one, two) => one + two, 0);
  return {
    returned: sum(all.map(({ returned }) => returned)),
    silent: sum(all.map(({ silent }) => silent)),
    unitMissing: sum(all.map(({ unitMissing }) => unitMissing)),
    faults: sum(all.flatMap(({ faults }) => Object.values(faults))),
  };
}

// What fails names the requests; the functions of a way say nothing.
const named = (way: Way): Way => Object.assign(way, { [fc.toStringMethod]: () => way.to });

function anyWay(open: Front, guarded: Front): fc.Arbitrary<Way> {
  return fc
    .record({
      lot: fc.nat(9),
      transport: fc.nat(),
      caller: fc.constantFrom(...callers),
      bad: fc.option(fc.nat(1_000), { nil: undefined, freq: 2 }),
    })
    .map(({ lot, transport, caller, bad }) => {
      const [to, { transports }] =
        lot < 8 ? (['open', open] as const) : (['guarded', guarded] as const);
      const chosen = transports[transport % transports.length];
      if (chosen === undefined) throw new Error('there is no way to the handler');
      return named({ to, transport: chosen, caller, bad: to === 'guarded' ? bad : undefined });
    });
}

/**
 * Sends any requests, so many and so many of them at once, to a handler that lets everybody in and to one
 * that asks for tokens, and reads everything that was written in the end.
 *
 * @throws Error with the seed and the request, when an answer is not as it should be
 */
export async function underFire(
  frontOf: (handler: CdsService) => Promise<Front>,
  {
    seed,
    requests,
    together,
  }: { readonly seed: number; readonly requests: number; readonly together: number },
): Promise<Aftermath> {
  return inFolder(async (folder) => {
    await using store = await openStore(join(folder, 'ledger.db'), { key: 'ab'.repeat(32) });
    const lines: string[] = [];
    const services = await openServices(store, { seed });
    try {
      const options = {
        services: services.tried,
        now: () => noon,
        cors: { origins: ['https://ehr.example'] },
        metrics: true,
        feedbackDeadline: 60_000,
        logger: remembering(lines),
      };
      const handler = createCdsService(options);
      await using open = await frontOf(handler);
      await using guarded = await frontOf(createCdsService({ ...options, authorize: guard() }));
      const { carryOut, tally } = siege();
      const attacks = fc.array(fc.tuple(anyAttack, anyWay(open, guarded)), {
        minLength: together,
        maxLength: together,
      });
      await fc.assert(
        fc.asyncProperty(attacks, async (wave) => {
          await Promise.all(wave.map(([attack, way]) => carryOut(attack, way)));
        }),
        { seed, numRuns: Math.ceil(requests / together), endOnFailure: true },
      );
      const read = async (path: string): Promise<string> =>
        (await handler({ method: 'GET', path, headers: {} })).body;
      const written = [await read('/metrics'), await read('/health'), ...lines];
      await services.close();
      const { logs } = services;
      const trials = logs.map(({ trial }) => trial.fingerprint);
      return {
        tally: tally(),
        reckoning: await reckon(store, trials, tally()),
        counted: countedBy(services),
        lost: logs.reduce((sum, { counters }) => sum + counters.lost, 0),
        written,
        lines: lines.length,
      };
    } finally {
      await services.close();
    }
  });
}
