import type { NonAdherenceCode } from '../../events/non-adherence.ts';
import { nonAdherenceTitle } from '../../events/non-adherence.ts';
import { windowWords } from '../metrics/words.ts';
import { count, percent, significant } from '../text/words.ts';
import type { ArmOverrides, OverrideCount, OverrideGroup, OverrideReasons } from './result.ts';

/** A group as a table names it. */
export function groupTitle(group: OverrideGroup | NonAdherenceCode): string {
  if (group === 'unmapped') return 'Reason in no category';
  return group === 'none-given' ? 'No reason given' : nonAdherenceTitle(group);
}

/** A count with what it is of: `12 (40.0 %; 1.2 per 100 alerts)`. */
function overrideCountText({ alerts, share, perHundredAlerts }: OverrideCount): string {
  const rates = [
    ...(share === null ? [] : [percent(share)]),
    ...(perHundredAlerts === null ? [] : [`${significant(perHundredAlerts)} per 100 alerts`]),
  ];
  return rates.length === 0 ? count(alerts) : `${count(alerts)} (${rates.join('; ')})`;
}

/** The reasons of all arms, as lines. */
export function overridesText({ window, arms, warnings }: OverrideReasons): string {
  return [
    'Why alerts were overridden',
    `  alerts dismissed and not accepted within ${windowWords(window)}; share of them, and per 100 alerts shown`,
    ...arms.flatMap(armLines),
    ...warnings.map((warning) => `  Warning: ${warning}`),
  ].join('\n');
}

function armLines({ arm, alerts, dismissed, groups }: ArmOverrides): readonly string[] {
  const used = groups.filter((each) => each.alerts > 0);
  const width = Math.max(0, ...used.map(({ group }) => groupTitle(group).length));
  return [
    `  ${arm}: ${overrideCountText({ ...dismissed, share: null })}, of ${count(alerts)} alerts`,
    ...used.map(
      (each) => `    ${groupTitle(each.group).padEnd(width)}  ${overrideCountText(each)}`,
    ),
  ];
}
