/**
 * Define a trial and assign patients. Assignment is a pure function: the same patient gets the same
 * arm on every machine, without a database and without a network. All ids here are invented.
 */
import { assign, defineTrial } from 'rapidcycle';

const trial = defineTrial({
  algorithm: 'murmur3-32/1',
  id: 'renal-dosing',
  round: 1,
  title: 'Does a shorter renal dosing alert get more doses adjusted?',
  unit: 'patient',
  timeZone: 'Europe/London',
  arms: [
    {
      name: 'usual',
      weight: 1,
      content: { text: 'Creatinine clearance is low. Review the dose.' },
    },
    { name: 'short', weight: 1, content: { text: 'Halve the dose?' } },
  ],
  control: 'usual',
  start: '2026-09-01',
  end: '2026-10-26',
  primary: { metric: 'acceptedPerPatientDay', better: 'higher' },
  guardrails: [{ metric: 'alertsPerPatientDay', better: 'lower', scale: 'ratio', margin: 1.1 }],
  responseWindow: 'PT12H',
  governance: {
    determination: 'synthetic',
    reference: 'an example',
    owner: 'nobody',
    optOut: 'nobody can opt out of an example',
  },
});

console.log(`Fingerprint of the protocol: ${trial.fingerprint}`);

const at = Date.parse('2026-09-14T09:30:00+01:00');
for (const patient of ['p-1', 'p-2', 'p-3', 'p-4']) {
  const { arm, content, reason } = assign(trial, { patient }, { at });
  // The compiler knows the arms ('usual' | 'short') and that the trial needs a patient.
  console.log(`${patient}: ${arm} (${reason}) shows ${JSON.stringify(content)}`);
}

// Where there is nothing to randomise, usual care is served, flagged, and never counted as control.
console.log(assign(trial, { patient: '' }, { at }).reason);
console.log(assign(trial, { patient: 'p-1' }, { at: Date.parse('2027-01-01T00:00:00Z') }).reason);
