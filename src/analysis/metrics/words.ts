import type { AlertCount, AlertLevel, AlertState, Count } from '../../trial/count.ts';
import { isAlertCount, isBrought, windowedStates } from '../../trial/count.ts';

const dayWords = {
  calendar: 'eligible patient-days (calendar days touched)',
  midnight: 'eligible patient-days (midnight census)',
  elapsed: 'eligible patient-days (elapsed hours / 24)',
} as const;

const levelWords: Readonly<Record<AlertLevel, string>> = {
  alert: 'alerts',
  opening: 'openings of a chart',
  firstAlert: 'first alerts of a patient',
  firstFiring: 'first firings of a patient',
  encounter: 'encounters',
  patient: 'patients',
  patientDay: 'patient-days',
  clinician: 'clinicians',
  clinicianDay: 'clinician-days',
};

const shownWords = {
  alert: 'alerts shown (every firing)',
  opening: 'alerts shown (one for each opening of a chart)',
} as const;

/** What a firing in a state is called for short, before the noun. */
const adjectives: Readonly<Record<AlertState, string>> = {
  alerts: '',
  silent: 'silent ',
  fired: '',
  repeats: 'repeated ',
  accepted: 'accepted ',
  dismissed: 'dismissed ',
  answered: 'answered ',
  timed: 'answered ',
  due: '',
  ignored: 'ignored ',
  undismissed: 'undismissed ',
  ordered: 'followed by an order',
};

function stateWords(state: AlertState, window: string): string {
  switch (state) {
    case 'alerts':
      return 'shown';
    case 'silent':
      return 'silent, not shown';
    case 'fired':
      return 'fired, shown or silent';
    case 'repeats':
      return 'shown again after the first of their patient';
    case 'accepted':
      return `accepted within ${window}`;
    case 'dismissed':
      return `dismissed and not accepted within ${window}`;
    case 'answered':
      return `accepted or dismissed within ${window}`;
    case 'timed':
      return `accepted or dismissed within ${window}, where the clocks agree`;
    case 'due':
      return `shown more than ${window} before the analysis`;
    case 'ignored':
      return `shown more than ${window} before the analysis and neither accepted nor dismissed within ${window}`;
    case 'undismissed':
      return `shown more than ${window} before the analysis and not dismissed, or accepted all the same, within ${window}`;
    case 'ordered':
      return `followed by an order within ${window}, shown or silent`;
  }
}

/** A duration as it is said: `PT24H` is `24 h`. */
export function windowWords(duration: string): string {
  const [, days, hours, minutes, seconds] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/.exec(duration) ?? [];
  const parts = [
    [days, 'd'],
    [hours, 'h'],
    [minutes, 'min'],
    [seconds, 's'],
  ].flatMap(([amount, unit]) => (amount === undefined ? [] : [`${amount} ${unit ?? ''}`]));
  return parts.length === 0 ? duration : parts.join(' ');
}

function alertWords(count: AlertCount, responseWindow: string): string {
  const { of, each = 'alert', reason, known, eligible, within } = count;
  const plain = reason === undefined && known === undefined && within === undefined;
  if (plain && eligible === undefined && (each === 'alert' || each === 'opening')) {
    if (of === 'alerts') return shownWords[each];
    if (of === 'accepted') return `accepted, of ${shownWords[each]}`;
  }
  const state = stateWords(of, windowWords(within ?? responseWindow));
  const isFiring = each === 'alert' || each === 'firstAlert' || each === 'firstFiring';
  return [
    isFiring
      ? `${levelWords[each]} ${state}`
      : `${levelWords[each]} with at least one alert ${state}`,
    ...(reason === undefined ? [] : [`with the reason "${reason}"`]),
    ...(known === undefined ? [] : [`of a known ${known}`]),
    ...(eligible === undefined ? [] : ['of patients with time at risk']),
  ].join(', ');
}

/** What is counted, in words. */
export function wordsOf(count: Count, responseWindow: string): string {
  if (isBrought(count)) return count.title ?? count.column;
  if (isAlertCount(count)) return alertWords(count, responseWindow);
  if (count.each !== 'patientDay') return `eligible ${levelWords[count.each]}`;
  const days = dayWords[count.days ?? 'calendar'];
  return count.known === undefined ? days : `${days} of a known encounter`;
}

/** The noun of what is counted: `patient-days`, `alerts`, `orders`. */
export function nounOf(count: Count): string {
  if (isBrought(count)) return count.column;
  return levelWords[count.each ?? 'alert'];
}

/** A few words for what a numerator counts, after `more` or `fewer`: `accepted alerts`. */
export function eventsOf(count: Count, kind: 'rate' | 'proportion'): string {
  if (isBrought(count)) return count.column;
  if (!isAlertCount(count)) return nounOf(count);
  const adjective = adjectives[count.of];
  const each = count.each ?? 'alert';
  if (each === 'alert' || each === 'firstAlert' || each === 'firstFiring') {
    const isPlain = adjective === '' || (kind === 'rate' && count.of !== 'ordered');
    return isPlain ? `${adjective}alerts` : adjective.trimEnd();
  }
  if (each === 'opening' && kind === 'rate') return `${adjective}openings`;
  const alert =
    count.of === 'ordered'
      ? 'an alert followed by an order'
      : `${article(adjective)} ${adjective}alert`;
  return kind === 'proportion' ? `with ${alert}` : `${levelWords[each]} with ${alert}`;
}

function article(adjective: string): string {
  return adjective === '' || /^[aeiou]/.test(adjective) ? 'an' : 'a';
}

/** The window of a count, ISO 8601, or nothing when it has none. */
export function windowOf(count: Count, responseWindow: string): string | undefined {
  if (isBrought(count) || !isAlertCount(count) || !windowedStates.has(count.of)) return undefined;
  return count.within ?? responseWindow;
}
