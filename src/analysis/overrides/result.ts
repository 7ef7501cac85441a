import type { NonAdherenceCategory, NonAdherenceCode } from '../../events/non-adherence.ts';

/** What alerts were dismissed for: a category of HL7's, a reason that is in none, or none that was given. */
export type OverrideGroup = NonAdherenceCategory | 'unmapped' | 'none-given';

/** Dismissed alerts of an arm. */
export interface OverrideCount {
  readonly alerts: number;
  /** Of 100 alerts that were shown; `null` when none was. */
  readonly perHundredAlerts: number | null;
  /** Of the dismissed alerts, from 0 to 1; `null` when there is none. */
  readonly share: number | null;
}

/** A reason as it was given. */
export interface OverrideReason extends OverrideCount {
  readonly system: string | null;
  readonly code: string;
  readonly display: string | null;
  /** What it is among HL7's; `null` when nobody said. */
  readonly means: NonAdherenceCode | null;
}

/** Why alerts of one arm were dismissed. */
export interface ArmOverrides {
  readonly arm: string;
  /** Alerts that were shown. */
  readonly alerts: number;
  /** Of them those whose response window is still open: they may be dismissed yet. */
  readonly open: number;
  /** Alerts that were dismissed in time and not accepted in time, each once. */
  readonly dismissed: OverrideCount;
  /** Alerts that were dismissed in time and accepted too: acceptance takes precedence. */
  readonly acceptedToo: number;
  /** Dismissals, not alerts, that came after the window. */
  readonly late: number;
  /** Alerts that were dismissed in time and that the ledger does not hold, or not as shown. */
  readonly unmatched: number;
  /** Dismissed alerts with a reason, of whatever kind. */
  readonly withReason: number;
  /** Dismissed alerts with a reason that is among HL7's. */
  readonly mapped: number;
  /** One for each category in HL7's order, then `unmapped` and `none-given`. */
  readonly groups: readonly (OverrideCount & { readonly group: OverrideGroup })[];
  /** By how often they were given. */
  readonly reasons: readonly OverrideReason[];
}

/** Why alerts were dismissed, by arm. Plain data: it survives JSON unchanged. */
export interface OverrideReasons {
  /** ISO 8601 duration after an alert within which a dismissal counts. */
  readonly window: string;
  /** ISO instant. */
  readonly asOf: string;
  readonly arms: readonly ArmOverrides[];
  readonly warnings: readonly string[];
  /** The reasons as lines of text. Not part of its JSON. */
  toString(): string;
}
