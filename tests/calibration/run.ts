/**
 * Does the inference hold what it promises? Simulates many synthetic trials, with no effect and with
 * the effect of the demonstration, by patient and by practice, and prints how often the primary test
 * rejects and how often each interval covers the truth, with Monte Carlo errors. Run by hand or
 * weekly: `npm run calibrate -- 1000` (trials for each scenario; default 200).
 */
import type { ArmComparison } from '../../src/analysis/index.ts';
import { analyze } from '../../src/analysis/index.ts';
import type { ClinicChoices } from '../../src/simulate/index.ts';
import {
  defaultClinic,
  influenzaProtocol,
  simulateSummaries,
  truthOf,
} from '../../src/simulate/index.ts';
import { trialFrom } from '../../src/trial/trial.ts';

const trials = Number(process.argv[2] ?? 200);
if (!Number.isInteger(trials) || trials < 1)
  throw new RangeError('give the number of trials, such as 200');

/** Counts how often something is so. */
interface Share {
  readonly add: (is: boolean) => void;
  readonly text: () => string;
  /** Standard errors between the share and what it should be. */
  readonly distance: (expected: number) => number;
}

function share(): Share {
  let n = 0;
  let yes = 0;
  return {
    add: (is) => {
      n += 1;
      if (is) yes += 1;
    },
    text: () => {
      const p = yes / n;
      return `${(100 * p).toFixed(1)} % (± ${(100 * Math.sqrt((p * (1 - p)) / n)).toFixed(1)})`;
    },
    distance: (expected) => (yes / n - expected) / Math.sqrt((expected * (1 - expected)) / n),
  };
}

function comparisonOf(comparisons: readonly ArmComparison[] | undefined): ArmComparison {
  const [comparison] = comparisons ?? [];
  if (comparison === undefined) throw new Error('nothing was compared');
  return comparison;
}

const none = { quietShare: 0, proceduralAcceptance: defaultClinic.truth.acceptance, cardEffect: 0 };
const scenarios: readonly (readonly [string, 'patient' | 'practice', ClinicChoices])[] = [
  ['by patient, no effect', 'patient', { truth: none }],
  ['by patient, the effect of the demonstration', 'patient', {}],
  ['by practice (12), no effect', 'practice', { truth: none, patients: 700 }],
  ['by practice (12), the effect of the demonstration', 'practice', { patients: 700 }],
  [
    'by practice (40), no effect',
    'practice',
    { truth: none, wards: 40, clinicians: 80, patients: 700 },
  ],
];

let failures = 0;
console.log(`${trials} synthetic trials for each scenario; nominal: rejection 5 %, coverage 95 %`);
for (const [name, unit, choices] of scenarios) {
  const truth = truthOf({ ...defaultClinic.truth, ...choices.truth });
  const isNull = truth.alertsRatio === 1;
  const rejected = { model: share(), rerandomization: share() };
  const covered = { alertsRatio: share(), acceptanceDifference: share(), acceptedRatio: share() };
  const verdicts = new Map<string, number>();
  let notEstimable = 0;
  const begun = performance.now();
  for (let seed = 0; seed < trials; seed += 1) {
    // The salt makes each trial's assignment another draw of the procedure.
    const trial = trialFrom({
      ...influenzaProtocol,
      unit,
      salt: `${name} ${seed}`,
      decision: { ...influenzaProtocol.decision, draws: 999 },
    });
    const rows = simulateSummaries({ ...choices, seed: `${name} ${seed}` }, trial);
    const {
      primary,
      guardrails,
      verdicts: found,
    } = await analyze(trial, rows, { asOf: Date.UTC(2027, 0, 1) });
    for (const { verdict } of found) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    const alerts = comparisonOf(primary.comparisons);
    const acceptance = comparisonOf(guardrails[0]?.comparisons);
    const accepted = comparisonOf(guardrails[1]?.comparisons);
    const { ratio, rerandomization } = alerts;
    if (
      !ratio.estimable ||
      !rerandomization.estimable ||
      !acceptance.difference.estimable ||
      !accepted.ratio.estimable
    ) {
      // All wards in one arm, say: no claim is made, and none is counted.
      notEstimable += 1;
      continue;
    }
    rejected.model.add(ratio.pValue <= 0.05);
    rejected.rerandomization.add(rerandomization.pValue <= 0.05);
    const covers = (
      { lower, upper }: { readonly lower: number; readonly upper: number },
      value: number,
    ): boolean => lower <= value && value <= upper;
    covered.alertsRatio.add(covers(ratio, truth.alertsRatio));
    covered.acceptanceDifference.add(covers(acceptance.difference, truth.acceptanceDifference));
    covered.acceptedRatio.add(covers(accepted.ratio, truth.acceptedRatio));
  }
  console.log(
    `\n${name} (${((performance.now() - begun) / 1000).toFixed(0)} s; ${notEstimable} without an estimate)`,
  );
  console.log(
    `  primary rejected   model ${rejected.model.text()}   re-randomisation ${rejected.rerandomization.text()}`,
  );
  console.log(
    `  interval covers    alerts ratio ${covered.alertsRatio.text()}   acceptance difference ${covered.acceptanceDifference.text()}   accepted ratio ${covered.acceptedRatio.text()}`,
  );
  console.log(
    `  verdicts           ${[...verdicts].map(([verdict, n]) => `${verdict} ${n}`).join(', ')}`,
  );

  // Beyond four standard errors on the wrong side something is broken, not unlucky.
  const wrong = [
    ...(isNull ? [rejected.model.distance(0.05), rejected.rerandomization.distance(0.05)] : []),
    ...Object.values(covered).map((each) => -each.distance(0.95)),
  ].filter((distance) => distance > 4).length;
  if (wrong > 0)
    console.log(
      `  ${wrong} figure(s) are more than 4 standard errors on the wrong side of nominal`,
    );
  failures += wrong;
}
process.exitCode = failures > 0 ? 1 : 0;
