import { metricNamed } from './outcome.ts';
import type { Guardrail, Outcome, Protocol } from './protocol.ts';

/** What is wrong with a decision rule, and where. */
export interface DecisionFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What is wrong with a margin, given which direction of its outcome is better. */
export function marginFault({
  better,
  scale,
  margin,
}: Pick<Guardrail, 'better' | 'scale' | 'margin'>): string | undefined {
  if (scale === 'difference') {
    if (better === 'higher' && !(margin < 0))
      return 'where higher is better, a tolerated difference is below 0';
    if (better === 'lower' && !(margin > 0))
      return 'where lower is better, a tolerated difference is above 0';
    return undefined;
  }
  if (better === 'higher' && !(margin > 0 && margin < 1))
    return 'where higher is better, a tolerated ratio is between 0 and 1';
  if (better === 'lower' && !(margin > 1))
    return 'where lower is better, a tolerated ratio is above 1';
  return undefined;
}

type Judged = Pick<Protocol, 'arms' | 'primary' | 'guardrails' | 'metrics' | 'decision'>;

/** What is wrong with how a trial is decided, beyond the shape of each part. */
export function decisionFaults(protocol: Judged): readonly DecisionFault[] {
  return [...marginFaults(protocol), ...ruleFaults(protocol)];
}

function marginFaults({
  primary,
  guardrails,
  metrics = [],
  decision = {},
}: Judged): readonly DecisionFault[] {
  const { claim = { kind: 'superiority' } } = decision;
  const faults: DecisionFault[] = [];
  if (claim.kind === 'non-inferiority') {
    const message = marginFault({ ...claim, better: primary.better });
    if (message !== undefined) faults.push({ path: ['decision', 'claim', 'margin'], message });
  }
  const limits = [
    ...guardrails.map((each, i) => ({
      outcome: each as Outcome,
      scale: each.scale,
      path: ['guardrails', i, 'margin'],
      value: each.margin,
    })),
    ...(claim.kind === 'superiority'
      ? []
      : (claim.kind === 'equivalence'
          ? ([
              ['lower', claim.lower],
              ['upper', claim.upper],
            ] as const)
          : ([['margin', claim.margin]] as const)
        ).map(([key, value]) => ({
          outcome: primary,
          scale: claim.scale,
          path: ['decision', 'claim', key],
          value,
        }))),
  ];
  for (const { outcome, scale, path, value } of limits) {
    const isShare = metricNamed(outcome.metric, metrics)?.kind === 'proportion';
    // Three percentage points are 0.03: a margin of 3 would let everything pass.
    if (scale === 'difference' && isShare && Math.abs(value) >= 1) {
      faults.push({
        path,
        message: `a difference of two proportions lies between -1 and 1, not at ${value}: write percentage points as hundredths`,
      });
    }
  }
  return faults;
}

function ruleFaults({ arms, primary, decision = {} }: Judged): readonly DecisionFault[] {
  const {
    claim = { kind: 'superiority' },
    alpha = 0.05,
    draws = 9_999,
    test = 'auto',
    worthwhile,
  } = decision;
  const faults: DecisionFault[] = [];
  const { better } = primary;
  if (worthwhile !== undefined && (better === 'lower' ? worthwhile >= 1 : worthwhile <= 1)) {
    faults.push({
      path: ['decision', 'worthwhile'],
      message: `where ${better} is better, a worthwhile ratio is ${better === 'lower' ? 'below' : 'above'} 1`,
    });
  }
  if (worthwhile !== undefined && claim.kind !== 'superiority') {
    faults.push({
      path: ['decision', 'worthwhile'],
      message: `a claim of ${claim.kind} asks for no improvement, so none can be too small: leave it out`,
    });
  }
  // The smallest p value of B draws is 1 / (B + 1), and Holm asks the first of several arms for the least.
  const needed = Math.ceil((2 * (arms.length - 1)) / alpha - 1e-9) - 1;
  if (test !== 'model' && draws < needed) {
    faults.push({
      path: ['decision', 'draws'],
      message: `${draws} draws cannot reach half of an alpha of ${alpha}${arms.length > 2 ? ` shared by ${arms.length - 1} arms` : ''}: at least ${needed} are needed`,
    });
  }
  return faults;
}
