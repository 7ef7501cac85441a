import type { AnswerBase, TrialEvent } from '../../events/event.ts';
import { sum } from '../../stats/index.ts';
import type { Trial } from '../../trial/trial.ts';
import type { AnomalyCode } from './anomaly-words.ts';
import { anomalyCodes, anomalyWords } from './anomaly-words.ts';
import type { KeySet } from './key-set.ts';
import { keySet } from './key-set.ts';
import type { Observer } from './observer.ts';

/** Something in the events that should not be there, counted. */
export interface Anomaly {
  readonly code: AnomalyCode;
  readonly total: number;
  readonly arms: readonly { readonly arm: string; readonly count: number }[];
  /** Whether it can bend a result, and is worth a warning. */
  readonly serious: boolean;
  /** What was counted. */
  readonly what: string;
  /** What to do about it. */
  readonly advice: string;
}

export interface AnomalyOptions {
  /** More alerts of one unit in one minute of the clock are a burst; default 30. */
  readonly burst?: number | undefined;
  /** An alert or answer that was received so much later is late, milliseconds; default 24 hours. */
  readonly late?: number | undefined;
}

const day = 86_400_000;
/** Two clocks may differ by so much. */
const clockTolerance = 300_000;

/** Whether an event answers an alert. */
function isAnswer(event: TrialEvent): event is TrialEvent & AnswerBase {
  return 'impression' in event;
}

/** What is known of one calendar day. */
interface KnownDay {
  readonly recorded: KeySet;
  /** Patients with an alert, one set an arm. */
  readonly alerted: readonly KeySet[];
}

/**
 * Learns from the events of random assignments what should not be there, in one pass and in any order.
 * It keeps up to 22 bytes for each alert, answer and patient-day, and one entry for each unit.
 */
export function anomalyObserver(
  trial: Trial,
  { burst = 30, late = day }: AnomalyOptions = {},
): Observer<readonly Anomaly[]> {
  const names = trial.arms.map(({ name }) => name);
  const counts = new Map<AnomalyCode, number[]>();
  const count = (code: AnomalyCode, arm: number): void => {
    const list = counts.get(code) ?? names.map(() => 0);
    list[arm] = (list[arm] ?? 0) + 1;
    counts.set(code, list);
  };
  const alerts = keySet();
  const answers = keySet();
  const answered = names.map(() => keySet());
  const days = new Map<string, KnownDay>();
  const minutes = new Map<string, { minute: number; alerts: number }>();
  const dayOf = (date: string): KnownDay => {
    const known = days.get(date) ?? { recorded: keySet(), alerted: names.map(() => keySet()) };
    days.set(date, known);
    return known;
  };

  const observeAlert = (event: TrialEvent & { readonly type: 'impression' }, arm: number): void => {
    alerts.add(event.id);
    if (event.patient !== undefined) dayOf(event.day).alerted[arm]?.add(event.patient);
    const unit = event.unitId ?? '';
    const minute = Math.floor(event.at / 60_000);
    const last = minutes.get(unit) ?? { minute, alerts: 0 };
    last.alerts = last.minute === minute ? last.alerts + 1 : 1;
    last.minute = minute;
    minutes.set(unit, last);
    if (last.alerts === burst + 1) count('burst', arm);
  };

  const observeAnswer = (event: TrialEvent & AnswerBase, arm: number): void => {
    answered[arm]?.add(event.impression);
    // An order that was only seen in the record may come before the alert, and be one of many.
    if (event.type === 'order' && event.route === 'window') return;
    if (event.delay < 0) count('answer-before-alert', arm);
    if (event.delay > trial.responseWindow) count('answer-late', arm);
    if (event.type !== 'order' && !answers.add(`${event.type} ${event.impression}`)) {
      count('answer-repeated', arm);
    }
  };

  return {
    observe: (event) => {
      const arm = names.indexOf(event.arm);
      if (!event.randomized || arm < 0 || event.type === 'deviation' || event.type === 'gap')
        return;
      if (isAnswer(event)) observeAnswer(event, arm);
      else {
        if (event.at < trial.startsAt || event.at >= trial.endsAt) count('outside-trial', arm);
        if (event.type === 'impression') observeAlert(event, arm);
      }
      if (event.type === 'patient-days') {
        const isPresent = Math.max(event.calendar, event.midnight, event.elapsed) > 0;
        const isKnown = isPresent && !dayOf(event.day).recorded.add(event.patient);
        if (isKnown && event.amends === undefined) count('patient-day-repeated', arm);
        return;
      }
      if (event.receivedAt - event.at > late) count('received-late', arm);
      if (event.at - event.receivedAt > clockTolerance) count('clock-ahead', arm);
    },
    result: () => {
      // Days after the last that has patient-days have not been brought in yet.
      const last = [...days].reduce(
        (latest, [date, { recorded }]) => (date > latest && !recorded.isEmpty() ? date : latest),
        '',
      );
      const known = [...days].filter(([date]) => date <= last).map(([, each]) => each);
      const atTheEnd: Readonly<Partial<Record<AnomalyCode, readonly number[]>>> = {
        'answer-without-alert': answered.map((set) => alerts.missing(set)),
        'alert-without-patient-day': names.map((_, arm) =>
          sum(known.map(({ recorded, alerted }) => recorded.missing(alerted[arm] ?? keySet()))),
        ),
      };
      return anomalyCodes.flatMap((code) => {
        const list = atTheEnd[code] ?? counts.get(code) ?? [];
        const total = sum(list);
        if (total === 0) return [];
        const arms = names.map((arm, i) => ({ arm, count: list[i] ?? 0 }));
        return [{ code, total, arms, ...anomalyWords[code] }];
      });
    },
  };
}
