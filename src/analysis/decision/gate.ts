import type { Outcome } from '../../trial/protocol.ts';
import type { Resolved, Trial } from '../../trial/trial.ts';
import { adjustPValues, gatekeep } from '../methods/several/index.ts';
import type { Design } from '../design.ts';
import type { Measure } from '../result.ts';
import type { UnitRow } from '../rows.ts';
import type { GatedArm } from '../trial-analysis.ts';
import { superiority } from './decide.ts';
import type { Verdict } from './verdict.ts';

/** A secondary outcome with its measure. */
export interface SecondaryMeasure {
  readonly outcome: Resolved<Outcome>;
  readonly measure: Measure;
}

/**
 * Tests the secondary outcomes of each arm for superiority in the protocol's order, behind the verdict's
 * joint p value: a fixed sequence, in which each question gets the whole of half of alpha as long as
 * all before it were shown (Maurer, Hothorn & Lehmacher 1995). What cannot be computed closes the gate.
 *
 * With m > 1 arms against control the verdicts have used up alpha between them (Holm), and only when all
 * of them are shown is it there to be used again, an m-th of it for the sequence of each arm:
 * p̃ = max(Holm's p of every verdict, m times the p values of the arm up to here) (serial gatekeeping,
 * Dmitrienko, Offen & Westfall 2003).
 */
export function gateOf(
  trial: Trial,
  verdicts: readonly Verdict[],
  {
    rows,
    design,
    secondary,
  }: {
    readonly rows: readonly UnitRow[];
    readonly design: Design;
    readonly secondary: readonly SecondaryMeasure[];
  },
): readonly GatedArm[] {
  const alpha = trial.decision.alpha / 2;
  const gate = pValueOfAll(verdicts);
  const isOpen = verdicts.every(({ final, verdict }) => final && verdict === 'adopt');
  return verdicts.map(({ arm }) => {
    const answers = secondary.map(({ outcome, measure }) =>
      superiority({ trial, rows, design, measure, arm, outcome }),
    );
    const shared = answers.map((each) =>
      each.estimable ? Math.min(1, verdicts.length * each.pValue) : null,
    );
    const open = [gate, ...shared];
    const closed = open.indexOf(null);
    const known = open.slice(0, closed === -1 ? open.length : closed).map((p) => p ?? 1);
    const tested = gatekeep(
      known.map((p, i) => ({ name: String(i), pValue: p })),
      { alpha },
    );
    return {
      arm,
      questions: secondary.map(({ measure }, i) => {
        const gated = tested[i + 1];
        return {
          metric: measure.metric,
          title: measure.title,
          answer: answers[i] ?? { estimable: false, reason: 'not asked' },
          adjustedPValue: gated?.adjusted ?? null,
          shown: isOpen && gated?.rejected === true,
        };
      }),
    };
  });
}

/** Of "every arm is better": the largest of Holm's p values; `null` where one cannot be computed. */
function pValueOfAll(verdicts: readonly Verdict[]): number | null {
  const known = verdicts.flatMap(({ pValue }) => pValue ?? []);
  return known.length === verdicts.length ? Math.max(...adjustPValues(known, 'holm')) : null;
}
