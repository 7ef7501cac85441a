import type { Ledger, UnitRow } from '../../src/analysis/index.ts';
import type { Trial } from '../../src/index.ts';
import type { DaySums, FlowCount, Sums, UnitSummary } from '../../src/store/port.ts';
import { noSums } from '../../src/store/sums.ts';
import { randomStream } from '../../src/stats/index.ts';

/** What happens in an arm of the synthetic clinic below. */
export interface ArmTruth {
  readonly alertsPerDay: number;
  readonly acceptance: number;
}

/** How large the synthetic clinic is. */
export interface ClinicSize {
  readonly seed: string;
  readonly units: number;
  readonly patientsPerUnit?: number;
  readonly days: number;
  /** 1 for the first day: days on which nothing was recorded. */
  readonly silentDays?: readonly number[];
}

/** A summary of a unit with every column, so that a test names only what it is about. */
export function unitRow(
  unitId: string,
  arm: string,
  sums: Partial<Sums & { readonly patients: number }> = {},
): UnitSummary {
  return { ...noSums, patients: 1, stratum: '', ...sums, unitId, arm };
}

/** A day of an arm with every column. */
export function daySums(day: string, arm: string, sums: Partial<Sums> = {}): DaySums {
  return { ...noSums, ...sums, day, arm };
}

/** A ledger that holds what it is given. */
export function ledgerOf(
  trial: Trial,
  held: {
    readonly rows: readonly UnitRow[];
    readonly days?: readonly DaySums[];
    readonly flow?: readonly FlowCount[];
    readonly stoppedAt?: number;
  },
): Ledger {
  const { rows, days = [], flow = [], stoppedAt = null } = held;
  return {
    summaries: async () => rows.map((row) => unitRow(row.unitId, row.arm, row)),
    days: async () => days,
    flow: async () => flow,
    trials: async () => [
      {
        id: trial.id,
        round: trial.round,
        fingerprint: trial.fingerprint,
        protocol: null,
        registeredAt: 0,
        stoppedAt,
        retiredAt: null,
      },
    ],
  };
}

/** A seeded synthetic clinic: patients stay some days, charts open, alerts fire and are answered. */
export function clinic(
  trial: Trial,
  truths: Readonly<Record<string, ArmTruth>>,
  size: ClinicSize,
): { readonly rows: readonly UnitRow[]; readonly days: readonly DaySums[] } {
  const random = randomStream(size.seed);
  const poisson = (mean: number): number => {
    let events = 0;
    for (let left = Math.exp(-mean), u = random.next(); u > left; u *= random.next()) events += 1;
    return events;
  };
  const { units, patientsPerUnit = 1, days, silentDays = [] } = size;
  const sums = new Map<string, Record<keyof Sums, number>>();
  const at = (key: string): Record<keyof Sums, number> => {
    const found = sums.get(key) ?? { ...noSums };
    sums.set(key, found);
    return found;
  };
  const patientsOf = new Map<string, number>();
  for (let unit = 0; unit < units; unit += 1) {
    const arm = trial.arms[random.integer(trial.arms.length)]?.name ?? '';
    const truth = truths[arm] ?? { alertsPerDay: 1, acceptance: 0.1 };
    const habit = Math.exp(0.3 * random.normal());
    for (let patient = 0; patient < patientsPerUnit; patient += 1) {
      const activity = habit * Math.exp(0.5 * random.normal() - 0.125);
      const first = random.integer(days);
      const stay = 1 + poisson(3);
      for (let day = first; day < Math.min(days, first + stay); day += 1) {
        if (silentDays.includes(day + 1)) continue;
        const weekend = [5, 6].includes(day % 7) ? 0.8 : 1;
        const alerts = poisson(truth.alertsPerDay * activity * weekend);
        let accepted = 0;
        let dismissed = 0;
        for (let i = 0; i < alerts; i += 1) {
          if (random.next() < truth.acceptance) accepted += 1;
          else if (random.next() < 0.55) dismissed += 1;
        }
        const both = accepted > 0 && random.next() < 0.02 ? 1 : 0;
        for (const each of [at(`unit|u${unit}|${arm}`), at(`day|${day}|${arm}`)]) {
          each.alerts += alerts;
          each.alertsByOpening += Math.ceil(alerts * 0.8);
          each.accepted += accepted;
          each.acceptedByOpening += Math.min(accepted, Math.ceil(alerts * 0.8));
          each.dismissed += dismissed + both;
          each.acceptedAndDismissed += both;
          each.calendarDays += 1;
          each.midnightDays += 1;
          each.elapsedDays += 0.75;
        }
      }
    }
    patientsOf.set(`u${unit}`, patientsPerUnit);
  }
  const entries = [...sums].map(([key, value]) => [key.split('|'), value] as const);
  return {
    rows: entries.flatMap(([[kind, unit = '', arm = ''], value]) =>
      kind === 'unit'
        ? [unitRow(unit, arm, { ...value, patients: patientsOf.get(unit) ?? 1 })]
        : [],
    ),
    days: entries
      .flatMap(([[kind, day = '', arm = ''], value]) =>
        kind === 'day' ? [daySums(dayAfter(trial.protocol.start, Number(day)), arm, value)] : [],
      )
      .sort((a, b) => (a.day + a.arm < b.day + b.arm ? -1 : 1)),
  };
}

function dayAfter(start: string, days: number): string {
  return new Date(Date.parse(`${start}T00:00:00Z`) + 86_400_000 * days).toISOString().slice(0, 10);
}
