import type { DivisionReport, Suppressible, TrialAnalysis } from '../analysis/index.ts';
import { interactionOf } from '../analysis/text/equity.ts';
import { count, levelText, percent, pText, significant } from '../analysis/text/words.ts';
import { rateOn } from './dot-plot.ts';
import { scaleFor } from './effect-scale.ts';
import type { Markup, Part } from './escape.ts';
import { html } from './escape.ts';
import { table } from './table.ts';
import { noNumber, number, onScale, unitOf } from './words.ts';

type Equity = NonNullable<TrialAnalysis['equity']>;
type Comparison = DivisionReport['comparisons'][number];
type SubgroupCell = Extract<
  Comparison['effects'],
  { readonly estimable: true }
>['subgroups'][number]['arm'];

/** Whom the trial reached, and whether its effect is the same for all. */
export function equitySection({ equity, primary }: TrialAnalysis): Markup | undefined {
  if (equity === null) return undefined;
  return html`<section aria-labelledby="equity">
    <h2 id="equity">Whether it worked alike for all</h2>
    <p class="lead">
      ${primary.title} by subgroup. Read an effect in a subgroup only with the test of interaction
      below it: that it is clear in one subgroup and not in another says nothing.
      ${
        equity.smallest > 1 &&
        `Numbers of fewer than ${equity.smallest} persons or events are withheld, and what would give them away.`
      }
    </p>
    ${equity.divisions.map(
      (division) =>
        html`<h3>By ${division.name}</h3>
          ${hasReach(division) && reachTable(division, equity)}
          ${effectTable(division, { equity, primary })}`,
    )}
  </section>`;
}

function hasReach({ subgroups }: DivisionReport): boolean {
  return subgroups.some(({ eligible }) => eligible !== null);
}

function reachTable({ name, subgroups }: DivisionReport, { level }: Equity): Markup {
  return table({
    caption: `Whom the trial reached, by ${name}, with ${levelText(level)} intervals where persons were randomised`,
    columns: [
      'Subgroup',
      'Participants',
      'Eligible',
      'Reached',
      'Share of participants / of eligible',
    ],
    rows: subgroups.map(({ subgroup, participants, eligible, reach, participation }) => [
      subgroup,
      shown(participants, (value) => number(value, count(value))),
      eligible === null ? '–' : number(eligible, count(eligible)),
      reach === null
        ? '–'
        : shown(reach, (value) =>
            value.estimable
              ? html`${number(value.share, percent(value.share))}
                ${'lower' in value && html`(${number(value.lower, percent(value.lower))} to ${number(value.upper, percent(value.upper))})`}`
              : noNumber(value),
          ),
      participation === null
        ? '–'
        : shown(participation, (value) =>
            value.estimable
              ? html`${number(value.ratio, significant(value.ratio))}
                ${'lower' in value && html`(${number(value.lower, significant(value.lower))} to ${number(value.upper, significant(value.upper))})`}`
              : noNumber(value),
          ),
    ]),
  });
}

/** The effect in each subgroup, and in the last row of each comparison whether it is the same in all. */
function effectTable(
  division: DivisionReport,
  { equity, primary }: { readonly equity: Equity; readonly primary: TrialAnalysis['primary'] },
): Markup {
  const { comparisons } = division;
  const [first] = comparisons;
  const isAlone = comparisons.length === 1;
  return table({
    caption: `${primary.title} by ${division.name}; the number of ${equity.unit}s in brackets`,
    columns: [
      'Subgroup',
      `${primary.kind === 'rate' ? 'Ratio' : 'Difference'} (${levelText(equity.level)} interval)`,
      isAlone ? (first?.arm ?? '') : 'Arm',
      first?.control ?? '',
      'Participants, all arms',
    ],
    rows: comparisons.flatMap((comparison) => {
      const { arm, effects } = comparison;
      const named = (words: string): string => (isAlone ? words : `${arm}: ${words}`);
      if (!effects.estimable) return [[named('all subgroups'), noNumber(effects), '', '', '']];
      const scale = scaleFor(primary, effects.scale);
      return [
        ...effects.subgroups.map((each): readonly Part[] => [
          named(each.subgroup),
          shown(each.effect, (effect) =>
            effect.estimable
              ? html`${number(effect.estimate, onScale(effect.estimate, scale))}${unitOf(scale)}
                (${number(effect.lower, onScale(effect.lower, scale))} to
                ${number(effect.upper, onScale(effect.upper, scale))})`
              : noNumber(effect),
          ),
          cell(primary, each.arm),
          cell(primary, each.control),
          participantsOf(division, each.subgroup),
        ]),
        [named('interaction'), interaction(comparison, equity.divisions.length), '', '', ''],
      ];
    }),
  });
}

/** A rate and its units; both are withheld together, for a unit may be one person. */
function cell(primary: TrialAnalysis['primary'], { ratio, units }: SubgroupCell): Part {
  return shown(ratio, (value) =>
    shown(
      units,
      (held) =>
        html`${value === null ? '–' : number(value, rateOn(primary, value))}
        (${number(held, count(held))})`,
    ),
  );
}

function participantsOf({ subgroups }: DivisionReport, name: string): Part {
  const found = subgroups.find(({ subgroup }) => subgroup === name);
  return found === undefined
    ? '–'
    : shown(found.participants, (value) => number(value, count(value)));
}

/** Whether the effect is the same in all subgroups. */
function interaction({ effects, adjustedPValue }: Comparison, divisions: number): Part {
  const test = interactionOf(effects);
  if (!test.estimable) return noNumber(test);
  const { pValue, degreesOfFreedom } = test;
  return html`Test that the effect is the same in all: ${number(pValue, pText(pValue))} (F on
  ${degreesOfFreedom[0]} and
  ${degreesOfFreedom[1]})${
    adjustedPValue !== null &&
    divisions > 1 &&
    html`; for ${divisions} ways of dividing ${number(adjustedPValue, pText(adjustedPValue))} (Holm)`
  }`;
}

/** A value, or that it is withheld because few persons stand behind it. */
function shown<T>(value: Suppressible<T>, show: (value: T) => Part): Part {
  return isWithheld(value) ? html`<span class="withheld">withheld</span>` : show(value);
}

function isWithheld<T>(
  value: Suppressible<T>,
): value is Extract<Suppressible<T>, { readonly suppressed: true }> {
  return typeof value === 'object' && value !== null && 'suppressed' in value;
}
