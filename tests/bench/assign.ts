/**
 * How long an assignment takes beside the bare hash over the same bytes and beside GrowthBook's
 * JavaScript SDK. Timings depend on the machine; the ratios, taken in one run, hardly do.
 * Run with `npm run bench`.
 */
import { GrowthBookClient } from '@growthbook/growthbook';
import murmurhash from 'murmurhash';
import { allocate, clustersFrom } from '../../src/allocation/index.ts';
import { assign, defineTrial } from '../../src/index.ts';
import { protocol } from '../trials.ts';

const trial = defineTrial(protocol);
const at = Date.UTC(2026, 9, 20);
const units = Array.from(
  { length: 20_000 },
  (_, i) => `patient-0b5e1f4c-7a51-4c7e-9d3a-${String(i).padStart(12, '0')}`,
);
const encoder = new TextEncoder();
const keys = units.map((id) => encoder.encode(`rapidcycle|1|${trial.id}|1||arm|patient|${id}`));

const growthbook = new GrowthBookClient().initSync({
  payload: {
    features: {
      alert: {
        defaultValue: 'usual',
        rules: [
          {
            key: 'influenza',
            hashAttribute: 'id',
            variations: ['usual', 'redesign'],
            weights: [0.5, 0.5],
            hashVersion: 2,
          },
        ],
      },
    },
  },
});

const listed = defineTrial({
  ...protocol,
  allocation: { kind: 'listed', method: { method: 'complete' } },
});
const list = allocate(
  listed,
  clustersFrom(
    listed,
    units.map((id) => ({ id })),
  ),
  { seed: 'bench' },
);
const places = new Map(list.clusters.map(({ id, arms: [arm = ''] }) => [id, arm]));

let sink = 0;
const options = { at };
const fromList = { at, allocation: list };

/** Each passes over all the units once. */
const contestants: readonly (readonly [string, () => void])[] = [
  [
    'bare hash over bytes (murmurhash.v3)',
    () => {
      for (const key of keys) sink += murmurhash.v3(key, 0);
    },
  ],
  [
    'assign, with its result object',
    () => {
      for (const patient of units) sink += assign(trial, { patient }, options).arm.length;
    },
  ],
  [
    'assign from a list, with its result object',
    () => {
      for (const patient of units) sink += assign(listed, { patient }, fromList).arm.length;
    },
  ],
  [
    'bare look-up in a map',
    () => {
      for (const id of units) sink += (places.get(id) ?? '').length;
    },
  ],
  [
    'bare hash of a string (murmurhash.v3)',
    () => {
      for (const id of units) sink += murmurhash.v3(id, 0);
    },
  ],
  [
    'GrowthBook getFeatureValue, no callback',
    () => {
      for (const id of units) {
        sink += growthbook.getFeatureValue('alert', 'none', { attributes: { id } }).length;
      }
    },
  ],
];

// In turn, round after round, so that a change of the machine's speed meets all of them alike.
const rounds = 60;
const times = contestants.map((): number[] => []);
for (let round = -10; round < rounds; round += 1) {
  contestants.forEach(([, pass], i) => {
    const before = performance.now();
    pass();
    if (round >= 0) times[i]?.push(((performance.now() - before) * 1e6) / units.length);
  });
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const bare = times[0] ?? [];
contestants.forEach(([name], i) => {
  const own = times[i] ?? [];
  const ratio = median(own.map((time, round) => time / (bare[round] ?? Number.NaN)));
  console.log(
    `${name.padEnd(42)} ${median(own).toFixed(0).padStart(6)} ns   ${ratio.toFixed(2)} × the bare hash over bytes`,
  );
});
console.log(
  `(medians of ${rounds} rounds over ${units.length.toLocaleString('en-GB')} distinct ids; checksum ${sink % 1e6})`,
);
