import type { Measure } from '../analysis/index.ts';
import { comparedOn, levelText, pText, significant } from '../analysis/text/words.ts';
import type { Markup, Part } from './escape.ts';
import { html } from './escape.ts';
import { table } from './table.ts';
import { noNumber, number, onScale, unitOf } from './words.ts';

/** Each arm against the control arm as one of several: intervals and p values that hold together. */
export function togetherTable(measure: Measure): Markup | undefined {
  const { together, comparisons, level } = measure;
  if (together === null) return undefined;
  const { omnibus, simultaneous, rerandomization } = together;
  const scale = comparedOn(measure);
  const pairs = rerandomization.estimable ? rerandomization.pairs : [];
  const rows = comparisons.map(({ arm, control }, i): readonly Part[] => {
    const name = `${arm} against ${control}`;
    const pair = pairs[i];
    const drawn = pair === undefined ? '–' : number(pair.stepDown, pText(pair.stepDown));
    if (!simultaneous.estimable) return [name, noNumber(simultaneous), '–', '–', '–', drawn];
    const found = simultaneous.comparisons.find((each) => each.arm === arm);
    if (found === undefined) return [name, '–', '–', '–', '–', drawn];
    return [
      name,
      html`${number(found.estimate, onScale(found.estimate, scale))}${unitOf(scale)}`,
      html`${number(found.lower, onScale(found.lower, scale))} to
      ${number(found.upper, onScale(found.upper, scale))}`,
      number(found.adjusted, pText(found.adjusted)),
      number(found.stepDown, pText(found.stepDown)),
      drawn,
    ];
  });
  return html`${table({
      caption: `All arms together: each against the control arm, adjusted for ${comparisons.length} comparisons (two-sided)`,
      columns: [
        'Comparison',
        scale === 'ratio' ? 'Ratio' : 'Difference',
        `Simultaneous ${levelText(level)} interval`,
        'Adjusted p (Dunnett)',
        'Step-down p (Dunnett)',
        'Step-down p by re-randomisation (max-T)',
      ],
      rows,
    })}
    <p class="small">
      ${
        omnibus.estimable
          ? html`That all arms are the same: F =
            ${number(omnibus.statistic, significant(omnibus.statistic))} on
            ${omnibus.degreesOfFreedom[0]} and ${omnibus.degreesOfFreedom[1]} degrees of freedom,
            ${number(omnibus.pValue, pText(omnibus.pValue))}.`
          : html`That all arms are the same: ${noNumber(omnibus)}.`
      }
    </p>`;
}
