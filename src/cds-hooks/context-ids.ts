import type { CdsRequest } from './types.ts';

/** The ids that the context of a call can hold. The practice is not among them. */
export interface ContextIds {
  readonly patient: string | undefined;
  readonly clinician: string | undefined;
  readonly encounter: string | undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * The ids in the context of a call, as they are written there. A patient or a relative who looks at
 * the chart is no clinician.
 *
 * @example
 * subject: (request) => ({ ...contextIds(request), practice: practiceOf(request) })
 */
export function contextIds({ context }: CdsRequest): ContextIds {
  const user = textOf(context['userId']);
  return {
    patient: textOf(context['patientId']),
    clinician: user === undefined || /^(?:Patient|RelatedPerson)\//.test(user) ? undefined : user,
    encounter: textOf(context['encounterId']),
  };
}
