import type { TrialAnalysis } from '../trial-analysis.ts';
import type { IntegrityReport } from '../integrity/index.ts';
import { count, effectText, percent, pText, significant, whyNot } from './words.ts';

/** What one look at the integrity of a trial found. */
export interface Finding {
  readonly lookedAt: string;
  readonly found: string;
  /** What to do about it; `null` where nothing has to be done. */
  readonly advice: string | null;
  /** `warning`: it is among the warnings of the analysis, which say what to do. */
  readonly state: 'fine' | 'note' | 'warning' | 'unknown';
}

const feedbackLevel = 0.95;
const driftLevel = 0.95;

/** What was looked at before an effect is believed, what was found, and what to do; empty without a ledger. */
export function findingsOf(analysis: TrialAnalysis): readonly Finding[] {
  const { integrity, trial, warnings } = analysis;
  if (integrity === null) return [];
  const isWarned = (advice: string): boolean => warnings.some((text) => text.includes(advice));
  return [
    unitsFinding(integrity, trial.unit),
    ...listFindings(analysis),
    armsFinding(integrity, trial.unit),
    contaminationFinding(integrity, isWarned),
    feedbackFinding(integrity, trial.unit),
    ...practicesFinding(integrity),
    ...driftFindings(integrity),
    levelFinding(integrity),
    ...anomalyFindings(integrity, isWarned),
  ];
}

function unitsFinding({ sampleRatio: test }: IntegrityReport, unit: string): Finding {
  const lookedAt = `Numbers of ${unit}s in the arms`;
  if (!test.estimable) return unknown(lookedAt, whyNot(test));
  const { mismatch, pValue } = test;
  return {
    lookedAt,
    found: `${mismatch ? 'not ' : ''}as the weights would give (${pText(pValue)})`,
    advice: null,
    state: mismatch ? 'warning' : 'fine',
  };
}

const changes = { add: 'added', withdraw: 'withdrawn', merge: 'merged' } as const;

/** What became of the list of a trial that has one, and who came that is not on it. */
function listFindings({ list, notRandomized, trial: { unit } }: TrialAnalysis): readonly Finding[] {
  if (list === null) return [];
  const { clusters, withoutData, amendments, mergedAcrossArms } = list;
  const strangers = notRandomized.find(({ reason }) => reason === 'not-listed')?.alerts ?? 0;
  return [
    {
      lookedAt: `Listed ${unit}s with data`,
      found: `${count(clusters - withoutData)} of ${count(clusters)}`,
      advice:
        withoutData === 0
          ? null
          : `A ${unit} that never shows up is lost to the trial, or its id is another in the record than on the list.`,
      state: withoutData === 0 ? 'fine' : 'note',
    },
    {
      lookedAt: `Alerts of ${unit}s that are not on the list`,
      found:
        strangers === 0
          ? 'none'
          : `${count(strangers)}, which were served the control arm and are not counted`,
      advice:
        strangers === 0
          ? null
          : `Find out whether they are late ${unit}s, to be added by an amendment, or listed ones under another id.`,
      state: strangers === 0 ? 'fine' : 'note',
    },
    {
      lookedAt: 'Amendments of the list',
      found:
        amendments.length === 0
          ? 'none'
          : amendments
              .map(
                ({ kind, from, clusters: some, reason }) =>
                  `${count(some)} ${changes[kind]} from ${from} on (${reason})`,
              )
              .join('; '),
      advice:
        mergedAcrossArms === 0
          ? null
          : `${mergedAcrossArms} ${unit}(s) became part of one with another arm, whose patients so met both: look at the effect without them.`,
      state: mergedAcrossArms > 0 ? 'note' : 'fine',
    },
  ];
}

function armsFinding({ armChanges }: IntegrityReport, unit: string): Finding {
  const { units, combinations, advice } = armChanges;
  const which = combinations.map((each) => `${each.arms.join(' and ')} (${count(each.units)})`);
  return {
    lookedAt: `One arm for each ${unit}`,
    found:
      units === 0
        ? `no ${unit} stands in more than one arm`
        : `${count(units)} ${unit}${units === 1 ? '' : 's'} in more than one arm: ${which.join(', ')}`,
    advice,
    state: units === 0 ? 'fine' : 'warning',
  };
}

function contaminationFinding(
  { contamination: seen }: IntegrityReport,
  isWarned: (advice: string) => boolean,
): Finding {
  const lookedAt = 'Clinicians who saw several arms';
  if (!seen.estimable) return unknown(lookedAt, whyNot(seen));
  const { clinicians, exposed, share, alertShare, withoutClinician, advice } = seen;
  const unnamed =
    withoutClinician > 0 ? `; ${count(withoutClinician)} further alerts name no clinician` : '';
  return {
    lookedAt,
    found:
      exposed === 0
        ? `none of ${count(clinicians)}${unnamed}`
        : `${count(exposed)} of ${count(clinicians)} (${percent(share)}), who saw ${percent(alertShare)} of the alerts${unnamed}`,
    advice,
    state: advice === null ? 'fine' : isWarned(advice) ? 'warning' : 'note',
  };
}

function feedbackFinding({ feedback }: IntegrityReport, unit: string): Finding {
  const { arms, comparisons, least } = feedback;
  const shares = arms.map(
    ({ arm, share }) => `${arm} ${share === null ? 'no alerts' : percent(share)}`,
  );
  const differences = comparisons.map(
    ({ arm, control, difference }) =>
      `${arm} against ${control} ${effectText(difference, 'points', feedbackLevel)}`,
  );
  const mute = arms
    .filter(({ unitsWithoutAnswer }) => unitsWithoutAnswer > 0)
    .map(
      ({ arm, units, unitsWithoutAnswer }) =>
        `${arm} ${count(unitsWithoutAnswer)} of ${count(units)}`,
    );
  const muteText =
    mute.length === 0
      ? []
      : [`${unit}s with ${least} alerts or more and no answer at all: ${mute.join(', ')}`];
  const differs = comparisons.some((each) => each.differs);
  return {
    lookedAt: 'Alerts without an answer',
    found: [`share unanswered: ${shares.join(', ')}`, ...differences, ...muteText].join('; '),
    advice: null,
    state: differs
      ? 'warning'
      : comparisons.some((e) => e.difference.estimable)
        ? 'fine'
        : 'unknown',
  };
}

function practicesFinding({ practices }: IntegrityReport): readonly Finding[] {
  const { practices: busy, withoutAnswer, least } = practices;
  if (busy === 0) return [];
  return [
    {
      lookedAt: 'Practices that never answer',
      found: `${withoutAnswer === 0 ? 'none' : count(withoutAnswer)} of ${count(busy)} with ${least} alerts or more`,
      advice: null,
      state: withoutAnswer === 0 ? 'fine' : 'warning',
    },
  ];
}

function driftFindings({ trigger }: IntegrityReport): readonly Finding[] {
  return trigger.drifts.map(({ arm, control, drift, drifts }): Finding => {
    const lookedAt = `Drift of the trigger between ${arm} and ${control}`;
    if (!drift.estimable) return unknown(lookedAt, whyNot(drift));
    return {
      lookedAt,
      found: `ratio of firings multiplied each week by ${effectText({ estimable: true, ...drift.effect }, 'ratio', driftLevel)}`,
      advice: null,
      state: drifts ? 'warning' : 'fine',
    };
  });
}

function levelFinding({ trigger }: IntegrityReport): Finding {
  const { change, changed } = trigger;
  const lookedAt = 'Change of the trigger in all arms';
  if (!change.estimable) return unknown(lookedAt, whyNot(change));
  return {
    lookedAt,
    found: changed
      ? `about ${change.day}: ${significant(change.rateBefore)} firings per patient-day before, ${significant(change.rateAfter)} after (${pText(change.pValue)})`
      : `no change shown (${pText(change.pValue)})`,
    advice: null,
    state: changed ? 'warning' : 'fine',
  };
}

function anomalyFindings(
  { anomalies }: IntegrityReport,
  isWarned: (advice: string) => boolean,
): readonly Finding[] {
  const lookedAt = 'Single events';
  if (anomalies.length === 0) {
    return [{ lookedAt, found: 'nothing out of order', advice: null, state: 'fine' }];
  }
  return anomalies.map(({ total, what, arms, advice }) => ({
    lookedAt,
    found: `${count(total)} ${what} (${arms.map(({ arm, count: own }) => `${arm} ${count(own)}`).join(', ')})`,
    advice,
    state: isWarned(advice) ? 'warning' : 'note',
  }));
}

function unknown(lookedAt: string, why: string): Finding {
  return { lookedAt, found: `cannot be judged: ${why}`, advice: null, state: 'unknown' };
}
