import type { Unit } from '../trial/protocol.ts';

/** The ids known at an alert. Each is any non-empty, well-formed string, compared as it is written. */
export interface SubjectIds {
  readonly patient?: string | undefined;
  readonly practice?: string | undefined;
  readonly clinician?: string | undefined;
  readonly encounter?: string | undefined;
  /** Values of the trial's strata at this alert. */
  readonly strata?: Readonly<Record<string, string>> | undefined;
}

/** A subject of a trial that randomises `U`: that id is not optional. */
export type Subject<U extends Unit = Unit> = U extends Unit
  ? SubjectIds & { readonly [K in U]: string }
  : never;
