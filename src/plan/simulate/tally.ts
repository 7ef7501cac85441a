import type { Verdict } from '../../analysis/index.ts';

/** How often something happened in simulated trials. */
export interface SimulatedShare {
  readonly count: number;
  readonly share: number;
  /** Monte Carlo standard error √(p(1 − p)/N), with p = (count + 1)/(N + 2), so that it is never 0. */
  readonly standardError: number;
}

/** What became of an arm in simulated trials. */
export interface SimulatedArm {
  readonly arm: string;
  readonly adopt: SimulatedShare;
  readonly harm: SimulatedShare;
  /** What is claimed of the primary outcome was shown, at half of alpha one-sided. */
  readonly primary: SimulatedShare;
  /** Each guardrail was met, in the order of the protocol. */
  readonly guardrails: readonly SimulatedShare[];
}

/** Counts verdicts. */
export function tally(
  arms: readonly string[],
  guardrails: number,
): {
  readonly add: (verdicts: readonly Verdict[]) => void;
  readonly arms: () => readonly SimulatedArm[];
  readonly any: () => SimulatedShare;
  readonly all: () => SimulatedShare;
} {
  const counts = arms.map(() => ({
    adopt: 0,
    harm: 0,
    primary: 0,
    guardrails: Array.from({ length: guardrails }, () => 0),
  }));
  let [trials, any, all] = [0, 0, 0];
  const share = (count: number): SimulatedShare => {
    const near = (count + 1) / (trials + 2);
    return { count, share: count / trials, standardError: Math.sqrt((near * (1 - near)) / trials) };
  };
  return {
    add: (verdicts) => {
      trials += 1;
      const adopted = verdicts.filter(({ verdict }) => verdict === 'adopt').length;
      if (adopted > 0) any += 1;
      if (adopted === arms.length) all += 1;
      for (const { arm, verdict, primary, guardrails: met } of verdicts) {
        const own = counts[arms.indexOf(arm)];
        if (own === undefined) continue;
        if (verdict === 'adopt') own.adopt += 1;
        if (verdict === 'harm') own.harm += 1;
        if (primary.estimable && primary.passed) own.primary += 1;
        met.forEach((answer, i) => {
          if (answer.estimable && answer.passed) own.guardrails[i] = (own.guardrails[i] ?? 0) + 1;
        });
      }
    },
    arms: () =>
      arms.map((arm, i) => {
        const own = counts[i];
        return {
          arm,
          adopt: share(own?.adopt ?? 0),
          harm: share(own?.harm ?? 0),
          primary: share(own?.primary ?? 0),
          guardrails: (own?.guardrails ?? []).map(share),
        };
      }),
    any: () => share(any),
    all: () => share(all),
  };
}
