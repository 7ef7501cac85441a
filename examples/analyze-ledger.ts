/**
 * A notebook-style analysis of a ledger: run it top to bottom, change a line, run it again. Give the
 * path of a ledger (`npm run demo` leaves one in rapidcycle-demo/ledger.db); without one, a synthetic
 * clinic is simulated in memory.
 */
import { existsSync } from 'node:fs';
import { trialFrom } from 'rapidcycle';
import type { UnitRow } from 'rapidcycle/analysis';
import { acceptedPerPatientDay, alertsPerPatientDay, analyze } from 'rapidcycle/analysis';
import { influenzaTrial, simulateSummaries } from 'rapidcycle/simulate';
import { openStore } from 'rapidcycle/store';

// --- What is in it? -------------------------------------------------------------------------------
const [file] = process.argv.slice(2);
let trial = trialFrom(influenzaTrial.protocol);
let units: readonly UnitRow[] = simulateSummaries({ seed: 'notebook', patients: 400 }, trial);
if (file !== undefined && existsSync(file)) {
  // No key: the ledger holds pseudonyms, and an analysis needs no more.
  await using ledger = await openStore(file, { key: null });
  const [registered] = await ledger.trials();
  if (registered !== undefined) {
    trial = trialFrom(registered.protocol);
    units = await ledger.summaries(trial.fingerprint);
  }
}
console.log(`${trial.title}: ${units.length} unit summaries`);

// --- The two metrics, as the protocol counts them -------------------------------------------------
const burden = await alertsPerPatientDay(trial, units);
console.log(String(burden));

// --- The same with another denominator: name it, and say it in the paper --------------------------
const perMidnight = await alertsPerPatientDay(trial, units, { patientDays: 'midnight' });
for (const { arm, rate } of perMidnight.arms) {
  console.log(
    `${arm}: ${rate.estimable ? rate.rate.toFixed(2) : rate.reason} per midnight present`,
  );
}

// --- What the alert achieves, free of the count of alerts ------------------------------------------
const [effect] = (await acceptedPerPatientDay(trial, units)).comparisons;
if (effect?.ratio.estimable === true) {
  const { estimate, lower, upper } = effect.ratio;
  console.log(
    `Accepted per patient-day: × ${estimate.toFixed(2)} (${lower.toFixed(2)} to ${upper.toFixed(2)})`,
  );
}

// --- A p value by alert would be wrong, and is refused ---------------------------------------------
await alertsPerPatientDay(trial, units, { unit: 'alert' }).catch((error: unknown) => {
  console.log(String(error));
});

// --- The whole analysis, and the verdict of the protocol -------------------------------------------
const { verdicts } = await analyze(trial, units, { asOf: Date.parse('2026-12-01T00:00:00Z') });
for (const { arm, verdict, reasons } of verdicts)
  console.log(`${arm}: ${verdict}. ${reasons.join(' ')}`);
