import type { ListState, TrialAnalysis } from '../analysis/index.ts';
import { methodWords, scheduleWords } from '../analysis/text/list.ts';
import { count, listed } from '../analysis/text/words.ts';

const sources: Readonly<Record<ListState['settings']['method'], string>> = {
  complete: 'Rosenberger and Lachin 2016',
  blocks: 'Zelen 1974',
  matched: 'Imai, King and Nall 2009',
  constrained: 'Raab and Butcher 2001; Moulton 2004',
  minimisation: 'Pocock and Simon 1975',
};

/** How the units came to their arms, and what is not counted. */
export function designText({ trial, list }: TrialAnalysis): string {
  const { unit } = trial;
  const weights = listed(trial.arms.map(({ name, weight }) => `${name} ${weight}`));
  const uncounted = `Alerts served for any other reason (${list === null ? '' : `a ${unit} that is not on the list or withdrew, `}opted out, forced, a fault) are not counted in any arm.`;
  if (list === null) {
    return `Design. ${trial.arms.length} arms ran at the same time; each ${unit} was given one by hashed assignment with weights ${weights}, and every analysis is by ${unit}. ${uncounted} Whether the arms hold the numbers of ${unit}s that the weights give is tested on randomised ${unit}s alone.`;
  }
  const { schedule, clusters, settings } = list;
  const given =
    schedule === null
      ? `${trial.arms.length} arms with weights ${weights} ran at the same time; ${count(clusters)} ${unit}s were given one each`
      : `${scheduleWords(schedule)}. ${count(clusters)} ${unit}s were given a sequence each`;
  const ratio =
    schedule === null
      ? ` Whether the arms hold the numbers of ${unit}s with data that such lists give is tested by making the list again.`
      : '';
  return `Design. ${given} from a list, by ${methodWords(list, unit)} (${sources[settings.method]}). Every analysis is by ${unit}. ${uncounted}${ratio}`;
}

/** How a test assigns the units again, as they were assigned. */
export function replayText({ trial, list }: TrialAnalysis): string {
  const { unit } = trial;
  const compared = (effect: string, papers: string): string =>
    `${effect} is compared with those of the replays (${papers}); the actual assignment counts as one of them, so p is never 0.`;
  const studies = 'Chung and Romano 2013; Wu and Ding 2021';
  if (list === null) {
    return `The hashed assignment is replayed ${unit} by ${unit} with the chances of the protocol, and ${compared('the studentised effect', studies)}`;
  }
  const { schedule, settings } = list;
  const made = `The list is made again by the method that made it, ${unit}s without data included: ${replayed(settings.method, unit)}.`;
  if (schedule === null) {
    const held =
      trial.arms.length > 2
        ? ` Where one arm is tested against the control arm, the ${unit}s of the others stay where they are.`
        : '';
    return `${made}${held} ${compared('The studentised effect', studies)}`;
  }
  const moved =
    schedule.washout > 0 ? ' The days that are left out after a change of arm move with it.' : '';
  return `${made}${moved} ${compared(`The score of the arm within periods, studentised between ${unit}s,`, 'Wang and De Gruttola 2017; Ji et al. 2017; Thompson et al. 2018')}`;
}

function replayed(method: ListState['settings']['method'], unit: string): string {
  switch (method) {
    case 'complete':
      return `every list with the same numbers of ${unit}s is equally likely`;
    case 'blocks':
      return 'the places of each block are put into another order, and the sizes of the blocks are kept';
    case 'matched':
      return 'each set is dealt out again';
    case 'constrained':
      return 'only the candidates that the constraint allowed are drawn from, each equally likely (Li et al. 2016)';
    case 'minimisation':
      return `the ${unit}s arrive again in the same order, with the same chances at each step`;
  }
}

/** How the effects of a design over time are estimated and looked into. */
export function overTimeMethods(
  { trial, list, primary, guardrails, secondary }: TrialAnalysis,
  degrees: string,
): readonly string[] {
  const { unit } = trial;
  const washout = list?.schedule?.washout ?? 0;
  const arms = [primary, ...guardrails, ...secondary].flatMap(({ overTime }) => overTime ?? []);
  const checks = [
    ...(arms.some(({ exposureTime }) => exposureTime !== null)
      ? [
          `Whether the effect changes with the number of periods that a ${unit} has had the arm is asked by a model with an effect for each number and a joint F test (Hughes et al. 2015; Kenny et al. 2022; Maleyeff et al. 2023).`,
        ]
      : []),
    ...(arms.some(({ carryOver }) => carryOver !== null)
      ? [
          'Carry-over is looked for by an effect of the arm of the period before; it does not choose the analysis (Freeman 1989; Senn 2002).',
        ]
      : []),
  ];
  return [
    `Estimates. The rate of an arm is its total numerator over its total denominator, over all periods and adjusted for nothing; its interval is by the variance between ${unit}s (Mancl and DeRouen 2001). Effects are adjusted for periods: beside the effect of the arm every period has a coefficient of its own, on the logarithm (ratio) or as it is (difference), in estimating equations of the totals of ${unit}s by period with working independence (Hussey and Hughes 2007; Li et al. 2022), which compare ${unit}s within periods. The variance is a sandwich between ${unit}s with the correction of Mancl and DeRouen (2001), with t on the number of ${unit}s less that of the arms (Li and Redden 2015; Ford and Westgate 2020; Thompson et al. 2021). ${degrees} Beside it stands the effect with a common correlation of the periods of a ${unit}, which also uses what a ${unit} had before.${washout > 0 ? ` The first ${washout === 1 ? 'day' : `${washout} days`} of a period are left out where the arm has just changed.` : ''}`,
    ...(checks.length > 0 ? [`Checks over time. ${checks.join(' ')}`] : []),
  ];
}
