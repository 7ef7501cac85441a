import { randomStream } from '../../../src/stats/index.ts';
import type { UnitRow, Verdict } from '../../../src/analysis/index.ts';
import { analyze } from '../../../src/analysis/index.ts';
import type { Trial } from '../../../src/index.ts';
import { trialWith } from '../../trials.ts';

export const over = Date.UTC(2027, 0, 1);

/** A trial of practices without guardrails, with few draws. */
export function practiceTrial(changes: Readonly<Record<string, unknown>> = {}): Trial {
  return trialWith({
    unit: 'practice',
    guardrails: [],
    secondary: [],
    decision: { draws: 399 },
    ...changes,
  });
}

/** What a practice counted. */
export interface Counted {
  readonly alerts: number;
  readonly days: number;
  readonly accepted?: number;
}

/** Unit summaries of practices by arm. */
export function practicesOf(
  arms: Readonly<Record<string, readonly Counted[]>>,
): readonly UnitRow[] {
  return Object.entries(arms).flatMap(([arm, practices]) =>
    practices.map(({ alerts, days, accepted = 0 }, i): UnitRow => ({
      unitId: `${arm}-${String(i).padStart(5, '0')}`,
      arm,
      alerts,
      accepted,
      calendarDays: days,
    })),
  );
}

/** Seeded practices with a rate and a chance of acceptance that vary between them. */
export function drawnPractices(
  seed: number | string,
  n: number,
  { rate, acceptance = 0.2 }: { readonly rate: number; readonly acceptance?: number },
): readonly Counted[] {
  return Array.from({ length: n }, (_, i) => {
    const stream = randomStream(['practices', seed], i);
    const days = 60 + stream.integer(90);
    const alerts = Math.round(days * rate * Math.exp(0.3 * stream.normal()));
    const share =
      1 / (1 + Math.exp(-(Math.log(acceptance / (1 - acceptance)) + 0.3 * stream.normal())));
    return { alerts, days, accepted: Math.round(alerts * share) };
  });
}

/** The verdicts on a finished trial. */
export async function verdictsOn(
  trial: Trial,
  rows: readonly UnitRow[],
  asOf = over,
): Promise<readonly Verdict[]> {
  return (await analyze(trial, rows, { asOf })).verdicts;
}

/** The verdict on the only arm besides control. */
export async function verdictOn(
  trial: Trial,
  rows: readonly UnitRow[],
  asOf = over,
): Promise<Verdict> {
  const [verdict] = await verdictsOn(trial, rows, asOf);
  if (verdict === undefined) throw new Error('no verdict');
  return verdict;
}

/** What was estimable, or a failure that says why it was not. */
export function made<T>(
  result:
    | ({ readonly estimable: true } & T)
    | { readonly estimable: false; readonly reason: string }
    | null
    | undefined,
): { readonly estimable: true } & T {
  if (result?.estimable !== true) throw new Error(result?.reason ?? 'nothing');
  return result;
}
