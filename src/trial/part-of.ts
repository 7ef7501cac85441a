import { durationMilliseconds } from './calendar.ts';
import type { AlertCount, AlertLevel, AlertState, Count } from './count.ts';
import { idsNeeded, isAlertCount, isBrought, windowedStates } from './count.ts';

/** What else a firing is that is in a state, whatever the window. */
const implied: Readonly<Record<AlertState, readonly AlertState[]>> = {
  alerts: ['fired'],
  silent: ['fired'],
  fired: [],
  repeats: ['alerts', 'fired'],
  accepted: ['answered', 'alerts', 'fired'],
  dismissed: ['answered', 'alerts', 'fired'],
  answered: ['alerts', 'fired'],
  timed: ['answered', 'alerts', 'fired'],
  due: ['alerts', 'fired'],
  ignored: ['due', 'undismissed', 'alerts', 'fired'],
  undismissed: ['due', 'alerts', 'fired'],
  ordered: ['fired'],
};

/** States that hold for every longer window too. `dismissed` does not: an acceptance may follow. */
const lasting: ReadonlySet<AlertState> = new Set(['accepted', 'answered', 'timed', 'ordered']);

const firsts: ReadonlySet<AlertLevel> = new Set(['firstAlert', 'firstFiring']);

function isLevelPart(part: AlertLevel, whole: AlertLevel): boolean {
  return part === whole || (whole === 'alert' && firsts.has(part));
}

function isWindowPart(part: AlertCount, whole: AlertCount, longest: number): boolean {
  if (!windowedStates.has(whole.of)) return true;
  const [inner, outer] = [part, whole].map(({ within }) =>
    within === undefined ? longest : durationMilliseconds(within),
  );
  return inner === outer || (lasting.has(whole.of) && (inner ?? 0) < (outer ?? 0));
}

function isAlertPart(part: AlertCount, whole: AlertCount, longest: number): boolean {
  return (
    isLevelPart(part.each ?? 'alert', whole.each ?? 'alert') &&
    (part.of === whole.of || implied[part.of].includes(whole.of)) &&
    isWindowPart(part, whole, longest) &&
    (whole.reason === undefined || whole.reason === part.reason) &&
    (whole.known === undefined || idsNeeded(part).has(whole.known)) &&
    (whole.eligible === undefined || part.eligible === true)
  );
}

/**
 * Whether everything that one count counts is counted by the other as well, so that their ratio is a
 * share. Of a count that is brought from outside this cannot be known, and is taken for granted.
 *
 * @param responseWindow of the trial, milliseconds
 */
export function isPartOf(part: Count, whole: Count, responseWindow: number): boolean {
  if (isBrought(part) || isBrought(whole)) return true;
  if (isAlertCount(part)) {
    if (isAlertCount(whole)) return isAlertPart(part, whole, responseWindow);
    return whole.each === 'patient' && part.each === 'patient' && part.eligible === true;
  }
  return (
    !isAlertCount(whole) &&
    part.each === whole.each &&
    (part.days ?? 'calendar') === (whole.days ?? 'calendar') &&
    (whole.known === undefined || whole.known === part.known)
  );
}
