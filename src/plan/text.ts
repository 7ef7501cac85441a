import { count, percent, significant, whyNot } from '../analysis/text/words.ts';
import type { PlannedCurve } from './curves.ts';
import type { PlanReport, QuestionPlan } from './report.ts';
import type { SimulatedArm, SimulatedShare } from './simulate/tally.ts';
import { chance, counted, effectText, plain, questionText, valueText } from './words.ts';

const width = 100;

/** Words broken into lines of a terminal, all of them indented. */
function wrapped(text: string, indent = ''): readonly string[] {
  const lines: string[] = [];
  let line = '';
  // A number and its percent sign stay together.
  for (const word of text.trim().replaceAll(' %', '\u00a0%').split(' ')) {
    const longer = line === '' ? `${indent}${word}` : `${line} ${word}`;
    if (longer.length > width && line !== '') {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = longer;
  }
  return [...lines, line].map((own) => own.replaceAll('\u00a0%', ' %'));
}

/** Columns of texts, each as wide as its widest; numbers to the right, the first to the left. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('   ')
      .trimEnd(),
  );
}

/** A plan as lines of text, for a terminal of 100 columns. */
export function planText(report: PlanReport): string {
  const { trial, limits, reaches, wantedPower } = report;
  return [
    ...wrapped(trial.title),
    `${trial.id}, round ${trial.round} (${trial.fingerprint.slice(0, 12)}); plan with the seed "${report.seed}"`,
    '',
    ...design(report),
    '',
    ...allowed(report),
    ...scheme(report),
    '',
    'POWER BY FORMULA',
    ...report.questions.flatMap((question) => ['', ...questionLines(question, report)]),
    ...report.curves.flatMap((curve) => ['', ...curveLines(curve, report)]),
    '',
    ...simulation(report),
    '',
    'WHAT THIS DESIGN CANNOT DO',
    ...(limits.length === 0
      ? ['Nothing was found that speaks against it, under these assumptions.']
      : limits.flatMap(bullet)),
    '',
    ...wrapped(
      reaches.level && reaches.power
        ? `As designed it can reach its level and, under these assumptions, the wanted power of ${chance(wantedPower)}.`
        : `AS DESIGNED IT CANNOT REACH ${[...(reaches.level ? [] : ['its level']), ...(reaches.power ? [] : [`the wanted power of ${chance(wantedPower)}`])].join(' and ')}.`,
    ),
  ].join('\n');
}

/** A sentence of a list. */
function bullet(text: string): readonly string[] {
  return wrapped(text, '  ').map((line, i) => (i === 0 ? `- ${line.trimStart()}` : line));
}

function design({ trial, units, likeness, assumptions }: PlanReport): readonly string[] {
  const { alerts, acceptance, overTime, baselineCorrelation } = assumptions;
  const arms = units.byArm.map(({ arm, units: own }) => `${arm} ${count(own)}`).join(', ');
  const period = units.periods > 1 ? ' and period' : '';
  return [
    ...wrapped(
      `${counted(units.total, trial.unit)}, ${trial.allocation}${units.periods > 1 ? `; in the first period ${arms}` : `: ${arms}`}`,
    ),
    ...wrapped(
      `${count(Number(units.size.toPrecision(4)))} patient-days per ${trial.unit}${period} (coefficient of variation ${units.cv.toFixed(2)}${units.cvFrom === 'clusters' ? ', from the file of clusters' : ''})`,
    ),
    ...wrapped(
      `${trial.control}: ${significant(alerts.control)} alerts per patient-day, true rates vary by κ ${significant(likeness.kappa)}` +
        (likeness.overdispersion > 1
          ? `, counts by ${significant(likeness.overdispersion)} times the Poisson variance`
          : '') +
        (acceptance === undefined
          ? ''
          : `; ${percent(acceptance.control)} of alerts accepted, ICC ${significant(likeness.icc)}${typeof acceptance.icc === 'string' ? ` (${acceptance.icc})` : ''}`),
    ),
    ...(overTime?.clusterAutocorrelation === undefined
      ? []
      : [
          `True values one period apart correlate by ${significant(overTime.clusterAutocorrelation)}${overTime.structure === 'exponential-decay' ? ', fading with the distance' : ''}`,
        ]),
    ...(baselineCorrelation === undefined
      ? []
      : [`Correlation with the baseline ${significant(baselineCorrelation)}`]),
  ];
}

function allowed({ floors, trial }: PlanReport): readonly string[] {
  return [
    'WHAT CHANCE ALLOWS',
    ...floors.flatMap(({ arm, smallestPValue, level, reachable }) =>
      wrapped(
        smallestPValue === 0
          ? `${arm}: p values are not limited by the number of lists (asked for: ${plain(level)} one-sided)`
          : `${arm}: smallest one-sided p value ${smallestPValue < 1e-6 ? 'below 0.000001' : significant(smallestPValue, 2)}, asked for ${plain(level)}${reachable ? '' : ': NEVER'}`,
        '  ',
      ),
    ),
    `Alpha ${plain(trial.alpha)} two-sided${floors.length > 1 ? `, shared by ${floors.length} arms (Holm)` : ''}`,
  ];
}

function scheme({ scheme: found, trial }: PlanReport): readonly string[] {
  if (found === null) return [];
  const { guess, together, constraint } = found;
  return [
    '',
    'HOW BALANCED, AND HOW FREE, THE LIST IS',
    ...wrapped(
      `Who knows all earlier groups guesses the next in ${chance(guess.share)} of ${trial.unit}s (knowing nothing: ${chance(guess.byWeight)})`,
    ),
    ...(together === null
      ? []
      : wrapped(
          `Two ${trial.unit}s share a group in ${chance(together.least.share)} to ${chance(together.most.share)} of lists (${chance(together.expected)} on average)`,
        )),
    ...(constraint === null
      ? []
      : [
          ...wrapped(
            constraint.candidates.count === null
              ? `The constraint keeps ${percent(constraint.candidates.share)} of about 10^${constraint.possible.log10.toFixed(1)} lists; smallest two-sided p value ${significant(constraint.cost.smallestPValue.constrained, 2)}`
              : `The constraint keeps ${count(constraint.candidates.count)} of ${count(constraint.possible.count ?? 0)} lists (${percent(constraint.candidates.share)}); smallest two-sided p value ${significant(constraint.cost.smallestPValue.constrained, 2)} (without it ${significant(constraint.cost.smallestPValue.complete, 2)})`,
          ),
          ...wrapped(
            `Mean imbalance score ${constraint.meanScore.constrained.toFixed(3)}, without the constraint ${constraint.meanScore.complete.toFixed(3)}; pairs always together ${constraint.locked.always}, never ${constraint.locked.never}`,
          ),
          ...table([
            ['mean difference between groups (SD)', 'constrained', 'complete'],
            ...constraint.covariates.map(({ name, constrained, complete }) => [
              `  ${name}`,
              constrained.toFixed(2),
              complete.toFixed(2),
            ]),
          ]),
        ]),
  ];
}

function questionLines(question: QuestionPlan, report: PlanReport): readonly string[] {
  const { arm, title, role, power, assumed, kind, detectable, unlimited, adjusted } = question;
  const { leastUnits, level } = question;
  const { unit } = report.trial;
  const wanted = chance(report.wantedPower);
  const head = wrapped(`${title}, ${role}: ${arm} ${questionText(question)}`);
  if (!power.estimable || assumed === null) {
    return [...head, ...wrapped(`  not estimable: ${power.estimable ? '' : whyNot(power)}`, '  ')];
  }
  const isMargin = question.question !== 'superiority';
  return [
    ...head,
    `  assumed ${valueText(assumed.control, kind)} to ${valueText(assumed.arm, kind)}, ${effectText(assumed.effect, question)}`,
    ...wrapped(
      `  power ${chance(power.power)} at the two-sided level ${plain(level)} (standard error ${significant(power.standardError, 2)}${question.scale === 'ratio' ? ' of the logarithm' : ''}, ${count(power.degreesOfFreedom)} degrees of freedom)`,
      '  ',
    ),
    ...(adjusted === null ? [] : [`  power ${chance(adjusted)} adjusted for the baseline`]),
    ...wrapped(
      detectable.estimable
        ? isMargin
          ? `  narrowest margin met with ${wanted} by an arm without an effect: ${effectText(detectable.effect, question)}`
          : `  least effect found with ${wanted}: ${valueText(assumed.control, kind)} to ${valueText(detectable.value, kind)}, ${effectText(detectable.effect, question)}`
        : `  least effect found with ${wanted}: none, as ${detectable.reason}`,
      '  ',
    ),
    ...(unlimited === null
      ? []
      : wrapped(
          `  with unlimited alerts per ${unit}: power ${chance(unlimited)}${leastUnits === null ? '' : `; needs more than ${significant(leastUnits.arm)} ${unit}s in the arm and ${significant(leastUnits.control)} in control (k > n·ICC)`}`,
          '  ',
        )),
  ];
}

function curveLines(
  { arm, metric, byUnits, bySize }: PlannedCurve,
  { trial, questions, wantedPower }: PlanReport,
): readonly string[] {
  const question = questions.find((own) => own.arm === arm && own.metric === metric);
  const kind = question?.kind ?? 'rate';
  const cells = (power: number | null, detectable: number | null): readonly string[] => [
    power === null ? '-' : chance(power),
    detectable === null ? '-' : valueText(detectable, kind),
  ];
  const heads = ['power', `told from control with ${chance(wantedPower)}`];
  return [
    `Primary outcome, ${arm}, by the number of ${trial.unit}s and by their patient-days:`,
    ...table([
      [`  ${trial.unit}s`, ...heads],
      ...byUnits.map((row) => [`  ${count(row.units)}`, ...cells(row.power, row.detectable)]),
    ]),
    ...table([
      ['  patient-days', ...heads],
      ...bySize.map((row) => [
        `  ${row.size === null ? 'unlimited' : count(Number(row.size.toPrecision(4)))}`,
        ...cells(row.power, row.detectable),
      ]),
    ]),
  ];
}

function simulation({ simulation: found, trial, questions }: PlanReport): readonly string[] {
  const title = 'POWER BY SIMULATION, judged as the trial will be';
  if (!found.estimable) return [title, ...wrapped(`not estimable: ${whyNot(found)}`)];
  const share = ({ share: own, standardError }: SimulatedShare): string =>
    `${(100 * own).toFixed(1)} % ± ${(100 * standardError).toFixed(1)}`;
  const [first] = found.arms;
  const guardrails = first?.guardrails.map((_, i) => `guardrail ${i + 1}`) ?? [];
  const row = (name: string, own: SimulatedArm): readonly string[] => [
    name,
    share(own.primary),
    ...own.guardrails.map(share),
    share(own.adopt),
    share(own.harm),
  ];
  const named = questions
    .filter(({ arm, role }) => arm === first?.arm && role === 'guardrail')
    .map((own, i) => `guardrail ${i + 1}: ${own.title}`);
  const { withoutEffect } = found;
  return [
    title,
    ...wrapped(
      `${count(found.simulations)} trials with the assumed effects and as many without, ${count(found.draws)} re-randomisations each; ± is the Monte Carlo standard error`,
    ),
    ...named,
    ...table([
      ['', 'primary shown', ...guardrails, 'adopted', 'harm'],
      ...found.arms.map((own) => row(own.arm, own)),
      ...withoutEffect.arms.map((own) => row(`${own.arm}, no effect`, own)),
    ]),
    ...(found.arms.length > 1
      ? [
          `At least one arm adopted: ${share(found.anyAdopted)}; all: ${share(found.allAdopted)}; without any effect at least one: ${share(withoutEffect.anyAdopted)}`,
        ]
      : []),
    ...wrapped(
      `Without an effect an arm may be shown to be better in ${plain((100 * trial.alpha) / 2)} % of trials`,
    ),
  ];
}
