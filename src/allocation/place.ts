import type { Unit } from '../trial/protocol.ts';
import type { Trial } from '../trial/trial.ts';
import type { Hasher } from './hash.ts';
import { hasherOf } from './hash.ts';

/** The places of one trial in hash space, laid out once. */
export interface Layout {
  readonly arm: Hasher;
  readonly enrolment: Hasher;
  /** For each arm in protocol order, the first place that is no longer its own. */
  readonly bounds: readonly number[];
  /** The trial's share of its layer: first and one past the last place; `undefined` without a layer. */
  readonly layer: { readonly hash: Hasher; readonly from: number; readonly to: number } | undefined;
  /** Whether some unit is ever kept out by the enrolment fraction. */
  readonly isRamped: boolean;
}

const places = 2n ** 32n;

/** The smallest whole number not below `part / whole` of all places, without rounding error. */
function boundOf(part: number, whole: number): number {
  return Number((BigInt(part) * places + BigInt(whole) - 1n) / BigInt(whole));
}

/** Every key begins with these two: the owner of the name space and the version of the key's form. */
const keyForm = ['rapidcycle', '1'] as const;

function layoutFor(trial: Trial): Layout {
  const { id, round, unit, protocol } = trial;
  const hasher = (purpose: string): Hasher =>
    hasherOf([...keyForm, id, String(round), protocol.salt ?? '', purpose, unit]);
  const total = trial.arms.reduce((sum, { weight }) => sum + weight, 0);
  let cumulative = 0;
  const bounds = trial.arms.map(({ weight }) => {
    cumulative += weight;
    return boundOf(cumulative, total);
  });
  return {
    arm: hasher('arm'),
    enrolment: hasher('enrolment'),
    bounds,
    layer: protocol.layer && {
      hash: layerHasher(protocol.layer.id, unit),
      from: boundOf(protocol.layer.from, 10_000),
      to: boundOf(protocol.layer.to, 10_000),
    },
    isRamped: trial.enrolment.some(({ fraction }) => fraction < 1),
  };
}

function layerHasher(layerId: string, unit: Unit): Hasher {
  // No trial, round or salt: every trial of the layer must find a unit at the same place.
  return hasherOf([...keyForm, layerId, '', '', 'layer', unit]);
}

const layouts = new WeakMap<Trial, Layout>();

/** The layout of a trial, made at the first call. */
export function layoutOf(trial: Trial): Layout {
  let layout = layouts.get(trial);
  if (layout === undefined) {
    layout = layoutFor(trial);
    layouts.set(trial, layout);
  }
  return layout;
}
