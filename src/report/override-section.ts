import { windowWords } from '../analysis/metrics/words.ts';
import type {
  OverrideCount,
  OverrideReason,
  OverrideReasons,
} from '../analysis/overrides/index.ts';
import { groupTitle } from '../analysis/overrides/text.ts';
import { count, percent, significant } from '../analysis/text/words.ts';
import type { Markup, Part } from './escape.ts';
import { html } from './escape.ts';
import { details, table } from './table.ts';
import { warningList } from './warnings.ts';
import { number } from './words.ts';

/** Why alerts were overridden, by arm; nothing where it was not asked for, or none was. */
export function overrideSection(overrides: OverrideReasons | undefined): Markup | undefined {
  if (overrides === undefined) return undefined;
  const { window, arms, warnings } = overrides;
  const dismissed = total(arms.map((arm) => arm.dismissed.alerts));
  if (dismissed === 0) return undefined;
  const groups = arms[0]?.groups.map(({ group }) => group) ?? [];
  return html`<section aria-labelledby="overrides">
    <h2 id="overrides">Why alerts were overridden</h2>
    <p class="lead">${coverage(overrides, dismissed)}</p>
    ${table({
      caption: `Alerts dismissed and not accepted within ${windowWords(window)}; in brackets per 100 alerts shown`,
      columns: ['Why', ...arms.map(({ arm }) => arm)],
      rows: [
        ['All that were dismissed', ...arms.map((arm) => perHundred(arm.dismissed))],
        ...groups.map((group): readonly Part[] => [
          groupTitle(group),
          ...arms.map((arm) => perHundred(arm.groups.find((each) => each.group === group))),
        ]),
      ],
    })}
    <p class="aside">
      Categories are HL7’s of non-adherence. An alert counts once in each category that it was
      dismissed for, and an accepted one in none. This describes what was answered: no effect is
      estimated.
    </p>
    ${warningList(warnings)} ${reasonTable(overrides)}
  </section>`;
}

/** How much of what was dismissed the categories tell. */
function coverage({ arms }: OverrideReasons, dismissed: number): Part {
  const given = total(arms.map(({ withReason }) => withReason));
  const mapped = total(arms.map((arm) => arm.mapped));
  return html`Of ${number(dismissed, count(dismissed))} dismissed alerts,
  ${number(given, count(given))} (${percent(given / dismissed)}) came with a
  reason${
    given > 0 &&
    html`, and of these ${number(mapped, count(mapped))} (${percent(mapped / given)}) with one that
    is in a category`
  }.`;
}

function perHundred(counted: OverrideCount | undefined): Part {
  if (counted === undefined || counted.perHundredAlerts === null) return '–';
  const { alerts, perHundredAlerts: rate } = counted;
  return html`${number(alerts, count(alerts))} (${number(rate, significant(rate))})`;
}

/** The reasons as they were given. */
function reasonTable({ arms }: OverrideReasons): Markup | undefined {
  const known = new Map(
    arms.flatMap(({ reasons }) => reasons.map((reason) => [nameOf(reason), reason] as const)),
  );
  if (known.size === 0) return undefined;
  const inArm = new Map(
    arms.map(({ arm, reasons }) => [arm, new Map(reasons.map((each) => [nameOf(each), each]))]),
  );
  const alertsOf = (name: string): number =>
    total(arms.map(({ arm }) => inArm.get(arm)?.get(name)?.alerts ?? 0));
  const rows = [...known].sort(([a], [b]) => alertsOf(b) - alertsOf(a) || (a < b ? -1 : 1));
  return details(
    'The reasons as they were given',
    table({
      caption: 'Dismissed alerts by reason; in brackets of those that were dismissed',
      columns: ['Reason', 'Code', 'Means', ...arms.map(({ arm }) => arm)],
      rows: rows.map(([name, { display, system, code, means }]): readonly Part[] => [
        display ?? code,
        system === null ? code : `${system} ${code}`,
        means === null ? 'in no category' : groupTitle(means),
        ...arms.map(({ arm }) => shareOf(inArm.get(arm)?.get(name))),
      ]),
    }),
  );
}

function nameOf({ code, system }: OverrideReason): string {
  return JSON.stringify([code, system]);
}

function shareOf(reason: OverrideReason | undefined): Part {
  if (reason === undefined) return number(0, '0');
  const { alerts, share } = reason;
  return html`${number(alerts, count(alerts))}${share !== null && html` (${number(share, percent(share))})`}`;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
