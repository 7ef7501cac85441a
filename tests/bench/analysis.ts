/**
 * How long a whole analysis takes, and how much memory: of 20,000 patients in two arms with a primary
 * outcome and two guardrails (9,999 re-randomisations each), from unit summaries; and of the same
 * patients with their events read for integrity, ten times as many in the second run: the heap holds
 * units, whatever the number of events. Timings depend on the machine.
 * Run with `npx tsx --conditions=@rapidcycle/source tests/bench/analysis.ts`, or with the others by
 * `npm run bench`.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Ledger, UnitRow } from '../../src/analysis/index.ts';
import { analyze } from '../../src/analysis/index.ts';
import type { TrialEvent } from '../../src/index.ts';
import { randomStream } from '../../src/stats/index.ts';
import { trialWith } from '../trials.ts';

const patients = 20_000;
const trial = trialWith({
  guardrails: [
    { metric: 'acceptanceRate', better: 'higher', scale: 'difference', margin: -0.03 },
    { metric: 'acceptedPerPatientDay', better: 'higher', scale: 'ratio', margin: 0.8 },
  ],
  secondary: [],
});
const asOf = Date.UTC(2027, 0, 1);

const rows = Array.from({ length: patients }, (_, i): UnitRow => {
  const { integer } = randomStream('analysis bench', i);
  const calendarDays = 1 + integer(8);
  const alerts = integer(3 * calendarDays);
  return {
    unitId: `patient-${i}`,
    arm: i % 2 === 0 ? 'usual' : 'redesign',
    patients: 1,
    calendarDays,
    alerts,
    accepted: integer(1 + Math.floor(alerts / 3)),
    dismissed: 0,
    acceptedAndDismissed: 0,
    alertsByOpening: alerts,
    silent: 0,
  };
});

/** A ledger of these patients whose events are made while they are read. */
function ledgerOf(events: number): Ledger {
  async function* read() {
    for (let sequence = 1; sequence <= events; sequence += 1) {
      const unit = sequence % patients;
      const at = trial.startsAt + (sequence % 3_000_000) * 1_000;
      const id = `00000000-0000-7000-8000-${sequence.toString(16).padStart(12, '0')}`;
      const event: TrialEvent = {
        id,
        type: 'impression',
        trial: trial.fingerprint,
        arm: unit % 2 === 0 ? 'usual' : 'redesign',
        randomized: true,
        reason: 'hashed',
        unitId: `patient-${unit}`,
        patient: `patient-${unit}`,
        practice: `practice-${unit % 60}`,
        clinician: `clinician-${sequence % 800}`,
        stratum: '',
        at,
        day: new Date(at).toISOString().slice(0, 10),
        receivedAt: at,
        stage: 'returned',
        alert: 'influenza',
        opening: id,
      };
      yield { sequence, event };
    }
    atLastEvent = usage();
  }
  return {
    summaries: async () => rows as never,
    days: async () => [],
    flow: async () => [],
    trials: async () => [],
    read,
  };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is held while the last event is read. */
let atLastEvent: Usage | undefined;

interface Usage {
  readonly heap: number;
  /** Outside of the heap: the ids of events that integrity has to recognise, a few bytes each. */
  readonly buffers: number;
}

function usage(): Usage {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed / 2 ** 20, buffers: arrayBuffers / 2 ** 20 };
}

/** Analyses once; prints the time and what stays in memory, and gives the processor time in seconds. */
async function timed(name: string, source: Ledger | readonly UnitRow[]): Promise<number> {
  const before = usage();
  const spent = process.cpuUsage();
  const start = performance.now();
  atLastEvent = undefined;
  await analyze(trial, source, { asOf });
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(spent);
  const { heap, buffers } = atLastEvent ?? usage();
  console.log(
    name.padEnd(30),
    `${seconds.toFixed(2).padStart(6)} s  processor ${((user + system) / 1e6).toFixed(2).padStart(6)} s`,
    `  grown by ${(heap - before.heap).toFixed(1)} MB of heap and ${(buffers - before.buffers).toFixed(1)} MB of buffers`,
  );
  return (user + system) / 1e6;
}

await timed('unit summaries, first time', rows);
const warm = await timed('unit summaries, again', rows);
await timed('with 100,000 events read', ledgerOf(100_000));
await timed('with 1,000,000 events read', ledgerOf(1_000_000));
// Said and not enforced: the same work takes twice as long on a machine that is busy.
console.log(`(meant to take less than 3 s of the processor: ${warm.toFixed(2)} s)`);
