import type { Coding, Dismissal, TrialEvent } from '../../events/event.ts';
import type { NonAdherenceCode } from '../../events/non-adherence.ts';
import { categories, nonAdherenceCategory } from '../../events/non-adherence.ts';
import type { OverrideMap } from '../../events/override-map.ts';
import { meaningsIn } from '../../events/override-map.ts';
import type { Trial } from '../../trial/trial.ts';
import type { KeySet } from '../integrity/key-set.ts';
import { keySet } from '../integrity/key-set.ts';
import type { Observer } from '../integrity/observer.ts';
import type { ArmOverrides, OverrideCount, OverrideGroup, OverrideReason } from './result.ts';

/** Alerts that were dismissed for a reason. */
interface GivenReason {
  readonly reason: Coding;
  readonly means: NonAdherenceCode | undefined;
  readonly alerts: KeySet;
}

interface Tally {
  alerts: number;
  open: number;
  late: number;
  readonly dismissed: KeySet;
  readonly withReason: KeySet;
  readonly mapped: KeySet;
  readonly groups: Map<OverrideGroup, KeySet>;
  readonly reasons: Map<string, GivenReason>;
}

const emptyTally = (): Tally => ({
  alerts: 0,
  open: 0,
  late: 0,
  dismissed: keySet(),
  withReason: keySet(),
  mapped: keySet(),
  groups: new Map(),
  reasons: new Map(),
});

/** Learns from the events of a trial, in any order, why its alerts were dismissed. */
export function overrideObserver(
  { arms, responseWindow }: Trial,
  { map, asOf }: { readonly map: OverrideMap | undefined; readonly asOf: number },
): Observer<readonly ArmOverrides[]> {
  const meaningOf = meaningsIn(map);
  const tallies = new Map(arms.map(({ name }) => [name, emptyTally()]));
  const shown = keySet();
  const accepted = keySet();
  const shownOrAccepted = keySet();

  const observeDismissal = (own: Tally, event: Dismissal): void => {
    if (event.delay > responseWindow) {
      own.late += 1;
      return;
    }
    const key = keyOf(event, event.impression);
    own.dismissed.add(key);
    const { override } = event;
    if (override === undefined) return;
    own.withReason.add(key);
    const name = JSON.stringify([override.system ?? null, override.code]);
    const given = own.reasons.get(name) ?? {
      reason: override,
      means: meaningOf(override),
      alerts: keySet(),
    };
    own.reasons.set(name, given);
    given.alerts.add(key);
    if (given.means !== undefined) own.mapped.add(key);
    const group = given.means === undefined ? 'unmapped' : nonAdherenceCategory(given.means);
    const alerts = own.groups.get(group) ?? keySet();
    own.groups.set(group, alerts);
    alerts.add(key);
  };

  // Of alerts that were dismissed, those that were shown and not accepted: whatever came first in the ledger.
  const counted = (alerts: KeySet | undefined): number =>
    alerts === undefined ? 0 : accepted.missing(alerts) - shownOrAccepted.missing(alerts);

  return {
    observe: (event) => {
      const own = tallies.get(event.arm);
      if (own === undefined || !event.randomized || event.unitId === null) return;
      if (event.type === 'impression') {
        if (event.stage === 'silent') return;
        const key = keyOf(event, event.id);
        shown.add(key);
        shownOrAccepted.add(key);
        own.alerts += 1;
        if (event.at + responseWindow >= asOf) own.open += 1;
      } else if (event.type === 'dismissal') {
        observeDismissal(own, event);
      } else if (isAcceptance(event) && event.delay <= responseWindow) {
        const key = keyOf(event, event.impression);
        accepted.add(key);
        shownOrAccepted.add(key);
      }
    },
    result: () =>
      [...tallies].map(([arm, own]): ArmOverrides => {
        const dismissed = counted(own.dismissed);
        const unmatched = shown.missing(own.dismissed);
        const withReason = counted(own.withReason);
        const of = (alerts: number): OverrideCount => ({
          alerts,
          perHundredAlerts: own.alerts === 0 ? null : (100 * alerts) / own.alerts,
          share: dismissed === 0 ? null : alerts / dismissed,
        });
        const groups = [...categories(), 'unmapped' as const].map((group) => ({
          group,
          ...of(counted(own.groups.get(group))),
        }));
        const reasons = [...own.reasons.values()].map(({ reason, means, alerts }) => ({
          system: reason.system ?? null,
          code: reason.code,
          display: reason.display ?? null,
          means: means ?? null,
          ...of(counted(alerts)),
        }));
        return {
          arm,
          alerts: own.alerts,
          open: own.open,
          dismissed: of(dismissed),
          acceptedToo: keySet().missing(own.dismissed) - unmatched - dismissed,
          late: own.late,
          unmatched,
          withReason,
          mapped: counted(own.mapped),
          groups: [...groups, { group: 'none-given' as const, ...of(dismissed - withReason) }],
          reasons: reasons.filter(({ alerts }) => alerts > 0).sort(byFrequency),
        };
      }),
  };
}

/** The most frequent first; of those alike, by their codes, so that nothing depends on the order of events. */
function byFrequency(a: OverrideReason, b: OverrideReason): number {
  const names = [a, b].map(({ code, system }) => JSON.stringify([code, system]));
  return b.alerts - a.alerts || ((names[0] ?? '') < (names[1] ?? '') ? -1 : 1);
}

function isAcceptance(
  event: TrialEvent,
): event is Extract<TrialEvent, { readonly type: 'acceptance' | 'order' }> {
  return event.type === 'acceptance' || (event.type === 'order' && event.route !== 'window');
}

// An answer counts on the alert of its unit, as it does in the sums.
function keyOf({ unitId }: TrialEvent, impression: string): string {
  return `${impression} ${unitId ?? ''}`;
}
