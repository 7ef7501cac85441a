import { sum } from '../../stats/index.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Estimable } from '../estimable.ts';
import { notEstimable } from '../estimable.ts';
import { isOverTime } from '../over-time.ts';
import type { EventStream, Observer } from './observer.ts';
import { observeAll } from './observer.ts';

/** How far clinicians saw alerts of more than one arm. */
export interface Contamination {
  /** Clinicians who saw an alert of the trial. */
  readonly clinicians: number;
  /** Of them, those who saw alerts of more than one arm. */
  readonly exposed: number;
  /** `exposed / clinicians`. */
  readonly share: number;
  /** Alerts seen by a known clinician. */
  readonly alerts: number;
  /** The share of these alerts that clinicians saw who were exposed to more than one arm. */
  readonly alertShare: number;
  /**
   * The share of alerts that were of the arm which their clinician saw most: 1 when no one saw a
   * second arm, near 1 / the number of arms when everyone saw all of them alike.
   */
  readonly majorityShare: number;
  readonly arms: readonly {
    readonly arm: string;
    readonly alerts: number;
    /** Of them, those seen by clinicians who also saw another arm. */
    readonly exposed: number;
  }[];
  /** Alerts whose clinician is not known; they say nothing here. */
  readonly withoutClinician: number;
  /** What it means and what to do about it; `null` where no one saw a second arm. */
  readonly advice: string | null;
}

/**
 * Which arms each clinician saw, from the alerts that were shown. A clinician who has learnt from one arm
 * carries it into the other, which draws the arms together: an effect is then underestimated, and "no
 * difference" may mean "no separation". It does not make the p value of a patient-randomised trial
 * wrong.
 *
 * Memory grows with clinicians and not with alerts.
 *
 * @see Torgerson 2001, BMJ 322:355 (contamination in trials).
 */
export async function contaminationOf(
  trial: Trial,
  events: EventStream,
): Promise<Estimable<Contamination>> {
  const observer = contaminationObserver(trial);
  await observeAll(events, [observer]);
  return observer.result();
}

/** Learns from alerts which arms each clinician saw. */
export function contaminationObserver(trial: Trial): Observer<Estimable<Contamination>> {
  const names = trial.arms.map(({ name }) => name);
  const seen = new Map<string, Uint32Array>();
  let withoutClinician = 0;
  return {
    observe: (event) => {
      if (event.type !== 'impression' || !event.randomized || event.stage === 'silent') return;
      const arm = names.indexOf(event.arm);
      if (event.clinician === undefined) withoutClinician += 1;
      else {
        const alerts = seen.get(event.clinician) ?? new Uint32Array(names.length);
        alerts[arm] = (alerts[arm] ?? 0) + 1;
        seen.set(event.clinician, alerts);
      }
    },
    result: () => {
      if (isOverTime(trial)) {
        return notEstimable(
          'every cluster has every arm in its turn, so its clinicians see them all',
          'look at the carry-over or the exposure time of the measures',
        );
      }
      if (seen.size === 0)
        return notEstimable(
          'no alert names the clinician who saw it',
          'log the clinician with each alert',
        );
      const all = [...seen.values()];
      const exposed = all.filter((alerts) => alerts.filter((count) => count > 0).length > 1);
      const alerts = sum(all.map(sum));
      const share = exposed.length / seen.size;
      return {
        estimable: true,
        clinicians: seen.size,
        exposed: exposed.length,
        share,
        alerts,
        alertShare: sum(exposed.map(sum)) / alerts,
        majorityShare: sum(all.map((counts) => Math.max(...counts))) / alerts,
        arms: names.map((arm, i) => ({
          arm,
          alerts: sum(all.map((counts) => counts[i] ?? 0)),
          exposed: sum(exposed.map((counts) => counts[i] ?? 0)),
        })),
        withoutClinician,
        advice: exposed.length === 0 ? null : adviceFor(trial),
      };
    },
  };
}

function adviceFor({ unit }: Trial): string {
  const meaning =
    'What clinicians learn from one arm they carry into the other, so that the effect is likely to be underestimated';
  return unit === 'patient' || unit === 'encounter'
    ? `${meaning}: where that matters, randomise clinicians or practices in the next round.`
    : unit === 'practice'
      ? `${meaning}: find the clinicians who work in practices of several arms, and randomise what they share in the next round.`
      : `${meaning}: a clinician was randomised and should have one arm, so find out how another was shown.`;
}
