/**
 * Quick start: put an alert on trial from any EHR integration, without CDS Hooks. Hold a log, ask it
 * which variant to show, tell it what happened, and ask for both metrics. All ids here are invented.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineTrial } from 'rapidcycle';
import { acceptanceRate, alertsPerPatientDay } from 'rapidcycle/analysis';
import { openLog, openStore } from 'rapidcycle/store';

const trial = defineTrial({
  algorithm: 'murmur3-32/1',
  id: 'duplicate-order',
  round: 1,
  title: 'Does naming the earlier result stop more duplicate orders?',
  unit: 'patient',
  timeZone: 'America/Chicago',
  arms: [
    { name: 'usual', weight: 1, content: { text: 'Possible duplicate order.' } },
    { name: 'named', weight: 1, content: { text: 'HbA1c was 6.9 % two weeks ago. Cancel?' } },
  ],
  control: 'usual',
  start: '2026-09-01',
  end: '2026-09-30',
  primary: { metric: 'acceptanceRate', better: 'higher' },
  guardrails: [{ metric: 'alertsPerPatientDay', better: 'lower', scale: 'ratio', margin: 1.2 }],
  responseWindow: 'PT1H',
  decision: { draws: 999 },
  governance: {
    determination: 'synthetic',
    reference: 'an example',
    owner: 'nobody',
    optOut: 'nobody can opt out of an example',
  },
});

// One file, no server. Ids of persons are replaced by a keyed hash before anything is written.
await using store = await openStore(join(mkdtempSync(join(tmpdir(), 'rapidcycle-')), 'trial.db'));
await using log = await openLog(trial, store);

for (let n = 0; n < 60; n += 1) {
  const at = Date.parse('2026-09-07T14:00:00Z') + n * 3_600_000;
  const subject = { patient: `patient-${(n * n) % 23}`, clinician: `clinician-${n % 3}` };

  // In the alert: never throws, never waits. Show `content` to the clinician.
  const assignment = log.assign(subject, { at });
  const shown = log.impression(assignment, { stage: 'displayed', alert: 'duplicate-order', at });

  // When the clinician has answered.
  const answered = { at: at + 20_000 };
  if ((n * n) % 7 < 2) log.acceptedOrder(shown.id, { ...answered, route: 'click' });
  else if (n % 3 > 0) log.dismissal(shown.id, { ...answered, override: { code: 'needed-now' } });
  // Anything else is ignored, which nobody has to report.
}

// Patient-days come from the record, whatever the arm did.
for (let n = 0; n < 23; n += 1) {
  for (const day of ['2026-09-07', '2026-09-08', '2026-09-09']) {
    log.patientDays({ patient: `patient-${n}` }, { day, calendar: 1, midnight: 1, elapsed: 1 });
  }
}
await log.flush();
console.log(log.counters);

console.log(String(await alertsPerPatientDay(trial, store)));
console.log(String(await acceptanceRate(trial, store)));
