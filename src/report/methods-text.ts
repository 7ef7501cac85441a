import type { Answer, Measure, TrialAnalysis } from '../analysis/index.ts';
import { count, levelText, listed, significant } from '../analysis/text/words.ts';
import { ownScale } from './effect-scale.ts';
import { designText, overTimeMethods, replayText } from './methods-allocation.ts';

/** The methods in words with their sources, one paragraph an entry, and nothing that was not done. */
export function methodsText(analysis: TrialAnalysis): readonly string[] {
  const { trial, primary, guardrails, secondary } = analysis;
  const measures = [primary, ...guardrails, ...secondary];
  return [
    designText(analysis),
    ...(primary.overTime === null
      ? [
          `Estimates. The rate of an arm is its total numerator over its total denominator (ratio of totals). Its variance is that between ${trial.unit}s: the linearised variance with the leverage correction of Mancl and DeRouen (2001). Intervals of arms use Student's t on the number of ${trial.unit}s less 1, on the logarithm (rates) or the logit (proportions). Arms are compared by ratio (t on its logarithm) and by difference, with t on the number of ${trial.unit}s in the two arms less 2. ${degreesText(measures)} The effect on the average ${trial.unit}, each counting the same, stands beside it (Kahan et al. 2023).`,
        ]
      : overTimeMethods(analysis, degreesText(measures))),
    likenessText(analysis),
    `Re-randomisation. ${rerandomizationText(measures)} ${replayText(analysis)}${inversionText(measures)}`,
    decisionText(analysis),
    ...(secondary.length > 0
      ? [
          `Secondary outcomes. They are tested for superiority in the order of the protocol behind the verdict, each only when ${analysis.verdicts.length > 1 ? 'every arm is adopted' : 'the arm is adopted'} and all before it were shown (fixed sequence; Maurer, Hothorn and Lehmacher 1995), so that no error is added.${analysis.verdicts.length > 1 ? ' Each arm has an equal share of the level for them (serial gatekeeping; Dmitrienko, Offen and Westfall 2003).' : ''}`,
        ]
      : []),
    ...(primary.together === null
      ? []
      : [
          `Several arms. Whether the arms differ at all is Wald's F test with the variances above, and a re-randomisation test of all arms. Simultaneous intervals and adjusted p values are Dunnett's (1955), with the correlation that a shared control arm gives; by re-randomisation they are step-down max-T (Westfall and Young 1993).`,
        ]),
    ...(analysis.factorial === null
      ? []
      : [
          'Factors. Main effects are means of the simple effects with equal weights, interactions their differences, all with t on units less arms (Cox and Reid 2000, chapter 5; Montgomery, Peters and Little 2003).',
        ]),
    ...(analysis.integrity === null
      ? []
      : [
          "Integrity. Alarms of the trigger and of unanswered alerts are raised at the 1 % level: the drift of the ratio of firings by a binomial model of days with Newey and West's variance (1987), a change of level in all arms by the largest cumulated sum (Ploberger and Krämer 1992). Clinicians who see several arms draw the arms together (Torgerson 2001).",
        ]),
    ...(analysis.responseTimes === null
      ? []
      : [
          `Response times. Quantiles of answered alerts with Woodruff's intervals (1952): the interval of the share answered by then, from the variance between ${trial.unit}s, read off the distribution.`,
        ]),
    ...(analysis.equity === null
      ? []
      : [
          `Subgroups. Whether the effect is the same in all subgroups is Wald's F test with the covariance between ${trial.unit}s; p values of several ways of dividing are adjusted by Holm's method (1979).`,
        ]),
  ];
}

function likenessText({ trial, primary, guardrails, secondary }: TrialAnalysis): string {
  const kinds = new Set([primary, ...guardrails, ...secondary].map(({ kind }) => kind));
  const parts = [
    ...(kinds.has('proportion')
      ? [
          "of a proportion the intraclass correlation by analysis of variance within arms, with Searle's interval (Donner and Klar 2000; Ridout, Demétrio and Firth 1999)",
        ]
      : []),
    ...(kinds.has('rate')
      ? [
          "of a rate the coefficient of variation of the true rates of the control arm's units (Hayes and Moulton 2017)",
        ]
      : []),
  ];
  return `Likeness within ${trial.unit}s. It is given for every measure, for the planning of other trials: ${listed(parts)}.`;
}

const claims: Readonly<Record<Answer['question'], string>> = {
  superiority: 'superiority on the primary outcome',
  'non-inferiority': 'non-inferiority to the margin on the primary outcome',
  equivalence: 'equivalence on the primary outcome by two one-sided tests (Schuirmann 1987)',
};

function decisionText({ primary, guardrails, verdicts }: TrialAnalysis): string {
  const alpha = 1 - primary.level;
  const answer = verdicts.map((verdict) => verdict.primary).find(({ estimable }) => estimable);
  const claim =
    answer?.estimable === true ? claims[answer.question] : 'the claim on the primary outcome';
  const guarded = guardrails.length > 0 ? ', non-inferiority to the margin on each guardrail' : '';
  return (
    `Decision. Each question is one-sided at ${levelText(alpha / 2)} (half of the two-sided level of ${levelText(alpha)}): ${claim}${guarded}. ` +
    `${decidedBy(verdicts)} An arm is adopted only when every question is answered with yes (intersection-union test; Berger 1982): the joint p value is the largest of them, and the level needs no division among the questions. ` +
    `Adoption and rejection wait for the planned end; before it, only harm beyond a guardrail's margin is called.` +
    (verdicts.length > 1
      ? ` The ${verdicts.length} arms share the level by Holm's step-down (1979).`
      : '')
  );
}

function degreesText(measures: readonly Measure[]): string {
  const parts = measures.flatMap((measure) =>
    measure.comparisons.flatMap((comparison) => {
      const effect = comparison[ownScale(measure)];
      return effect.estimable ? [{ arm: comparison.arm, degrees: effect.degreesOfFreedom }] : [];
    }),
  );
  const byArm = new Map<string, Set<number>>();
  for (const { arm, degrees } of parts) byArm.set(arm, (byArm.get(arm) ?? new Set()).add(degrees));
  if (byArm.size === 0) return 'No comparison could be made.';
  const words = [...byArm].map(
    ([arm, degrees]) => `${[...degrees].map((each) => count(each)).join(' or ')} for ${arm}`,
  );
  const several = [...byArm.values()].some((degrees) => degrees.size > 1);
  const why = `; they differ between measures where a ${measures[0]?.unit ?? 'unit'} has no denominator`;
  return `Here the degrees of freedom are ${listed(words)}${several ? why : ''}.`;
}

function rerandomizationText(measures: readonly Measure[]): string {
  const tests = measures.flatMap(({ comparisons }) =>
    comparisons.flatMap(({ rerandomization }) =>
      rerandomization.estimable ? [rerandomization] : [],
    ),
  );
  if (tests.length === 0) return 'No re-randomisation test could be made.';
  const numbers = (method: 'enumeration' | 'monte-carlo'): string =>
    listed([
      ...new Set(tests.filter((test) => test.method === method).map(({ draws }) => count(draws))),
    ]);
  const [all, drawn] = [numbers('enumeration'), numbers('monte-carlo')];
  const error = Math.max(...tests.map(({ monteCarloError }) => monteCarloError));
  const sources = [
    ...(all === '' ? [] : [`all ${all} assignments that can be compared`]),
    ...(drawn === ''
      ? []
      : [
          `${drawn} draws (largest Monte Carlo error of a p value ${significant(error, 2)}; Phipson and Smyth 2010)`,
        ]),
  ];
  return `Two-sided p values come also from a re-randomisation test, by ${listed(sources)}.`;
}

function decidedBy(verdicts: TrialAnalysis['verdicts']): string {
  const methods = new Set(
    verdicts.flatMap(({ primary, guardrails }) =>
      [primary, ...guardrails].flatMap((answer) => (answer.estimable ? [answer.method] : [])),
    ),
  );
  if (methods.size === 0) return 'No question could be answered.';
  const words = [...methods].map((method) =>
    method === 'model' ? 'the t test' : 'the re-randomisation test',
  );
  return `Here ${listed(words)} decided.`;
}

function inversionText(measures: readonly Measure[]): string {
  const isInverted = measures.some(({ comparisons }) =>
    comparisons.some(({ rerandomizationInterval }) => rerandomizationInterval !== null),
  );
  return isInverted
    ? ' Where it decides, its interval holds the effects that neither one-sided test rejects, found by taking each effect out of the treated units (inversion; Garthwaite 1996).'
    : '';
}
