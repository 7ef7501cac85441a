import type { SubjectIds } from '../allocation/subject.ts';
import type { Stage } from '../events/event.ts';
import type { PastAnswer } from '../store/log/backfill-port.ts';
import type { SourceRow } from './rows.ts';

/** One showing of the alert, as a row of an extract tells of it, or several. */
export interface Showing {
  /** What tells it from every other of all extracts. */
  readonly key: string;
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly at: number;
  /** The same as it is written, in milliseconds as if in UTC. */
  readonly written: number;
  /** As the extract has the ids. */
  readonly subject: SubjectIds;
  readonly stage: Stage;
  readonly alert: string;
  readonly answers: readonly PastAnswer[];
  /** The arm that was shown, where the extract knows it. */
  readonly arm: string | undefined;
  readonly row: SourceRow;
  readonly file: string;
}

const stages: readonly Stage[] = ['silent', 'returned', 'displayed'];

const further = (one: Stage, other: Stage): Stage =>
  stages.indexOf(one) >= stages.indexOf(other) ? one : other;

const subjectText = ({ patient, clinician, encounter, practice, strata }: SubjectIds): string =>
  JSON.stringify([patient, clinician, encounter, practice, strata]);

const answerText = ({ type, at, code }: PastAnswer): string => JSON.stringify([type, at, code]);

/**
 * Two tellings of one showing as one: it got as far as the further one, and was answered as both say.
 * Where they cannot be one, what they contradict each other in.
 */
export function mergeShowings(one: Showing, other: Showing): Showing | string {
  if (one.written !== other.written || one.at !== other.at) return 'time';
  if (one.alert !== other.alert) return 'alert';
  if (subjectText(one.subject) !== subjectText(other.subject)) return 'patient or place';
  if (one.arm !== undefined && other.arm !== undefined && one.arm !== other.arm) return 'arm';
  const known = new Set(one.answers.map(answerText));
  const added = other.answers.filter((answer) => !known.has(answerText(answer)));
  return {
    ...one,
    stage: further(one.stage, other.stage),
    answers: [...one.answers, ...added],
    arm: one.arm ?? other.arm,
  };
}
