import { methodFor } from '../analysis/decision/method.ts';
import { fewestPerArm } from '../analysis/decision/floor.ts';
import { isOverTime } from '../analysis/over-time.ts';
import { groupsOf } from '../trial/groups.ts';
import { significant } from '../analysis/text/words.ts';
import { formulaPower } from './formula.ts';
import { isCounted, questionsOf } from './questions.ts';
import type { PlanReport, QuestionPlan } from './report.ts';
import type { PlanSetting } from './setting.ts';
import { chance, counted, effectText, plain, questionText, valueText } from './words.ts';

type Planned = Omit<PlanReport, 'limits' | 'toString'>;

/**
 * What a design cannot do, in sentences: each of them follows from the numbers of this plan, and what
 * does not apply is not said.
 */
export function limitsOf(report: Planned, setting: PlanSetting): readonly string[] {
  return [
    ...floorLimits(report),
    ...hashedLimits(report),
    ...sequenceLimits(setting),
    ...report.questions.flatMap((question) => questionLimits(question, report)),
    ...simulationLimits(report),
    ...replayLimits(report),
    ...jointLimits(setting),
    ...baselineLimits(report),
    ...contaminationLimits(setting),
    ...(report.scheme?.warnings ?? []),
  ];
}

/** Where no data could support a claim. */
function floorLimits({ floors, scheme, trial: { unit } }: Planned): readonly string[] {
  const loosen =
    scheme?.method === 'constrained'
      ? ', or loosen the constraint'
      : scheme?.method === 'complete'
        ? ''
        : ', or in larger sets or strata';
  return floors
    .filter(({ reachable }) => !reachable)
    .map(({ arm, smallestPValue, level, by }) => {
      const fewest = fewestPerArm(level);
      const remedy =
        by === 'arm-sizes'
          ? `Fewer than ${counted(fewest, unit)} per arm can never reach it, whatever the effect: randomise at least ${fewest} ${unit}s to each arm, or a smaller unit.`
          : `The method could have made too few other lists: randomise more ${unit}s${loosen}.`;
      return `It can never show anything about arm ${arm}: no one-sided p value below ${significant(smallestPValue)} can be had, and ${plain(level)} is asked for. ${remedy}`;
    });
}

/** What arms of random sizes do to few units. */
function hashedLimits({ floors, scheme, units, trial: { unit } }: Planned): readonly string[] {
  const unlucky = floors.filter(
    ({ chanceOfNone, reachable }) => reachable && (chanceOfNone ?? 0) >= 0.001,
  );
  return unlucky.map(
    ({ arm, chanceOfNone }) =>
      `${scheme === null ? 'Hashing' : 'Minimising'} ${units.total} ${unit}s gives arms of random sizes: in ${significant(100 * (chanceOfNone ?? 0), 2)} % of such trials arm ${arm} and control would be too uneven, or too small, to show anything. ${scheme === null ? 'Allocate from a list.' : `Randomise more ${unit}s, or by a method with arms of fixed sizes.`}`,
  );
}

/** Sequences that a single unit stands for. */
function sequenceLimits({ trial, allocation }: PlanSetting): readonly string[] {
  if (allocation === undefined || !isOverTime(trial)) return [];
  const names = groupsOf(trial.protocol).map(({ name }) => name);
  const single = allocation.diagnostics.groups.filter(({ clusters }) => clusters === 1);
  if (single.length === 0 || names.length === 0) return [];
  return [
    `${single.length} of ${names.length} sequences ${single.length === 1 ? 'has' : 'have'} a single ${trial.unit} (${single.map(({ name }) => name).join('; ')}): what happens to it cannot be told from what its sequence does, and its loss empties the sequence.`,
  ];
}

/** Questions that will hardly be answered. */
function questionLimits(question: QuestionPlan, report: Planned): readonly string[] {
  const { arm, title, power, assumed, leastUnits, unlimited, detectable } = question;
  const { wantedPower, trial, units } = report;
  const wanted = chance(wantedPower);
  const about = `${title}, arm ${arm}`;
  if (!power.estimable) return [`${about}: no power can be given, as ${power.reason}.`];
  if (assumed === null || power.power >= wantedPower) return [];
  const lines: string[] = [];
  if (!isFavourable(question)) {
    return [
      question.question === 'superiority'
        ? `${about}: no improvement is assumed (${effectText(assumed.effect, question)}), so there is none to show.`
        : `${about}: the assumed effect (${effectText(assumed.effect, question)}) is not within what has to be shown (${questionText(question)}), so the arm cannot be adopted.`,
    ];
  }
  const found = detectable.estimable
    ? question.question === 'superiority'
      ? `; the least effect that it finds with ${wanted} is ${effectText(detectable.effect, question)} (${valueText(assumed.control, question.kind)} to ${valueText(detectable.value, question.kind)})`
      : `; an arm without any effect would meet with ${wanted} no margin narrower than ${effectText(detectable.effect, question)}`
    : '';
  lines.push(
    `${about}: ${question.question === 'superiority' ? `the assumed effect (${effectText(assumed.effect, question)}) is found` : `"${questionText(question)}" is shown`} with ${chance(power.power)}, not ${wanted}, by formula${found}.`,
  );
  if (unlimited !== null && leastUnits !== null && unlimited < wantedPower - 0.005) {
    const [needed, has] = [
      Math.floor(leastUnits.arm) + 1,
      units.byArm.find((own) => own.arm === arm)?.units ?? 0,
    ];
    lines.push(
      `${about}: however many alerts each ${trial.unit} has, the power stays at ${chance(unlimited)}${
        has < needed
          ? `: each arm needs more than ${significant(Math.max(leastUnits.arm, leastUnits.control))} ${trial.unit}s (k > n·ICC), and this one has ${has}`
          : ''
      }. More ${trial.unit}s help, longer observation does not.`,
    );
  }
  return lines;
}

/** Whether the assumed effect lies where it has to be shown to lie. */
export function isFavourable({
  question,
  better,
  null: lower,
  upper,
  assumed,
}: Pick<QuestionPlan, 'question' | 'better' | 'null' | 'upper' | 'assumed'>): boolean {
  if (assumed === null) return false;
  const { effect } = assumed;
  if (question === 'equivalence') return effect > lower && effect < (upper ?? lower);
  return better === 'higher' ? effect > lower : effect < lower;
}

/** What only the simulation finds. */
function simulationLimits({
  simulation,
  questions,
  trial: { alpha },
  wantedPower,
}: Planned): readonly string[] {
  if (!simulation.estimable) {
    return simulation.instead === undefined
      ? []
      : [`No trial was simulated: ${simulation.reason}.`];
  }
  const lines: string[] = [];
  const { simulations } = simulation;
  for (const { arm, adopt, primary } of simulation.arms) {
    const first = questions.find((own) => own.arm === arm && own.role === 'primary');
    if (first === undefined || !isFavourable(first)) continue;
    if (adopt.share + 2 * adopt.standardError < wantedPower) {
      lines.push(
        `Arm ${arm} would be adopted in ${chance(adopt.share)} of trials like this one (± ${significant(100 * adopt.standardError, 2)} points), not in ${chance(wantedPower)}.`,
      );
    }
    // Of several arms the formula is at the level of Holm's first step, and the share is not.
    if (first.level !== alpha || !first.power.estimable) continue;
    const promised = first.power.power;
    if (promised - primary.share > Math.max(0.05, 3 * primary.standardError)) {
      lines.push(
        `The formula promises ${chance(promised)} for the primary outcome of arm ${arm}, and the test that will decide it reached ${chance(primary.share)} of ${simulations} simulated trials: believe the simulation.`,
      );
    }
  }
  const level = alpha / 2;
  for (const { arm, primary } of simulation.withoutEffect.arms) {
    const error = Math.sqrt((level * (1 - level)) / simulations);
    if (primary.share > level + 3 * error) {
      lines.push(
        `The test does not keep its level: without an effect arm ${arm} was shown to be better in ${significant(100 * primary.share, 2)} % of simulated trials, and ${plain(100 * level)} % are allowed.`,
      );
    }
  }
  return lines;
}

/** Comparisons that the list does not allow to be re-randomised. */
function replayLimits({ floors }: Planned): readonly string[] {
  return floors.flatMap(({ arm, notReplayed }) =>
    notReplayed === null
      ? []
      : [
          `Arm ${arm} cannot be compared with control by re-randomisation (${notReplayed}): the t test decides, whose level is approximate with few units.`,
        ],
  );
}

/** Several arms that clusters have in turn are dealt out again together. */
function jointLimits({ trial, units }: PlanSetting): readonly string[] {
  if (!isOverTime(trial) || trial.arms.length < 3) return [];
  if (methodFor(trial, units) !== 'rerandomization') return [];
  return [
    `Every ${trial.unit} has every arm in its turn, so all arms are re-randomised together: the test of one arm is of no effect of any arm, and where another has a strong effect it finds less.`,
  ];
}

/** What a baseline would gain, and who gains it. */
function baselineLimits({ questions }: Planned): readonly string[] {
  return questions.flatMap(({ arm, title, power, adjusted }) =>
    adjusted === null || !power.estimable || adjusted <= power.power
      ? []
      : [
          `The verdict does not adjust for the baseline: only an analysis beside it that does has ${chance(adjusted)} instead of ${chance(power.power)} for ${title}, arm ${arm}.`,
        ],
  );
}

/** How many alerts in the wrong arm would cost what. */
const strayed = 0.1;

/** What clinicians who work in two practices would cost. */
function contaminationLimits(setting: PlanSetting): readonly string[] {
  const { trial, values } = setting;
  if (trial.unit !== 'practice') return [];
  const [control] = values;
  if (control === undefined) return [];
  const toControl = (own: number, base: number): number => base + (1 - strayed) * (own - base);
  const diluted: PlanSetting = {
    ...setting,
    values: values.map((own) => ({
      alerts: toControl(own.alerts, control.alerts),
      acceptance: toControl(own.acceptance, control.acceptance),
    })),
  };
  return questionsOf(setting).flatMap((question) => {
    if (question.role !== 'primary' || question.question !== 'superiority') return [];
    if (!isCounted(question)) return [];
    const [pure, mixed] = [setting, diluted].map((own) => formulaPower(own, question));
    if (pure?.estimable !== true || mixed?.estimable !== true) return [];
    if (pure.power - mixed.power < 0.01) return [];
    return [
      `Clinicians who work in two practices are not allowed for: were a tenth of the effect of arm ${question.arm} lost that way, its power for ${question.title} would fall from ${chance(pure.power)} to ${chance(mixed.power)}.`,
    ];
  });
}
