import { detectableBy, formulaPower } from './formula.ts';
import type { Enlarged } from './planned-design.ts';
import { designFor } from './planned-design.ts';
import type { CountedQuestion } from './questions.ts';
import type { PlanSetting } from './setting.ts';

/** One design of a curve. */
export interface PlannedCurveRow {
  /** Units in the whole trial. */
  readonly units: number;
  /** Mean patient-days of a unit (in a period, where there are some); `null` for as many as one likes. */
  readonly size: number | null;
  /** By formula; `null` where too few units leave nothing to judge by. */
  readonly power: number | null;
  /** The value of the outcome that is told from control with the wanted power; `null` where none is. */
  readonly detectable: number | null;
}

/** Power against the number and the size of units. */
export interface PlannedCurve {
  readonly arm: string;
  readonly metric: string;
  readonly byUnits: readonly PlannedCurveRow[];
  readonly bySize: readonly PlannedCurveRow[];
}

const timesUnits: readonly number[] = [0.5, 0.75, 1, 1.5, 2, 3];
/** Over time a list is repeated as a whole. */
const timesLists: readonly number[] = [1, 2, 3, 4];
const timesSize: readonly number[] = [0.25, 0.5, 1, 2, 4];

/** The power curves of a question. */
export function curveOf(setting: PlanSetting, question: CountedQuestion): PlannedCurve {
  const { arm, metric } = question;
  const isParallel = designFor(setting).kind === 'parallel';
  const row = (enlarged: Enlarged): PlannedCurveRow => {
    const design = designFor(setting, enlarged);
    const found = formulaPower(setting, question, { design });
    const detectable = detectableBy(setting, question, design);
    const size = setting.size * (enlarged.size ?? 1);
    return {
      units:
        design.kind === 'parallel'
          ? design.counts.reduce((sum, count) => sum + count, 0)
          : design.matrix.length,
      size: Number.isFinite(size) ? size : null,
      power: found.estimable ? found.power : null,
      detectable: detectable.estimable ? detectable.value : null,
    };
  };
  const rows = (isParallel ? timesUnits : timesLists).map((units) => row({ units }));
  return {
    arm,
    metric,
    byUnits: rows.filter(({ units }, i) => units !== rows[i - 1]?.units),
    // Without an end of the days of a period nothing varies within it, and a formula over time has none.
    bySize: [...timesSize, ...(isParallel ? [Infinity] : [])].map((size) => row({ size })),
  };
}
