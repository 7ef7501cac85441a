/**
 * A trial whose alerts the record system shows by itself: its alert log comes as one extract, the stays
 * of its patients as another (here in the columns of PCORnet), and nothing is served by Rapidcycle. All
 * of it is synthetic.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineTrial } from 'rapidcycle';
import { acceptanceRate, alertsPerPatientDay } from 'rapidcycle/analysis';
import { alertLogPresets, importAlertLog, importStays, tablePresets } from 'rapidcycle/import';
import { openLog, openStore } from 'rapidcycle/store';

const trial = defineTrial({
  algorithm: 'murmur3-32/1',
  id: 'sepsis-screen',
  round: 1,
  title: 'Does a later threshold fire less?',
  unit: 'patient',
  timeZone: 'America/New_York',
  arms: [
    { name: 'usual', weight: 1, content: { threshold: 2 } },
    { name: 'later', weight: 1, content: { threshold: 3 } },
  ],
  control: 'usual',
  start: '2026-10-01',
  end: '2026-10-31',
  primary: { metric: 'alertsPerPatientDay', better: 'lower' },
  guardrails: [],
  responseWindow: 'PT12H',
  decision: { draws: 999 },
  governance: {
    determination: 'synthetic',
    reference: 'an example',
    owner: 'nobody',
    optOut: 'nobody can opt out of an example',
  },
});

const folder = mkdtempSync(join(tmpdir(), 'rapidcycle-'));
await using store = await openStore(join(folder, 'trial.db'));
await using log = await openLog(trial, store);

// --- What the record system would export: local times, codes of its own ----------------------------
const alerts = ['showing_id,shown_at,patient_id,clinician_id,alert,status,override_reason'];
const stays = [
  'PATID,ENCOUNTERID,FACILITYID,ENC_TYPE,ADMIT_DATE,ADMIT_TIME,DISCHARGE_DATE,DISCHARGE_TIME',
];
const october = (day: number) => `2026-10-${String(day).padStart(2, '0')}`;
for (let n = 0; n < 80; n += 1) {
  const day = 2 + (n % 20);
  stays.push(`P${n},E${n},F1,IP,${october(day)},08:00,${october(day + 3)},17:30`);
  // In the record system, the rule asks for the arm and fires more often at the lower threshold.
  const { arm } = log.assign({ patient: `P${n}` }, { at: Date.UTC(2026, 9, day, 16) });
  for (let firing = 0; firing < (arm === 'usual' ? 4 : 2) + ((n * n) % 5); firing += 1) {
    const status = ['overridden', 'displayed', 'accepted'][(n + firing) % 3] ?? '';
    const reason = status === 'overridden' ? 'not septic' : '';
    const shown = `${october(day + (firing % 3))} ${9 + firing}:15:00`;
    alerts.push(`${n}-${firing},${shown},P${n},D${n % 7},sepsis,${status},${reason}`);
  }
}
alerts.push(
  'no-time,,P1,D1,sepsis,overridden,',
  'filtered,2026-10-05 9:00:00,P1,D1,sepsis,filtered,',
);
const [alertFile, stayFile] = [join(folder, 'alerts.csv'), join(folder, 'encounter.csv')];
writeFileSync(alertFile, alerts.join('\n'));
writeFileSync(stayFile, stays.join('\n'));

// --- A preset is data: print it, copy it, change it ------------------------------------------------
const mapping = {
  ...alertLogPresets.generic,
  columns: {
    key: 'showing_id',
    time: 'shown_at',
    patient: 'patient_id',
    clinician: 'clinician_id',
    alert: 'alert',
    code: 'status',
    overrideReason: 'override_reason',
  },
  zone: 'America/New_York',
  alerts: { sepsis: 'sepsis-screen' },
  times: 'YYYY-MM-DD H:mm:ss',
};
const imported = await importAlertLog(log, alertFile, { mapping });
console.log('showings', imported.imported, 'answers', imported.answers);
console.log('dropped', imported.droppedBy, 'rejected', imported.rejectedBy);

const again = await importAlertLog(log, alertFile, { mapping });
console.log('the same again:', again.imported, 'new,', again.duplicate, 'known');

const { patientDays, stays: used } = await importStays(log, stayFile, {
  mapping: { ...tablePresets['pcornet-encounter'], zone: 'America/New_York' },
  cutOff: Date.parse('2026-11-02T00:00:00-05:00'),
});
console.log('stays', used, 'patient-days', patientDays);

console.log(String(await alertsPerPatientDay(trial, store)));
console.log(String(await acceptanceRate(trial, store)));
