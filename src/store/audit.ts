import { isDeepStrictEqual } from 'node:util';
import type { AlertCount, LedgerCount, RiskCount } from '../trial/count.ts';
import type { Store, Sums, UnitCounts, UnitSummary } from './port.ts';

/** A sum that is not what the events give. */
export interface SumDifference {
  readonly unitId: string;
  readonly arm: string;
  readonly stratum: string;
  readonly sum: keyof Sums | 'patients';
  /** As it is kept. */
  readonly kept: number;
  /** As the events give it, each answer joined to its alert. */
  readonly counted: number;
}

/** What an audit found. */
export interface SumsAudit {
  /** Units by arm and stratum that were compared. */
  readonly units: number;
  readonly differences: readonly SumDifference[];
}

const counted: Readonly<Record<keyof Sums | 'patients', AlertCount | RiskCount>> = {
  alerts: { of: 'alerts' },
  alertsByOpening: { of: 'alerts', each: 'opening' },
  silent: { of: 'silent' },
  accepted: { of: 'accepted' },
  acceptedByOpening: { of: 'accepted', each: 'opening' },
  dismissed: { of: 'dismissed' },
  acceptedAndDismissed: { of: 'answered' },
  ordered: { of: 'ordered' },
  calendarDays: { of: 'atRisk', each: 'patientDay', days: 'calendar' },
  midnightDays: { of: 'atRisk', each: 'patientDay', days: 'midnight' },
  elapsedDays: { of: 'atRisk', each: 'patientDay', days: 'elapsed' },
  exposedDays: { of: 'alerts', each: 'patientDay' },
  patients: { of: 'atRisk', each: 'patient' },
};

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys are those of the record
const names = Object.keys(counted) as readonly (keyof typeof counted)[];
const counts: readonly LedgerCount[] = names.map((name) => counted[name]);

/**
 * A kept sum in the terms of its count: the sums count every dismissal in time, the count only where no
 * acceptance takes precedence; and nothing counts an alert that was both, so all that were answered are
 * compared.
 */
function keptOf(summary: UnitSummary, name: (typeof names)[number]): number {
  const { accepted, dismissed, acceptedAndDismissed } = summary;
  if (name === 'dismissed') return dismissed - acceptedAndDismissed;
  if (name === 'acceptedAndDismissed') return accepted + dismissed - acceptedAndDismissed;
  return summary[name];
}

const keyOf = ({ unitId, arm, stratum }: Pick<UnitSummary, 'unitId' | 'arm' | 'stratum'>): string =>
  JSON.stringify([unitId, arm, stratum]);

function differencesOf(
  summaries: readonly UnitSummary[],
  rows: readonly UnitCounts[],
): readonly SumDifference[] {
  const kept = new Map(summaries.map((summary) => [keyOf(summary), summary]));
  const found = new Map(rows.map((row) => [keyOf(row), row]));
  const cells = new Map<string, UnitSummary | UnitCounts>([...found, ...kept]);
  return [...cells].flatMap(([key, { unitId, arm, stratum }]) => {
    const summary = kept.get(key);
    return names.flatMap((sum, index) => {
      const pair = {
        kept: summary === undefined ? 0 : keptOf(summary, sum),
        counted: found.get(key)?.values[index] ?? 0,
      };
      return pair.kept === pair.counted ? [] : [{ unitId, arm, stratum, sum, ...pair }];
    });
  });
}

const attempts = 5;

/**
 * Holds the sums of a trial against its events, each answer joined to the alert that it answers. They
 * must be the same; where they are not, an answer came without its alert, or a ledger was changed by
 * hand. It goes through all events, and does so again where some were appended meanwhile.
 *
 * @throws StoreUnusableError when the events of the trial were retired
 */
export async function auditSums(
  store: Pick<Store, 'summaries' | 'counts'>,
  fingerprint: string,
): Promise<SumsAudit> {
  let summaries = await store.summaries(fingerprint);
  for (let attempt = 1; ; attempt += 1) {
    // Which windows are still open makes no difference to these counts.
    const rows = await store.counts(fingerprint, { counts, asOf: Date.now() });
    const differences = differencesOf(summaries, rows);
    if (differences.length === 0) return { units: summaries.length, differences };
    const now = await store.summaries(fingerprint);
    if (isDeepStrictEqual(now, summaries) || attempt === attempts) {
      return { units: summaries.length, differences };
    }
    summaries = now;
  }
}
