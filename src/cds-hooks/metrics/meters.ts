import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AlertService } from '../service.ts';

/** What is counted of one request. Every text is one of a few. */
export interface Observed {
  readonly to: string;
  readonly service: string;
  readonly hook: string;
  readonly status: number;
  readonly seconds: number;
  /** Who called, as configured. */
  readonly caller: string;
  /** What became of a call. */
  readonly outcome?: 'returned' | 'silent' | 'not-eligible' | 'fault' | undefined;
  /** Why it was refused. */
  readonly refused?: string | undefined;
}

/** The metrics of one handler, in a registry of their own. */
export interface Meters {
  request(observed: Observed): void;
  /** Counts one answer to a card. */
  feedback(labels: {
    readonly service: string;
    readonly outcome: string;
    readonly result: string;
  }): void;
  /** The text that Prometheus reads. */
  read(): Promise<{ readonly type: string; readonly text: string }>;
}

const prefix = 'rapidcycle_';

// Close together below the 500 ms that CDS Hooks wants an answer within.
const latencies = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5];

/** Puts what the alerts and their logs count themselves beside the rest, whenever somebody reads. */
function mirror(services: readonly AlertService[], registers: Registry[]): void {
  const faults: Counter = new Counter({
    name: `${prefix}faults_total`,
    help: 'What went wrong in calls; usual care was served.',
    labelNames: ['service', 'hook', 'fault'],
    registers,
    collect: () => {
      faults.reset();
      for (const { description, counters } of services) {
        const { id: service, hook } = description;
        for (const [fault, count] of Object.entries(counters.faults)) {
          faults.inc({ service, hook, fault }, count);
        }
      }
    },
  });
  const unitMissing: Counter = new Counter({
    name: `${prefix}unit_missing_total`,
    help: 'Calls served as usual care because the unit of randomisation was not known.',
    labelNames: ['service', 'hook'],
    registers,
    collect: () => {
      unitMissing.reset();
      for (const { description, counters } of services) {
        const { id: service, hook } = description;
        unitMissing.inc({ service, hook }, counters.unitMissing);
      }
    },
  });
  const logs = [...new Set(services.map(({ log }) => log))];
  const events: Counter = new Counter({
    name: `${prefix}events_total`,
    help: 'Events of a trial by what became of them.',
    labelNames: ['trial', 'round', 'result'],
    registers,
    collect: () => {
      events.reset();
      for (const { trial, counters } of logs) {
        const { durable, duplicate, unknown, rejected, lost } = counters;
        const results = { durable, duplicate, unknown, rejected, lost };
        for (const [result, count] of Object.entries(results)) {
          events.inc({ trial: trial.id, round: trial.round, result }, count);
        }
      }
    },
  });
  const waits = [
    ['events_waiting', 'Events that have not settled yet.', 'waiting'],
    [
      'events_spooled',
      'Events on the local disk and not in the ledger of the server yet.',
      'spooled',
    ],
  ] as const;
  for (const [name, help, member] of waits) {
    const gauge: Gauge = new Gauge({
      name: prefix + name,
      help,
      labelNames: ['trial', 'round'],
      registers,
      collect: () => {
        gauge.reset();
        for (const { trial, counters } of logs) {
          gauge.set({ trial: trial.id, round: trial.round }, counters[member]);
        }
      },
    });
  }
}

/** Meters for the alerts of one handler. */
export function metersOf(services: readonly AlertService[]): Meters {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: `${prefix}requests_total`,
    help: 'Requests by address and status.',
    labelNames: ['to', 'service', 'hook', 'status'],
    registers,
  });
  const calls = new Counter({
    name: `${prefix}calls_total`,
    help: 'Calls that were answered, by what the alert did.',
    labelNames: ['service', 'hook', 'caller', 'outcome'],
    registers,
  });
  const duration = new Histogram({
    name: `${prefix}call_duration_seconds`,
    help: 'How long calls took, from their arrival to their answer.',
    labelNames: ['service', 'hook'],
    buckets: latencies,
    registers,
  });
  const refused = new Counter({
    name: `${prefix}refused_total`,
    help: 'Requests that were refused, by reason.',
    labelNames: ['to', 'reason'],
    registers,
  });
  const answers = new Counter({
    name: `${prefix}feedback_total`,
    help: 'Answers to cards by outcome and by what became of them; unknown ones are strays.',
    labelNames: ['service', 'outcome', 'result'],
    registers,
  });
  const start = new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process started, seconds since 1970-01-01T00:00Z.',
    registers,
  });
  start.set(Math.round(Date.now() / 1_000 - process.uptime()));
  mirror(services, registers);

  return {
    request: ({ to, service, hook, status, seconds, caller, outcome, refused: reason }) => {
      requests.inc({ to, service, hook, status });
      if (to === 'call' && service !== '') duration.observe({ service, hook }, seconds);
      if (outcome !== undefined) calls.inc({ service, hook, caller, outcome });
      if (reason !== undefined) refused.inc({ to, reason });
    },
    feedback: (labels) => answers.inc(labels),
    read: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
}
