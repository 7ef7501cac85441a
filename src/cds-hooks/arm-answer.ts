import type { Problem } from '../errors.ts';
import { problemsOf, ProtocolError } from '../errors.ts';
import { cardsPerImpression } from '../events/ids.ts';
import type { Protocol } from '../trial/protocol.ts';
import type { Trial } from '../trial/trial.ts';
import { attempt } from './attempt.ts';
import type { AlertDefinition, CardContext } from './definition.ts';
import { isObject } from './is-object.ts';
import { responseSchema } from './response-schema.ts';
import type { CdsRequest, CdsResponse } from './types.ts';

/** What can go wrong in the code of an arm. */
export type ArmFault = 'arm-failed' | 'arm-late' | 'cards-malformed';

/** What an arm said. */
type ArmAnswer =
  | { readonly status: 'good'; readonly response: CdsResponse }
  | {
      readonly status: 'fault';
      readonly what: ArmFault;
      readonly error?: unknown;
      /** What is malformed but could still be sent. */
      readonly asGiven?: CdsResponse | undefined;
    };

/** Asks an arm what it shows. Never rejects. */
export type AskArm = (arm: string, request: CdsRequest, milliseconds: number) => Promise<ArmAnswer>;

/** Whether something malformed has at least the shape that ids can be put on. */
function isSendable(document: unknown): document is CdsResponse {
  if (!isObject(document)) return false;
  const { cards, systemActions = [] } = document;
  return (
    Array.isArray(cards) &&
    cards.length <= cardsPerImpression &&
    cards.every(
      (card) =>
        isObject(card) &&
        (card['suggestions'] === undefined ||
          (Array.isArray(card['suggestions']) && card['suggestions'].every(isObject))),
    ) &&
    Array.isArray(systemActions)
  );
}

function checked(shown: unknown): ArmAnswer {
  const what = 'cards-malformed';
  let document: unknown;
  try {
    // Through JSON, so that what is checked is what will be sent, whatever the arm does to it later.
    document = JSON.parse(JSON.stringify(Array.isArray(shown) ? { cards: shown } : shown));
  } catch (error) {
    return { status: 'fault', what, error };
  }
  const { data, error } = responseSchema.safeParse(document);
  if (data !== undefined) return { status: 'good', response: data };
  return { status: 'fault', what, error, asGiven: isSendable(document) ? document : undefined };
}

function askData(trial: Trial): AskArm {
  const problems: Problem[] = [];
  const answers = new Map<string, ArmAnswer>();
  trial.arms.forEach((arm, index) => {
    if (arm.silent === true) return;
    const parsed = responseSchema.safeParse(arm.content);
    if (parsed.success) answers.set(arm.name, { status: 'good', response: parsed.data });
    else problems.push(...problemsOf(parsed.error.issues, `arms[${index}].content`));
  });
  if (problems.length > 0) throw new ProtocolError(problems);
  const none: ArmAnswer = { status: 'good', response: { cards: [] } };
  return (arm) => Promise.resolve(answers.get(arm) ?? none);
}

/**
 * How the arms of a trial are asked what they show: by the functions of the definition, or, when it
 * has none, from the contents in the protocol.
 *
 * @throws ProtocolError when the contents are to be served but are not answers of CDS Hooks
 */
export function armsOf<P extends Protocol>(
  trial: Trial<P>,
  cards: AlertDefinition<P>['cards'],
): AskArm {
  if (cards === undefined) return askData(trial);
  const contents = new Map(trial.arms.map(({ name, content }) => [name, content]));
  const table: object =
    typeof cards === 'function'
      ? Object.fromEntries(trial.arms.map(({ name }) => [name, cards]))
      : cards;
  return async (arm, request, milliseconds) => {
    // Looked up by a name that is known at run time only, where the types tell the arms apart.
    const code: (context: CardContext) => unknown = Reflect.get(table, arm);
    const tried = await attempt(milliseconds, (signal) =>
      code({ request, arm, content: contents.get(arm), signal }),
    );
    if (tried.status === 'late') return { status: 'fault', what: 'arm-late' };
    if (tried.status === 'failed')
      return { status: 'fault', what: 'arm-failed', error: tried.error };
    return checked(tried.value);
  };
}
