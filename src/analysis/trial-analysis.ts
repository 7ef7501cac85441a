import type { DaySums } from '../store/port.ts';
import type { Governance } from '../trial/protocol.ts';
import type { Estimable } from './estimable.ts';
import type { Answer } from './decision/decide.ts';
import type { EquityReport } from './equity/index.ts';
import type { Identity } from './identity.ts';
import type { IntegrityReport, ListState } from './integrity/index.ts';
import type { Factorial } from './methods/several/index.ts';
import type { ResponseTimes } from './metrics/index.ts';
import type { Measure } from './result.ts';
import type { SampleRatio } from './integrity/sample-ratio.ts';
import type { Verdict } from './decision/verdict.ts';

/** How many units, patients and events an arm holds, random assignments only. */
export interface ArmFlow {
  readonly arm: string;
  readonly units: number;
  readonly patients: number;
  readonly patientDays: number;
  readonly alerts: number;
  readonly openings: number;
  readonly silent: number;
  readonly accepted: number;
  readonly dismissed: number;
  /** Alerts without an answer so far: those whose response window is still open stand here too. */
  readonly ignored: number;
}

/** The secondary outcomes of an arm, tested in a pre-set order. */
export interface GatedArm {
  readonly arm: string;
  readonly questions: readonly GatedOutcome[];
}

/** A secondary outcome behind its gate. */
export interface GatedOutcome {
  readonly metric: string;
  readonly title: string;
  readonly answer: Estimable<Answer>;
  /**
   * One-sided: the largest p value up to here in the order, in a trial of several arms adjusted for their
   * number; `null` where one cannot be computed.
   */
  readonly adjustedPValue: number | null;
  /** Whether that is at most half of alpha, in a trial that is over. */
  readonly shown: boolean;
}

/** What a trial shows so far. Plain data: it survives JSON unchanged. */
export interface TrialAnalysis {
  readonly trial: {
    readonly id: string;
    readonly round: number;
    readonly title: string;
    readonly unit: string;
    readonly timeZone: string;
    readonly start: string;
    readonly end: string;
    readonly arms: readonly {
      readonly name: string;
      readonly weight: number;
      readonly description: string | null;
    }[];
    readonly control: string;
    readonly fingerprint: string;
    readonly governance: Governance;
  };
  /** ISO instant. */
  readonly asOf: string;
  /** Whether the trial, to its planned end or an early stop, and its last response window are over. */
  readonly final: boolean;
  /** ISO instant at which the trial was stopped before its planned end, or `null`. */
  readonly stoppedAt: string | null;
  readonly arms: readonly ArmFlow[];
  /** Alerts that were not random and are not counted, by reason. */
  readonly notRandomized: readonly { readonly reason: string; readonly alerts: number }[];
  /** The list of a trial that allocates from one; `null` of a trial that hashes. */
  readonly list: ListState | null;
  readonly sampleRatio: Estimable<SampleRatio>;
  readonly primary: Measure;
  readonly guardrails: readonly Measure[];
  readonly secondary: readonly Measure[];
  /**
   * The secondary outcomes of each arm in the protocol's order, behind the gate of its verdict: each is
   * tested only when everything before it was shown, so that they share one error rate. With several
   * arms the gate opens once every one of them is adopted.
   */
  readonly gate: readonly GatedArm[];
  /** Main effects with their interactions, when the arms are the cells of a factorial trial. */
  readonly factorial: Estimable<Factorial> | null;
  readonly identities: readonly Estimable<Identity>[];
  readonly verdicts: readonly Verdict[];
  /** What speaks against reading the effects, from every event; `null` without a ledger. */
  readonly integrity: IntegrityReport | null;
  /** Response times by arm; `null` without a ledger. */
  readonly responseTimes: ResponseTimes | null;
  /** Reach and effects by stratum; `null` when the trial has no strata. */
  readonly equity: EquityReport | null;
  /** The daily course; empty when only unit summaries were given. */
  readonly days: readonly DaySums[];
  readonly warnings: readonly string[];
  /** The analysis as lines of text. Not part of its JSON. */
  toString(): string;
}
