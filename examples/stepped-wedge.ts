/**
 * A stepped wedge through the API, from plan to verdict: twelve clinics begin with the alert in use
 * and pass to a quieter one in a random order, three every second week. Alerts get fewer by themselves
 * meanwhile, as a season does it: a comparison of before with after would take that for the work of the
 * new alert. Clinics, numbers and effects are SYNTHETIC, and the truth is known.
 */
import { assign, defineTrial } from 'rapidcycle';
import type { Allocation } from 'rapidcycle/allocation';
import { allocate, allocationText, clustersFrom } from 'rapidcycle/allocation';
import type { Estimable } from 'rapidcycle/analysis';
import { analyze } from 'rapidcycle/analysis';
import { plan } from 'rapidcycle/plan';
import { poisson, randomStream } from 'rapidcycle/stats';
import { memoryStore, openLog } from 'rapidcycle/store';

/** What is simulated. */
const truth = {
  /** Alerts per patient-day with the quieter alert, over those with the one in use. */
  ratio: 0.7,
  /** Alerts per patient-day of a period over those of the period before, whatever the arm. */
  trend: 0.85,
  /** Accepted alerts per alert, in both arms. */
  acceptance: 0.2,
};

// --- The protocol: five periods of two weeks; clocks change on the first day of the fourth -------
const starts = ['2027-01-31', '2027-02-14', '2027-02-28', '2027-03-14', '2027-03-28'] as const;
const trial = defineTrial({
  algorithm: 'murmur3-32/1',
  id: 'quieter-interactions',
  round: 1,
  title: 'Does showing severe interactions only save alerts?',
  unit: 'practice',
  timeZone: 'America/New_York',
  arms: [
    { name: 'all', weight: 1, content: 'every interaction' },
    { name: 'severe', weight: 1, content: 'severe interactions only' },
  ],
  control: 'all',
  start: starts[0],
  end: '2027-04-10',
  allocation: {
    kind: 'listed',
    // Early and late clinics are to be alike in size and in what they had before the trial.
    method: { method: 'constrained', covariates: [{ name: 'size' }, { name: 'alertsBefore' }] },
    // For three days after its step a clinic is not analysed: clinicians have to find their way.
    periods: { design: 'stepped-wedge', starts, washout: 3 },
  },
  primary: { metric: 'alertsPerPatientDay', better: 'lower' },
  guardrails: [{ metric: 'acceptanceRate', better: 'higher', scale: 'difference', margin: -0.08 }],
  responseWindow: 'PT1H',
  governance: {
    determination: 'synthetic',
    reference: 'an example',
    owner: 'nobody',
    optOut: 'nobody can opt out of an example',
  },
});

// --- Twelve clinics ------------------------------------------------------------------------------
const random = randomStream('stepped wedge');
const clinics = Array.from({ length: 12 }, (_, i) => {
  const habit = 1.2 * Math.exp(0.15 * random.normal());
  return {
    id: `clinic-${String(i + 1).padStart(2, '0')}`,
    /** Patients a day. */
    size: 5 + random.integer(11),
    /** True alerts per patient-day with the alert in use, in the first period. */
    habit,
    /** The same, as it was counted in the month before. */
    alertsBefore: Number((habit * Math.exp(0.05 * random.normal())).toFixed(2)),
  };
});
const clusters = clustersFrom(
  trial,
  clinics.map(({ id, size, alertsBefore }) => ({ id, size, alertsBefore })),
);

// --- Can it find anything? -----------------------------------------------------------------------
const planned = plan(
  trial,
  {
    patientDays: { perSize: 10 },
    alerts: { control: 1.2, kappa: 0.15 },
    acceptance: { control: 0.2, icc: 0.01 },
    effects: { severe: { alertsRatio: 0.7 } },
    overTime: { clusterAutocorrelation: 0.9, trend: 0.85 },
  },
  { clusters, simulations: 40, seed: 'plan of the wedge' },
);
const { simulation, limits } = planned;
if (simulation.estimable) {
  const [severe] = simulation.arms;
  const { share = 0, standardError = 0 } = severe?.adopt ?? {};
  console.log(
    `Of ${simulation.simulations} simulated trials ${(100 * share).toFixed(0)} % (± ${(100 * standardError).toFixed(0)}) would adopt the quieter alert.`,
  );
}
console.log(`What this design cannot do: ${limits.join(' ') || 'nothing was found.'}\n`);

// --- Who steps when: a list, drawn once ----------------------------------------------------------
const allocation = allocate(trial, clusters, { seed: 'drawn in public: 20 61 07' });
console.log(allocationText(allocation));

// --- A clinic has its new arm from midnight on; midnight is another instant once clocks have changed
function stepsIn(list: Allocation, period: number): string {
  const stepping = list.clusters.find(
    ({ arms }) => arms[period - 1] === 'severe' && arms[period - 2] === 'all',
  );
  return stepping?.id ?? '';
}
console.log('\nThe same clinic, a second before its step and at its step:');
for (const [practice, before, after] of [
  [stepsIn(allocation, 3), '2027-02-28T04:59:59Z', '2027-02-28T05:00:00Z'],
  [stepsIn(allocation, 5), '2027-03-28T03:59:59Z', '2027-03-28T04:00:00Z'],
] as const) {
  const armAt = (at: string): string =>
    assign(trial, { practice }, { at: Date.parse(at), allocation }).arm;
  console.log(`  ${practice}: ${before} ${armAt(before)}, ${after} ${armAt(after)}`);
}

// --- Ten weeks -----------------------------------------------------------------------------------
let now = trial.startsAt;
await using store = memoryStore();
await using log = await openLog(trial, store, { allocation, now: () => now });
for (let day = 0; day < 70; day += 1) {
  // The first day is a Sunday, and clinics are closed at weekends.
  if (day % 7 === 0 || day % 7 === 6) continue;
  now = Date.parse('2027-01-31T17:00:00Z') + day * 86_400_000;
  const today = new Date(now).toISOString().slice(0, 10);
  const season = truth.trend ** Math.floor(day / 14);
  for (const { id, size, habit } of clinics) {
    for (let n = 0; n < size; n += 1) {
      const subject = { practice: id, patient: `${id}, ${today}, ${n}` };
      log.patientDays(subject, { day: today, calendar: 1, midnight: 0, elapsed: 0.02 });
      const assignment = log.assign(subject);
      const rate = habit * season * (assignment.arm === 'severe' ? truth.ratio : 1);
      for (let alerts = poisson.quantile(random.next(), rate); alerts > 0; alerts -= 1) {
        const shown = log.impression(assignment, { stage: 'displayed', alert: 'interaction' });
        if (random.next() < truth.acceptance) log.acceptance(shown.id);
        else log.dismissal(shown.id);
      }
    }
  }
  // A day is more than a day's worth of alerts at once: wait until it is in the ledger.
  await log.flush();
}
console.log(`\n${log.counters.durable} events in the ledger, ${log.counters.lost} lost`);

// --- What the ledger holds, by period ------------------------------------------------------------
const days = await store.unitDays(trial.fingerprint);

/** Alerts per patient-day of an arm from a day on, until before another one. */
function rateOf(arm: string, from: string, to: string): number {
  const own = days.filter((row) => row.arm === arm && row.day >= from && row.day < to);
  const totalOf = (column: 'alerts' | 'calendarDays'): number =>
    own.reduce((sum, row) => sum + row[column], 0);
  return totalOf('alerts') / totalOf('calendarDays');
}
console.log('\nAlerts per patient-day (clinics)');
console.log('period      all         severe      severe over all');
starts.forEach((from, period) => {
  const cells = ['all', 'severe'].map((arm) => ({
    clinics: allocation.diagnostics.periods[period]?.[arm] ?? 0,
    rate: rateOf(arm, from, starts[period + 1] ?? '9999'),
  }));
  const [all, severe] = cells.map(({ rate }) => rate);
  const shown = cells.map(({ clinics: count, rate }) =>
    (count === 0 ? '' : `${rate.toFixed(2)} (${count})`).padEnd(12),
  );
  const ratio = (severe ?? 0) / (all ?? 0);
  console.log(`${from}  ${shown.join('')}${Number.isNaN(ratio) ? '' : ratio.toFixed(2)}`.trimEnd());
});

// --- The analysis that the protocol states -------------------------------------------------------
now = Date.parse('2027-04-12T12:00:00Z');
const { primary, verdicts } = await analyze(trial, store, { asOf: now });
const [comparison] = primary.comparisons;
const [course] = primary.overTime ?? [];
const replayed = comparison?.rerandomizationInterval ?? undefined;
const exposure = course?.exposureTime ?? undefined;

interface Interval {
  readonly estimate: number;
  readonly lower: number | null;
  readonly upper: number | null;
}

/** Prints a ratio with its interval, or why there is none. */
function show(name: string, found: Estimable<Interval> | undefined, note = ''): void {
  if (found === undefined) return;
  const text = found.estimable
    ? `${found.estimate.toFixed(2)} (${found.lower?.toFixed(2)} to ${found.upper?.toFixed(2)})`
    : found.reason;
  console.log(`  ${name.padEnd(40)}${text}${note}`);
}

console.log('\nSevere over all: ratio of alerts per patient-day (95 % interval)');
console.log(`  ${'What was simulated'.padEnd(40)}${truth.ratio.toFixed(2)}`);
const naive = rateOf('severe', '', '9999') / rateOf('all', '', '9999');
console.log(
  `  ${'After the step over before it'.padEnd(40)}${naive.toFixed(2)}, which takes the season for the alert`,
);
show('Adjusted for periods, by the model', comparison?.ratio);
show('  by re-randomisation, which decides', replayed);
show('  with periods of a clinic correlated', course?.exchangeable);
if (exposure?.estimable === true) {
  for (const each of exposure.effects) {
    show(`  in period ${each.exposure} with the new alert`, each.effect);
  }
  const { test } = exposure;
  if (test.estimable) {
    console.log(`  All of them the same? F test, p = ${test.pValue.toFixed(3)}`);
  }
}
const { rerandomization } = comparison ?? {};
if (rerandomization?.estimable === true) {
  const { pValue, draws } = rerandomization;
  console.log(
    `  No effect? p = ${pValue.toFixed(4)}, by ${draws} lists that the method could have made`,
  );
}
for (const { arm, verdict, reasons } of verdicts) {
  console.log(`\nVerdict on ${arm}: ${verdict}\n  ${reasons.join('\n  ')}`);
}
