import type { Protocol, Trial } from '../src/index.ts';
import { trialFrom } from '../src/index.ts';

/** A protocol that is right, to be changed by a test. Everything in it is synthetic. */
export const protocol = {
  algorithm: 'murmur3-32/1',
  id: 'influenza',
  round: 1,
  title: 'Does the redesigned influenza alert fire less without losing orders?',
  unit: 'patient',
  timeZone: 'America/New_York',
  arms: [
    { name: 'usual', weight: 1, content: { summary: 'Influenza vaccine is due' } },
    { name: 'redesign', weight: 1, content: { summary: 'Vaccinate before discharge?' } },
  ],
  control: 'usual',
  start: '2026-10-05',
  end: '2026-11-15',
  primary: { metric: 'alertsPerPatientDay', better: 'lower' },
  guardrails: [{ metric: 'acceptanceRate', better: 'higher', scale: 'difference', margin: -0.03 }],
  secondary: [{ metric: 'acceptedPerPatientDay', better: 'higher' }],
  responseWindow: 'PT24H',
  governance: {
    determination: 'synthetic',
    reference: 'none',
    owner: 'tests',
    optOut: 'none',
  },
} as const satisfies Protocol;

/** A trial made of the protocol above with some fields changed. */
export function trialWith(changes: Readonly<Record<string, unknown>> = {}): Trial {
  return trialFrom({ ...protocol, ...changes });
}

/** An instant within the trial: 1 November 2026, noon in New York, the day on which the clocks go back. */
export const during = Date.UTC(2026, 10, 1, 17);
