import { cardIdentifierSystem } from '../events/card-identifier.ts';
import { cardId, derivedId } from '../events/ids.ts';
import type { AlertDefinition } from './definition.ts';
import { isObject } from './is-object.ts';
import type { Action, Card, Suggestion } from './types.ts';

/** What is put on cards besides their ids, in every arm alike. */
export type CardAdditions = Pick<AlertDefinition, 'overrideReasons' | 'tagOrders'>;

/** The resources that stand for an order and have a list of identifiers, in DSTU2 to R5. */
const orders: ReadonlySet<unknown> = new Set([
  'Appointment',
  'CarePlan',
  'CommunicationRequest',
  'DeviceRequest',
  'DeviceUseRequest',
  'DiagnosticOrder',
  'Immunization',
  'ImmunizationRecommendation',
  'MedicationOrder',
  'MedicationRequest',
  'NutritionOrder',
  'ProcedureRequest',
  'ReferralRequest',
  'RequestGroup',
  'RequestOrchestration',
  'ServiceRequest',
  'SupplyRequest',
  'Task',
  'VisionPrescription',
]);

// Cards of control are sent even when they are malformed, so nothing is taken for granted here.
function tagged(action: Action, value: string): Action {
  if (!isObject(action) || action.type !== 'create' || !isObject(action.resource)) return action;
  const { resource } = action;
  const { identifier = [] } = resource;
  if (!orders.has(resource.resourceType) || !Array.isArray(identifier)) return action;
  const tag = { system: cardIdentifierSystem, value };
  return { ...action, resource: { ...resource, identifier: [...identifier, tag] } };
}

function numbered(
  suggestion: Suggestion,
  card: string,
  options: { readonly index: number; readonly tagOrders: boolean },
): Suggestion {
  const { uuid = derivedId('suggestion', card, String(options.index)), actions } = suggestion;
  return options.tagOrders && Array.isArray(actions)
    ? { ...suggestion, uuid, actions: actions.map((action: Action) => tagged(action, card)) }
    : { ...suggestion, uuid };
}

/**
 * Gives the cards of one impression the ids by which feedback will name them, and what the
 * definition asks to be put on them. Nothing that tells the arm: it would tell the clinician too.
 */
export function numberCards(
  cards: readonly Card[],
  impression: string,
  additions: CardAdditions = {},
): readonly Card[] {
  const { overrideReasons = [], tagOrders = false } = additions;
  return cards.map((card, index) => {
    const uuid = cardId(impression, index);
    const own = card.overrideReasons ?? [];
    return {
      ...card,
      uuid,
      ...(own.length === 0 && overrideReasons.length > 0 ? { overrideReasons } : {}),
      ...(card.suggestions === undefined
        ? {}
        : {
            suggestions: card.suggestions.map((suggestion, place) =>
              numbered(suggestion, uuid, { index: place, tagOrders }),
            ),
          }),
    };
  });
}
