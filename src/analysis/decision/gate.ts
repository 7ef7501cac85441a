import type { Outcome } from '../../trial/protocol.ts';
import type { Resolved, Trial } from '../../trial/trial.ts';
import { gatekeep } from '../methods/several/index.ts';
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
 */
export function gateOf(
  trial: Trial,
  verdicts: readonly Verdict[],
  {
    rows,
    secondary,
  }: { readonly rows: readonly UnitRow[]; readonly secondary: readonly SecondaryMeasure[] },
): readonly GatedArm[] {
  const alpha = trial.decision.alpha / 2;
  return verdicts.map(({ arm, pValue, verdict, final }) => {
    const answers = secondary.map(({ outcome, measure }) =>
      superiority({ trial, rows, measure, arm, outcome }),
    );
    const open = [pValue, ...answers.map((each) => (each.estimable ? each.pValue : null))];
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
          shown: final && verdict === 'adopt' && gated?.rejected === true,
        };
      }),
    };
  });
}
