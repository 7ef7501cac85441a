import { impressionOfCard } from '../../events/ids.ts';
import type { Acknowledged } from '../../simulate/index.ts';
import type { Store, UnitSummary } from '../../store/index.ts';
import type { Trial } from '../../trial/trial.ts';

/** What the ledger holds of what the service had acknowledged, counted from its raw events. */
export interface LedgerAudit {
  /** Answers that the service had acknowledged. */
  readonly acknowledged: number;
  /** Of them, those that are not in the ledger though their alert is. Must be 0. */
  readonly missing: number;
  /** Of them, those to alerts that were returned in the instant in which the service was killed. */
  readonly withoutAlert: number;
  /** Alerts shown, and accepted, as counted one by one. */
  readonly counted: { readonly alerts: number; readonly accepted: number };
  /** The same as the sums by unit have them. */
  readonly summed: { readonly alerts: number; readonly accepted: number };
}

/** Alerts that a service can have returned, one after the other, and not yet recorded when it is killed. */
const unrecordedAtMost = 10;

/**
 * Whether nothing was lost or counted twice.
 *
 * @param restarts how often the service was killed
 */
export function isClean(
  { missing, withoutAlert, counted, summed }: LedgerAudit,
  restarts: number,
): boolean {
  return (
    missing === 0 &&
    withoutAlert <= restarts * unrecordedAtMost &&
    counted.alerts === summed.alerts &&
    counted.accepted === summed.accepted
  );
}

/** Holds the ledger against what the record system saw, and the sums against the raw events. */
export async function auditLedger(
  store: Store,
  {
    trial,
    acknowledged,
    summaries,
  }: {
    readonly trial: Trial;
    readonly acknowledged: Acknowledged;
    readonly summaries: readonly UnitSummary[];
  },
): Promise<LedgerAudit> {
  const impressions = new Set<string>();
  const answers = new Set<string>();
  const shown = new Set<string>();
  const accepted = new Set<string>();
  for await (const { event } of store.read({ trial: trial.fingerprint })) {
    if (event.type === 'impression') {
      impressions.add(event.id);
      if (event.randomized && event.stage !== 'silent') shown.add(event.id);
    } else if (event.type === 'acceptance' || event.type === 'dismissal') {
      answers.add(`${event.impression} ${event.type === 'acceptance' ? 'accepted' : 'overridden'}`);
      if (event.type === 'acceptance' && event.randomized && event.delay <= trial.responseWindow) {
        accepted.add(event.impression);
      }
    }
  }
  let missing = 0;
  let withoutAlert = 0;
  for (const each of acknowledged) {
    const [card = '', outcome = ''] = each.split(' ');
    const impression = impressionOfCard(card);
    if (!impressions.has(impression)) withoutAlert += 1;
    else if (!answers.has(`${impression} ${outcome}`)) missing += 1;
  }
  const total = (column: 'alerts' | 'accepted'): number =>
    summaries.reduce((sum, unit) => sum + unit[column], 0);
  return {
    acknowledged: acknowledged.size,
    missing,
    withoutAlert,
    counted: { alerts: shown.size, accepted: accepted.size },
    summed: { alerts: total('alerts'), accepted: total('accepted') },
  };
}
