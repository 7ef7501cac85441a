/**
 * Writes `vectors.json`: assignments that a warehouse or another language can check itself against.
 * The algorithm is fixed for ever, so this is run once for each new version of it and never to make
 * a failing test pass: `npx tsx --conditions=@rapidcycle/source tests/allocation/write-vectors.ts`.
 */
import { writeFileSync } from 'node:fs';
import { assign, hashKey, joinKey } from '../../src/allocation/index.ts';
import type { Subject } from '../../src/index.ts';
import { during, trialWith } from '../trials.ts';

const arms = (...weights: readonly number[]) =>
  weights.map((weight, i) => ({ name: `arm-${i}`, weight, content: null }));

const trials = [
  { unit: 'patient', arms: arms(1, 1), control: 'arm-0' },
  { unit: 'practice', id: 'tobacco', arms: arms(1, 1, 1), control: 'arm-0' },
  {
    unit: 'clinician',
    id: 'interactions',
    round: 3,
    salt: 'spring|2026',
    arms: arms(3, 1),
    control: 'arm-0',
  },
  { unit: 'encounter', id: 'sepsis', arms: arms(1, 2, 3, 4), control: 'arm-3', enrolment: 0.5 },
  {
    unit: 'patient',
    id: 'layered',
    arms: arms(1, 1),
    control: 'arm-0',
    layer: { id: 'flu', from: 2500, to: 7500 },
  },
] as const;

const ids = [
  'a',
  'p-1',
  'p-2',
  '10003',
  '00010003',
  'José',
  'Jose\u0301',
  '患者-7',
  '🩺',
  'a|b',
  'a\\|b',
  'a\\',
  ' ',
  'x'.repeat(300),
];

const vectors = trials.map((changes) => {
  const trial = trialWith(changes);
  const { id, round, salt = '' } = trial.protocol;
  return {
    protocol: trial.protocol,
    fingerprint: trial.fingerprint,
    assignments: ids.map((unitId) => {
      const key = joinKey(['rapidcycle', '1', id, String(round), salt, 'arm', trial.unit, unitId]);
      const { arm, reason } = assign(trial, { [trial.unit]: unitId } as unknown as Subject, {
        at: during,
      });
      return { unitId, key, hash: hashKey(key), arm, reason };
    }),
  };
});

const about =
  'hash = MurmurHash3 x86_32 of the UTF-8 bytes of key, seed 0; instants: 2026-11-01T17:00:00Z';
writeFileSync(
  new URL('vectors.json', import.meta.url),
  `${JSON.stringify({ about, algorithm: 'murmur3-32/1', at: during, vectors }, null, 1)}\n`,
);
