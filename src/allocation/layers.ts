import { ProtocolError } from '../errors.ts';
import type { Trial } from '../trial/trial.ts';

/**
 * Checks that trials which share a layer exclude each other: same unit, disjoint slots.
 *
 * @throws ProtocolError naming each pair that overlaps
 */
export function checkLayers(trials: readonly Trial[]): void {
  const problems = trials.flatMap((one, i) =>
    trials.slice(i + 1).flatMap((other) => {
      const a = one.protocol.layer;
      const b = other.protocol.layer;
      if (a === undefined || b === undefined || a.id !== b.id) return [];
      const pair = `trials ${one.id} and ${other.id} share the layer "${a.id}"`;
      if (one.unit !== other.unit) {
        return [
          {
            path: 'layer',
            message: `${pair} but randomise ${one.unit} and ${other.unit}: one layer has one unit`,
          },
        ];
      }
      if (a.from < b.to && b.from < a.to) {
        return [
          {
            path: 'layer',
            message: `${pair} and both take slots ${Math.max(a.from, b.from)} to ${Math.min(a.to, b.to)}`,
          },
        ];
      }
      return [];
    }),
  );
  if (problems.length > 0) throw new ProtocolError(problems);
}
