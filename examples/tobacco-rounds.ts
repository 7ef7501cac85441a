/**
 * A trial of practices over two rounds: three framings of a tobacco-counselling alert, after the design of
 * NYU Langone's trial (Austrian et al. 2021, doi 10.2196/16651). The design only: practices, patients,
 * answers and effects are SYNTHETIC, and no figure here is anybody's result.
 *
 * Round 1 goes through the command line, with the alert service in a process of its own. Round 2 puts the
 * two best framings against each other, through the API.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Protocol } from 'rapidcycle';
import { defineTrial } from 'rapidcycle';
import { allocate, allocationText, amend, clustersFrom } from 'rapidcycle/allocation';
import { analyze } from 'rapidcycle/analysis';
import { createCdsService, toFetchHandler } from 'rapidcycle/cds-hooks';
import { run } from 'rapidcycle/cli';
import type { PlanAssumptions } from 'rapidcycle/plan';
import { assumptionsOfPilot, plan } from 'rapidcycle/plan';
import type { TrialLog } from 'rapidcycle/store';
import { openLog, openStore } from 'rapidcycle/store';
import { alerts } from './tobacco/alert.ts';
import type { Framing, Practice, Visit } from './tobacco/clinics.ts';
import { latecomer, live, messages, practices, truth } from './tobacco/clinics.ts';

// --- The protocol of round 1, its practices, and what is assumed of them -------------------------
function armOf(name: Framing) {
  const card = {
    summary: messages[name],
    indicator: 'info',
    source: { label: 'Synthetic tobacco guidance' },
    suggestions: [{ label: 'Order counselling and treatment' }],
    selectionBehavior: 'any',
  };
  return { name, weight: 1, content: { cards: [card] } };
}
const covariates = [
  { name: 'size' },
  { name: 'baselineRate', weight: 2 },
  { name: 'region', kind: 'categorical' },
] as const;

const protocol = {
  algorithm: 'murmur3-32/1',
  id: 'tobacco-framing',
  round: 1,
  title: 'Which framing of the tobacco alert gets more counselling ordered?',
  unit: 'practice',
  timeZone: 'America/New_York',
  arms: [armOf('rule'), armOf('evidence'), armOf('payment')],
  control: 'rule',
  start: '2027-01-11',
  end: '2027-02-07',
  allocation: { kind: 'listed', method: { method: 'constrained', covariates } },
  primary: { metric: 'acceptanceRate', better: 'higher' },
  guardrails: [{ metric: 'alertsPerPatientDay', better: 'lower', scale: 'ratio', margin: 1.3 }],
  responseWindow: 'PT12H',
  decision: { draws: 1_999 },
  governance: {
    determination: 'synthetic',
    reference: 'an example',
    owner: 'nobody',
    optOut: 'nobody can opt out of an example',
  },
} as const satisfies Protocol;

const assumptions: PlanAssumptions = {
  patientDays: { perSize: 1 },
  alerts: { control: 1.3, kappa: 0.05 },
  acceptance: { control: 0.2, icc: 0.016 },
  // Is there a fair chance to find 15 points more, whichever framing has them?
  effects: { evidence: { acceptanceDifference: 0.15 }, payment: { acceptanceDifference: 0.15 } },
};

const folder = mkdtempSync(join(tmpdir(), 'rapidcycle-tobacco-'));
/** Words of a command, with the paths of the files that they name. */
const wordsOf = (typed: string): readonly string[] =>
  typed
    .split(' ')
    .map((word) => (/\.(?:json|csv|db|html)$/.test(word) ? join(folder, word) : word));
writeFileSync(join(folder, 'protocol.json'), JSON.stringify(protocol));
writeFileSync(join(folder, 'assumptions.json'), JSON.stringify(assumptions));
writeFileSync(
  join(folder, 'practices.csv'),
  [
    'id,size,baselineRate,region',
    ...practices.map((each) => [each.id, each.size, each.baselineRate, each.region].join(',')),
  ].join('\n'),
);

// --- Plan and allocate ---------------------------------------------------------------------------
/** Prints some paragraphs of a text: those with one of these words. */
function tell(text: string, ...words: readonly string[]): void {
  const wanted = text
    .trim()
    .split(/\n{2,}/)
    .filter((paragraph) => words.some((word) => paragraph.includes(word)));
  console.log(wanted.join('\n').replace(/^/gm, '  '));
}

/** Runs a command as it would be typed, and prints some paragraphs of what it said. */
async function rapidcycle(typed: string, ...shown: readonly string[]): Promise<void> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const code = await run(wordsOf(typed), { out, err });
  if (code === 2) throw new Error(String(err.read()));
  console.log(`\n$ rapidcycle ${typed}   (exit code ${code})`);
  tell(String(out.read()), ...shown);
}

console.log('ROUND 1, by the command line. Everything is SYNTHETIC.');
await rapidcycle(
  'plan protocol.json --clusters practices.csv --assume assumptions.json --simulations 16',
  'BY SIMULATION',
  'CANNOT',
  'As designed',
);
await rapidcycle(
  'allocate protocol.json practices.csv --seed dice-3-6-1 --out list.json --ledger trial.db',
  'expected size',
  'mean of',
  'Drawn from',
  'Checksum',
);

// --- Four weeks against the service, in a process of its own -------------------------------------
/** Starts `rapidcycle serve`, and waits until it listens. */
async function serve(...words: readonly string[]): Promise<[service: ChildProcess, url: string]> {
  // The file of the command stands beside the door to it. From a shell it is `npx rapidcycle serve`.
  const main = fileURLToPath(
    import.meta.resolve('rapidcycle/cli').replace(/index(\.\w+)$/, 'main$1'),
  );
  const child = spawn(process.execPath, [...process.execArgv, main, ...words, '--json'], {
    // The channel tells the service when this process has gone, so that it does not stay behind.
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const lines = createInterface(child.stdout as NonNullable<typeof child.stdout>);
  const [line] = (await once(lines, 'line')) as [string];
  return [child, (JSON.parse(line) as { readonly url: string }).url];
}

const alertModule = fileURLToPath(new URL('./tobacco/alert.ts', import.meta.url));
// `--rehearsal`: each call says what time it is, so that weeks pass in seconds. Never in a clinic.
const typed = 'serve protocol.json --ledger trial.db --port 0 --log-level warn --rehearsal';
console.log(`\n$ rapidcycle ${typed} --module alert.ts`);
const [service, url] = await serve(...wordsOf(typed), '--module', alertModule);
const discovery = (await (await fetch(`${url}/cds-services`)).json()) as {
  readonly services: readonly { readonly id: string; readonly hook: string }[];
};
console.log(`  discovery: ${discovery.services.map(({ id, hook }) => `${id} on ${hook}`).join()}`);

// The latecomer has the alert too; it is on no list yet, so it gets the usual framing and is not counted.
const everybody = [...practices, latecomer];
const visits = await live(everybody, { url, service: fetch, from: protocol.start, weeks: 4 });
service.kill('SIGTERM');
const [ended] = (await once(service, 'exit')) as [number | null];
console.log(`  ${visits.length} visits in four weeks; the service ended with exit code ${ended}`);

// --- Patient-days come from the schedule, whatever the alert did ---------------------------------
async function logPatientDays(log: TrialLog, list: readonly Visit[]): Promise<void> {
  for (const { practice, patient, day } of list) {
    log.patientDays({ practice, patient }, { day, calendar: 1, midnight: 0, elapsed: 0.02 });
  }
  await log.flush();
}

await using store = await openStore(join(folder, 'trial.db'));
const first = defineTrial(protocol);
let now = Date.parse('2027-02-08T12:00:00Z');
{
  await using log = await openLog(first, store, { now: () => now });
  await logPatientDays(log, visits);
}

// --- What round 1 says ---------------------------------------------------------------------------
await rapidcycle(
  'analyze trial.db --as-of 2027-02-09T00:00:00Z --report report.html',
  'Allocated from a list',
  'Acceptance per alert\n',
  'Verdict on',
  'Integrity',
);
await rapidcycle('verify trial.db', 'arms computed again');

// --- Round 2: the two best framings, of which the better one is now usual care -------------------
const result = await analyze(first, store, { asOf: now + 86_400_000 });
const ranked = [
  { name: first.control, gain: 0, adopted: false },
  ...result.primary.comparisons.map(({ arm, difference }) => ({
    name: arm as Framing,
    gain: difference.estimable ? difference.estimate : 0,
    adopted: result.verdicts.some((each) => each.arm === arm && each.verdict === 'adopt'),
  })),
].sort((a, b) => Number(b.adopted) - Number(a.adopted) || b.gain - a.gain);
const [best, next] = ranked;
if (best === undefined || next === undefined) throw new Error('there were three framings');
console.log(`
ROUND 2, by the API
  ${best.name} ${best.adopted ? 'was adopted' : 'was not adopted, but has the best estimate: that is no proof'}; ${next.name} comes next, and may still be as good.`);

const second = defineTrial({
  ...protocol,
  round: 2,
  title: `Is the framing "${next.name}" better than "${best.name}"?`,
  arms: [armOf(best.name), armOf(next.name)],
  control: best.name,
  start: '2027-02-15',
  end: '2027-03-14',
  allocation: {
    kind: 'listed',
    // What a practice saw in round 1 may linger: both arms get as many from each framing.
    method: {
      method: 'constrained',
      covariates: [...covariates, { name: 'before', kind: 'categorical' }],
    },
  },
});
const listOfFirst = await store.allocation(first.fingerprint);
const before = new Map(listOfFirst?.clusters.map(({ id, arms }) => [id, arms[0]]));
const rowOf = ({ id, size, baselineRate, region }: Practice) => {
  const framing = before.get(id) ?? first.control;
  return { id, size, baselineRate, region, before: framing };
};
const clusters = clustersFrom(second, practices.map(rowOf));

// What round 1 knows of the framing that is now usual, and of how alike practices are: from so few of
// them the correlation is hardly known, so the upper end of its interval is planned with.
const { icc } = (await assumptionsOfPilot(first, store)).estimates;
const usual = result.primary.arms.find(({ arm }) => arm === best.name);
const planned = plan(
  second,
  {
    ...assumptions,
    acceptance: {
      control: usual?.ratio ?? 0.2,
      icc: (icc.estimable ? icc.upper : null) ?? 0.016,
    },
    effects: { [next.name]: { acceptanceDifference: 0.15 } },
  },
  { clusters, simulations: 0, seed: 'tobacco, round 2' },
);
const [question] = planned.questions;
if (question?.power.estimable === true && question.detectable.estimable) {
  const { power, detectable } = question;
  console.log(`  Power to find 15 points, by formula: ${(100 * power.power).toFixed(0)} %; with 80 % it finds ${(100 * detectable.effect).toFixed(0)} points.
  What this design cannot do: ${planned.limits.join(' ') || 'nothing was found.'}`);
}

const list = allocate(second, clusters, { seed: 'dice-5-2-4' });
const allocation = amend(second, list, {
  from: second.protocol.start,
  reason: 'joined after the list was made',
  change: {
    kind: 'add',
    clusters: clustersFrom(second, [rowOf(latecomer)], { late: true }),
    seed: 'dice-1-1-6',
  },
});
tell(allocationText(allocation), 'expected size', 'mean of', 'Amendment');

{
  now = second.startsAt;
  await using log = await openLog(second, store, { allocation, now: () => now });
  const handler = toFetchHandler(createCdsService({ services: alerts(log), now: () => now }));
  const inProcess = (request: Request): Promise<Response> => {
    now = Date.parse(request.headers.get('x-simulated-time') ?? '');
    return handler(request);
  };
  const later = { url: 'http://in.process', service: inProcess, from: '2027-02-15', weeks: 4 };
  const found = await live(everybody, later);
  now = Date.parse('2027-03-15T12:00:00Z');
  await logPatientDays(log, found);
}
const { primary, verdicts } = await analyze(second, store, { asOf: now + 86_400_000 });
tell(String(primary), 'Acceptance per alert');
for (const { arm, verdict, reasons } of verdicts) {
  console.log(`  Verdict on ${arm}: ${verdict.toUpperCase()}\n    ${reasons.join('\n    ')}`);
}
console.log(`
What was simulated: evidence +${100 * truth.evidence} points, payment +${100 * truth.payment} points over rule. SYNTHETIC: nothing of any practice.
Protocol, lists, ledger and report: ${folder}`);
