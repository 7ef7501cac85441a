import type { AlertService, CdsRequest } from '../../cds-hooks/index.ts';
import { alertService, contextIds } from '../../cds-hooks/index.ts';
import { RequestError } from '../../errors.ts';
import type { AlertContent, CardContent, InfluenzaProtocol } from '../../simulate/index.ts';
import { influenzaAlert, isAdult, placeOf } from '../../simulate/index.ts';
import type { TrialLog } from '../../store/index.ts';

/** A prefetched resource. */
function prefetched({ prefetch }: CdsRequest, key: string): object {
  const resource = prefetch?.[key];
  if (typeof resource !== 'object' || resource === null) {
    throw new RequestError(`The alert needs the prefetch "${key}".`, { status: 412 });
  }
  return resource;
}

/** A field of a resource. */
function field(resource: object, name: string): unknown {
  return Object.entries(resource).find(([key]) => key === name)?.[1];
}

/** The card with a draft order behind each suggestion, which names the patient. */
function withOrders(card: CardContent, patient: string | undefined) {
  return {
    ...card,
    suggestions: card.suggestions.map((suggestion) => ({
      ...suggestion,
      actions: [
        {
          type: 'create' as const,
          description: suggestion.label,
          resource: {
            resourceType: 'MedicationRequest',
            status: 'draft',
            intent: 'order',
            subject: { reference: `Patient/${patient ?? ''}` },
            medicationCodeableConcept: {
              coding: [card.source.topic],
              text: card.source.topic.display,
            },
          },
        },
      ],
    })),
  };
}

function cardsFor(content: AlertContent, request: CdsRequest) {
  const place = placeOf(request.prefetch?.['encounter']);
  if (place !== undefined && content.quietIn.includes(place)) return [];
  return content.cards.map((card) => withOrders(card, contextIds(request).patient));
}

/** The influenza alert of the demonstration, as a module for `rapidcycle serve --module`. */
export function alerts(log: TrialLog<InfluenzaProtocol>): readonly AlertService[] {
  return [
    alertService(log, {
      id: influenzaAlert,
      hook: 'patient-view',
      title: 'Influenza vaccination (synthetic demonstration)',
      description: 'Reminds of the influenza vaccine for adults in hospital',
      prefetch: {
        patient: 'Patient/{{context.patientId}}',
        encounter: 'Encounter/{{context.encounterId}}',
      },
      subject: contextIds,
      eligible: (request) => {
        const birthDate = field(prefetched(request, 'patient'), 'birthDate');
        const inpatient = field(prefetched(request, 'encounter'), 'class');
        return (
          typeof inpatient === 'object' &&
          inpatient !== null &&
          field(inpatient, 'code') === 'IMP' &&
          typeof birthDate === 'string' &&
          isAdult(birthDate, log.trial.startsAt)
        );
      },
      cards: ({ content, request }) => cardsFor(content, request),
    }),
  ];
}
