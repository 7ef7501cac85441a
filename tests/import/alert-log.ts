import { createHash } from 'node:crypto';
import type { TrialEvent } from '../../src/events/event.ts';
import type { AlertLogMapping } from '../../src/import/mapping.ts';
import type { Store } from '../../src/store/index.ts';
import { memoryStore } from '../../src/store/index.ts';
import { planted } from '../planted.ts';

/** A mapping of the synthetic extracts of the tests. */
export const mapping: AlertLogMapping = {
  source: 'tests',
  zone: 'America/New_York',
  columns: {
    key: 'showing',
    time: 'shown',
    patient: 'mrn',
    clinician: 'staff',
    encounter: 'visit',
    code: 'status',
    overrideReason: 'reason',
    answeredAt: 'answered',
  },
  alert: 'influenza',
  overrideSystem: 'urn:tests',
  codes: {
    Overridden: 'overridden',
    Accepted: 'accepted',
    Viewed: 'displayed',
    Filtered: { drop: 'filtered' },
  },
};

/** A row of a synthetic extract. */
export interface TestRow {
  readonly showing: string;
  readonly shown: string;
  readonly mrn?: string;
  readonly staff?: string;
  readonly visit?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly answered?: string;
}

/** A row as it stands when nothing is said of it. */
export function row(number: number, changes: Partial<TestRow> = {}): TestRow {
  const minute = String(number % 60).padStart(2, '0');
  const hour = String(8 + (Math.floor(number / 60) % 12)).padStart(2, '0');
  return {
    showing: `s${number}`,
    shown: `2026-10-06 ${hour}:${minute}:00`,
    mrn: planted('mrn', number % 17),
    staff: planted('clinician', number % 3),
    visit: planted('encounter', number % 17),
    status: 'Viewed',
    reason: '',
    answered: '',
    ...changes,
  };
}

const names = [
  'showing',
  'shown',
  'mrn',
  'staff',
  'visit',
  'status',
  'reason',
  'answered',
] as const;

/** The rows as CSV. */
export function csvOf(rows: readonly TestRow[]): string {
  const lines = rows.map((each) => names.map((name) => `"${each[name] ?? ''}"`).join(','));
  return [names.join(','), ...lines, ''].join('\n');
}

/** A store in memory whose key is always the same. */
export function store(): Store {
  return memoryStore({ key: createHash('sha256').update('tests').digest('hex') });
}

/** What a ledger holds of a trial, but for when it was learnt, in the order of ids. */
export async function eventsIn(
  ledger: Pick<Store, 'read'>,
  trial: string,
): Promise<readonly Omit<TrialEvent, 'receivedAt'>[]> {
  const events: Omit<TrialEvent, 'receivedAt'>[] = [];
  for await (const { event } of ledger.read({ trial })) {
    const { receivedAt, ...rest } = event;
    if (Number.isInteger(receivedAt)) events.push(rest);
  }
  return events.sort((one, other) => (one.id < other.id ? -1 : 1));
}
