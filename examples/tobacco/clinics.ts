/** The synthetic practices of `tobacco-rounds.ts`, and the record system in which they live. */
import { poisson, randomStream } from 'rapidcycle/stats';

/** A practice with what is known of it before the trial. */
export interface Practice {
  readonly id: string;
  /** Expected visits of patients who smoke, in four weeks. */
  readonly size: number;
  /** Accepted per alert in the quarter before. */
  readonly baselineRate: number;
  readonly region: 'north' | 'south' | 'islands';
  /** What `baselineRate` is an estimate of; nobody knows it but the simulation. */
  readonly habit: number;
}

/** What is simulated: accepted per alert, over the usual framing. Invented. */
export const truth = { rule: 0, evidence: 0.13, payment: 0.05 } as const;

export type Framing = keyof typeof truth;

export const messages: Readonly<Record<Framing, string>> = {
  rule: 'Our policy asks for tobacco counselling at every visit',
  evidence: 'Counselling today doubles the chance that this patient will quit',
  payment: 'Tobacco counselling of three minutes and more is paid for',
};

/** What a message adds to the chance that it is accepted. */
function liftOf(message: string): number {
  const framing = (Object.keys(truth) as Framing[]).find((name) => messages[name] === message);
  return framing === undefined ? 0 : truth[framing];
}

const random = randomStream('tobacco practices');

function practiceNumber(n: number): Practice {
  const habit = 0.2 + 0.05 * random.normal();
  return {
    id: `practice-${String(n).padStart(2, '0')}`,
    size: 30 + random.integer(41),
    baselineRate: Number((habit + 0.01 * random.normal()).toFixed(3)),
    region: (['north', 'south', 'north', 'south', 'islands'] as const)[n % 5] ?? 'north',
    habit,
  };
}

/** The practices that are known when the trial is planned. */
export const practices: readonly Practice[] = Array.from({ length: 24 }, (_, i) =>
  practiceNumber(i + 1),
);

/** One that joins once the list has been made. */
export const latecomer: Practice = practiceNumber(25);

/** A visit of a patient who smokes. */
export interface Visit {
  readonly practice: string;
  readonly patient: string;
  readonly clinician: string;
  /** `YYYY-MM-DD` where the practices are. */
  readonly day: string;
}

/** Answers a request, over the network or in the process; `x-simulated-time` says what time it is. */
export type Service = (request: Request) => Promise<Response>;

/** What the alert service is to be told of a card. */
interface Answer {
  readonly card: string;
  readonly outcome: 'accepted' | 'overridden';
  readonly outcomeTimestamp: string;
  readonly acceptedSuggestions?: readonly { readonly id: string }[];
  readonly overrideReason?: { readonly reason: { readonly code: string } };
}

interface Card {
  readonly uuid: string;
  readonly summary: string;
  readonly suggestions: readonly { readonly uuid: string }[];
}

/** Where and when practices are lived through. */
export interface Weeks {
  /** Base URL of the alert service. */
  readonly url: string;
  readonly service: Service;
  /** The Monday on which the first week begins. */
  readonly from: string;
  readonly weeks: number;
}

/**
 * Lets practices live some weeks: each opening of a chart calls the alert service, and clinicians
 * accept, override or ignore what it shows. They know nothing of arms, only what stands on the card.
 */
export async function live(
  list: readonly Practice[],
  { url, service, from, weeks }: Weeks,
): Promise<readonly Visit[]> {
  const stream = randomStream(['tobacco', from]);

  const post = async (path: string, at: number, body: object): Promise<Response> => {
    const headers = {
      'content-type': 'application/json',
      'x-simulated-time': new Date(at).toISOString(),
    };
    const response = await service(
      new Request(`${url}/cds-services/tobacco${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      }),
    );
    if (!response.ok) throw new Error(`The service answered ${response.status}.`);
    return response;
  };

  const openChart = async (visit: Visit, at: number): Promise<Card | undefined> => {
    const { practice, patient, clinician } = visit;
    const response = await post('', at, {
      hook: 'patient-view',
      hookInstance: crypto.randomUUID(),
      context: {
        userId: `Practitioner/${clinician}`,
        patientId: patient,
        encounterId: patient,
      },
      prefetch: { encounter: { serviceProvider: { reference: `Organization/${practice}` } } },
    });
    const { cards } = (await response.json()) as { readonly cards: readonly Card[] };
    return cards[0];
  };

  /** What a clinician makes of a card; `undefined` when it is ignored, which nobody reports. */
  const answer = (card: Card, habit: number, at: number): Answer | undefined => {
    const [mood, patience, pause] = [stream.next(), stream.next(), stream.next()];
    const answeredAt = new Date(at + 3_000 + Math.round(60_000 * pause * pause));
    const head = { card: card.uuid, outcomeTimestamp: answeredAt.toISOString() };
    if (mood < habit + liftOf(card.summary)) {
      const acceptedSuggestions = card.suggestions.map(({ uuid }) => ({ id: uuid }));
      return { ...head, outcome: 'accepted', acceptedSuggestions };
    }
    if (patience > 0.7) return undefined;
    const reason = { code: patience < 0.4 ? 'no-time' : 'refused' };
    return { ...head, outcome: 'overridden', overrideReason: { reason } };
  };

  const visits: Visit[] = [];
  for (let date = 0; date < 7 * weeks; date += 1) {
    if (date % 7 > 4) continue;
    const opens = Date.parse(`${from}T14:00:00Z`) + date * 86_400_000;
    const day = new Date(opens).toISOString().slice(0, 10);
    const answers: Answer[] = [];
    for (const { id, size, habit } of list) {
      const count = poisson.quantile(stream.next(), size / 20);
      for (let n = 1; n <= count; n += 1) {
        const visit = {
          practice: id,
          patient: `${id}, ${day}, ${n}`,
          clinician: `${id}, ${n % 3}`,
          day,
        };
        visits.push(visit);
        // Until it is accepted, the alert may come again within the visit.
        for (let firing = 0; firing < 3; firing += 1) {
          const at = opens + (30 * n + 5 * firing) * 60_000;
          const card = await openChart(visit, at);
          if (card === undefined) break;
          const given = answer(card, habit, at);
          if (given !== undefined) answers.push(given);
          if (given?.outcome === 'accepted' || stream.next() > 0.3) break;
        }
      }
    }
    if (answers.length > 0) await post('/feedback', opens + 36_000_000, { feedback: answers });
  }
  return visits;
}
