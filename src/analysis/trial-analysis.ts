import type { DaySums } from '../store/port.ts';
import type { Governance } from '../trial/protocol.ts';
import type { Estimable } from './estimable.ts';
import type { Identity } from './identity.ts';
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
  readonly sampleRatio: Estimable<SampleRatio>;
  readonly primary: Measure;
  readonly guardrails: readonly Measure[];
  readonly secondary: readonly Measure[];
  readonly identities: readonly Estimable<Identity>[];
  readonly verdicts: readonly Verdict[];
  /** The daily course; empty when only unit summaries were given. */
  readonly days: readonly DaySums[];
  readonly warnings: readonly string[];
  /** The analysis as lines of text. Not part of its JSON. */
  toString(): string;
}
