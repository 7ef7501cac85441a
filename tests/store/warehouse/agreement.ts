import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { TrialEvent } from '../../../src/events/event.ts';
import type { Store } from '../../../src/store/index.ts';
import { memoryStore } from '../../../src/store/index.ts';
import { warehouseLedger } from '../../../src/store/warehouse/index.ts';
import type { AlertLevel, AlertState, LedgerCount } from '../../../src/trial/count.ts';
import {
  answer,
  changed,
  deviation,
  gap,
  hour,
  impression,
  nine,
  patientDay,
  uuid,
} from '../fixtures.ts';
import { history } from '../postgres/history.ts';
import type { Engine } from './engine.ts';

const states: readonly AlertState[] = [
  ...(['alerts', 'silent', 'fired', 'repeats', 'accepted', 'dismissed'] as const),
  ...(['answered', 'timed', 'due', 'ignored', 'undismissed', 'ordered'] as const),
];

const levels: readonly AlertLevel[] = [
  ...(['alert', 'opening', 'firstAlert', 'firstFiring', 'encounter'] as const),
  ...(['patient', 'patientDay', 'clinician', 'clinicianDay'] as const),
];

/** Every state, every level, and the filters. */
const everyCount: readonly LedgerCount[] = [
  ...states.map((of, index) => ({ of, each: levels[index % levels.length] ?? 'alert' })),
  ...levels.map((each) => ({ of: 'accepted' as const, each })),
  ...states.map((of) => ({ of, within: 'PT3S' })),
  ...states.map((of) => ({ of, each: 'patient' as const, eligible: true as const })),
  { of: 'alerts', known: 'encounter' },
  { of: 'dismissed', reason: '拒否 🏥' },
  { of: 'dismissed', reason: "O'Hara", within: 'PT1H' },
  { of: 'dismissed', reason: 'nobody gave it' },
  { of: 'atRisk', each: 'patientDay' },
  { of: 'atRisk', each: 'patientDay', days: 'midnight' },
  { of: 'atRisk', each: 'patientDay', days: 'elapsed', known: 'encounter' },
  { of: 'atRisk', each: 'patient' },
  { of: 'atRisk', each: 'encounter' },
];

type Source = Pick<Store, 'summaries' | 'unitDays' | 'days' | 'flow' | 'counts' | 'delays'>;

async function everything(source: Source, fingerprint: string): Promise<unknown> {
  // Between two milliseconds, as no event is.
  const asOf = nine + 24 * hour + 500.5;
  return {
    summaries: await source.summaries(fingerprint),
    unitDays: await source.unitDays(fingerprint),
    days: await source.days(fingerprint),
    flow: await source.flow(fingerprint),
    counts: await source.counts(fingerprint, { counts: everyCount, asOf }),
    delays: await source.delays(fingerprint),
  };
}

/** Days of one patient that are amended, some of them to nothing at all. */
const amended = fc
  .array(
    fc.record({
      patient: fc.constantFrom('p', 'q', 's'),
      encounter: fc.constantFrom('e', undefined),
      whole: fc.integer({ min: 1, max: 1e9 }).map((billionths) => billionths / 1e9),
      change: fc
        .integer({ min: -1e9, max: 1e9 })
        .filter((billionths) => billionths !== 0)
        .map((billionths) => billionths / 1e9),
    }),
    { maxLength: 6 },
  )
  .map(
    (days) =>
      (first: number): readonly TrialEvent[] =>
        days.flatMap(({ patient, encounter, whole, change }, index) => {
          const id = first + 2 * index;
          const taken = change < -0.5 ? -whole : change;
          return [
            patientDay(id, { patient, encounter, calendar: whole, midnight: 0, elapsed: whole }),
            patientDay(id + 1, {
              patient,
              encounter,
              calendar: taken,
              midnight: 0,
              elapsed: taken,
              amends: uuid(id),
            }),
          ];
        }),
  );

/** Codes that could end a literal, escape its end, or be taken for a parameter. */
const codes = [`a\\`, `\\'`, `'' OR '1'='1`, `:trial $1 $& {c:String} ?`, `%_"\`--`, '拒否 🏥'];

/** The read queries of an engine give what a store in memory gives. */
export function agreesWithMemory(
  name: string,
  start: () => Promise<Engine>,
  { numRuns }: { readonly numRuns: number },
): void {
  describe(`The read queries on ${name}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    }, 60_000);
    afterAll(async () => engine.close());
    let round = 20;
    let ids = 1_000;

    /** The same events in a store in memory and in the engine, there as often as `copies` says. */
    const compare = async (
      make: (first: number) => readonly TrialEvent[],
      copies = 1,
    ): Promise<{ readonly here: unknown; readonly there: unknown }> => {
      round += 1;
      const trial = changed({ round });
      const { fingerprint } = trial;
      const events = make(ids).map((event) => ({ ...event, trial: fingerprint }));
      ids += events.length;
      const memory = memoryStore();
      await memory.register(trial);
      await memory.append(events);
      for (let copy = 0; copy < copies; copy += 1) {
        await engine.load(
          events.map((event) => ({ ...event, receivedAt: event.receivedAt + copy })),
        );
      }
      const { dialect, table, query } = engine;
      const deduplicate = copies > 1;
      const ledger = warehouseLedger(query, { dialect, table, trials: [trial], deduplicate });
      return {
        here: await everything(memory, fingerprint),
        there: await everything(ledger, fingerprint),
      };
    };

    test('give what a store in memory gives, and once what the table holds more than once', async () => {
      await fc.assert(
        fc.asyncProperty(history, amended, fc.boolean(), async (happened, days, isTwice) => {
          const all = (first: number): readonly TrialEvent[] => {
            const events = happened(changed({}), first);
            return [...events, ...days(first + events.length)];
          };
          const { here, there } = await compare(all, isTwice ? 2 : 1);
          expect(there).toEqual(here);
        }),
        { numRuns },
      );
    }, 120_000);

    test('count deviations and gaps, and nothing where nothing happened', async () => {
      const { here, there } = await compare((first) => [deviation(first), gap(first + 1)]);
      expect(there).toEqual(here);
      expect(await compare(() => [])).toMatchObject({ there: { summaries: [], flow: [] } });
    });

    test('find a code of an override whatever characters it is written in', async () => {
      const trial = changed({ round: 19 });
      const events = codes
        .flatMap((code, index) => [
          impression(100 + index),
          answer('dismissal', 200 + index, 100 + index, { override: { code } }),
        ])
        .map((event): TrialEvent => ({ ...event, trial: trial.fingerprint }));
      await engine.load(events);
      const { dialect, table, query } = engine;
      const ledger = warehouseLedger(query, { dialect, table, trials: [trial] });
      const [row] = await ledger.counts(trial.fingerprint, {
        counts: [
          { of: 'dismissed' },
          ...codes.map((reason) => ({ of: 'dismissed' as const, reason })),
        ],
        asOf: nine,
      });
      expect(row?.values).toEqual([codes.length, ...codes.map(() => 1)]);
    });
  });
}
