import type { ListState, Schedule } from '../integrity/list-state.ts';
import { count, listed, percent } from './words.ts';

const raised = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A number that may be too large to be written out, by its decimal logarithm. */
function large({
  count: exact,
  log10,
}: {
  readonly count: number | null;
  readonly log10: number;
}): string {
  if (exact !== null && exact < 1e9) return count(exact);
  const [mantissa = '', power = ''] = (10 ** (log10 % 1)).toExponential(1).split('e');
  const digits = String(Math.floor(log10) + Number(power));
  return `about ${mantissa} × 10${digits.replaceAll(/\d/g, (digit) => raised[Number(digit)] ?? '')}`;
}

/** How a list was made, with all settings, to follow "by". */
export function methodWords(
  { settings, schedule, diagnostics }: Pick<ListState, 'settings' | 'schedule' | 'diagnostics'>,
  unit: string,
): string {
  const group = schedule === null ? 'arm' : 'sequence';
  switch (settings.method) {
    case 'complete':
      return `complete randomisation: fixed numbers of ${unit}s for each ${group}, and every such list equally likely`;
    case 'blocks': {
      const { sizes, strata = [] } = settings;
      const drawn = sizes.length > 1 ? ', each size equally likely' : '';
      return `permuted blocks of ${sizes.map(String).join(' or ')} ${unit}s${drawn}${strata.length > 0 ? `, within strata of ${listed(strata)}` : ''}`;
    }
    case 'matched': {
      const { set, covariates = [] } = settings;
      const how =
        set === undefined
          ? `of ${unit}s alike in ${covariatesText(covariates)}`
          : `as the column "${set}" names them`;
      return `matched sets ${how}, each dealt out to the ${group}s by lot`;
    }
    case 'constrained': {
      const { covariates, score = 'l2', strata = [], wave } = settings;
      const differences = score === 'l1' ? 'absolute' : 'squared';
      return (
        `covariate-constrained randomisation: one list drawn by lot from ${candidatesText(diagnostics)}, ` +
        `those with the smallest sum of ${differences} standardised differences between ${group}s in ${covariatesText(covariates)}` +
        (strata.length > 0 ? `, with fixed numbers within strata of ${listed(strata)}` : '') +
        (wave === undefined ? '' : `; later waves (column "${wave}") given the earlier ones`)
      );
    }
    case 'minimisation': {
      const { factors, measure = 'range', probability = 0.8 } = settings;
      return `minimisation, one ${unit} after another in the order of the file: the ${group} that leaves the least imbalance (${measure}) in ${covariatesText(factors)} with a chance of ${percent(probability, 0)}`;
    }
  }
}

function covariatesText(
  covariates: readonly { readonly name: string; readonly weight?: number | undefined }[],
): string {
  return listed(
    covariates.map(({ name, weight = 1 }) => (weight === 1 ? name : `${name} (weight ${weight})`)),
  );
}

function candidatesText({ constraint }: ListState['diagnostics']): string {
  if (constraint === null) return 'the candidates';
  const { possible, candidates, share } = constraint;
  const best = percent(share, share < 0.0995 ? 1 : 0);
  return candidates === null
    ? `the best ${best} of ${large(possible)} possible ones (cut-off from a sample)`
    : `the best ${count(candidates)} of ${large(possible)} possible ones (${best})`;
}

const designs: Readonly<Record<Schedule['design'], string>> = {
  'stepped-wedge': 'Stepped wedge',
  crossover: 'Crossover',
  switchback: 'Switchback',
};

/** The design of a list over time, in a sentence without its full stop. */
export function scheduleWords({ design, periods, sequences, washout }: Schedule): string {
  return (
    `${designs[design]}: ${count(periods.length)} periods, ${count(sequences.length)} ${sequences.length === 1 ? 'sequence' : 'sequences'} of arms` +
    (washout > 0
      ? `; ${washout === 1 ? '1 day after each change of arm is' : `${count(washout)} days after each change of arm are`} not analysed`
      : '')
  );
}
