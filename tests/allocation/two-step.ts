import type { Trial } from '../../src/index.ts';
import { trialWith } from '../trials.ts';
import { listedTrial, listOf } from './list/fixtures.ts';

const shown = (summary: string) => ({ summary });

/** The first step: practices from a list, usual care or one of two ways to deliver an alert. */
export const first: Trial = listedTrial(
  { method: 'complete' },
  {
    id: 'delivery',
    arms: [
      { name: 'none', weight: 1, silent: true },
      { name: 'nurse', weight: 1, content: shown('For the nurse') },
      { name: 'physician', weight: 1, content: shown('For the physician') },
    ],
    control: 'none',
  },
);

/** Its list of 12 practices, `practice-1` to `practice-12`, four to an arm. */
export const list: ReturnType<typeof listOf> = listOf(first);

/** The practices of some arms. */
export function practicesOf(...arms: readonly string[]): readonly string[] {
  return list.clusters
    .filter((cluster) => arms.includes(cluster.arms[0] ?? ''))
    .map(({ id }) => id);
}

/** What a second step within both ways to deliver names. */
export const within = {
  trial: first.id,
  round: first.round,
  fingerprint: first.fingerprint,
  arms: ['nurse', 'physician'],
} as const;

/** The second step: patients of those practices, the usual wording or another. */
export function secondWith(changes: Readonly<Record<string, unknown>> = {}): Trial {
  return trialWith({ id: 'wording', within, ...changes });
}
