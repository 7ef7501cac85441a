/**
 * The alert of `tobacco-rounds.ts`, as a module for `rapidcycle serve --module`. What each arm shows
 * stands in the protocol; a module is needed because no CDS Hooks call says which practice it is from.
 */
import type { AlertService, CdsRequest } from 'rapidcycle/cds-hooks';
import { alertService, contextIds } from 'rapidcycle/cds-hooks';
import type { TrialLog } from 'rapidcycle/store';

/** The id of the organisation that the prefetched encounter belongs to. */
function practiceOf({ prefetch }: CdsRequest): string | undefined {
  const encounter = prefetch?.['encounter'] as
    { readonly serviceProvider?: { readonly reference?: string } } | null | undefined;
  return encounter?.serviceProvider?.reference?.replace(/^Organization\//, '');
}

/** What `rapidcycle serve --module` looks for. */
export function alerts(log: TrialLog): readonly AlertService[] {
  return [
    alertService(log, {
      id: 'tobacco',
      hook: 'patient-view',
      title: 'Tobacco counselling (synthetic example)',
      description: 'Proposes counselling and treatment to patients who smoke',
      prefetch: { encounter: 'Encounter/{{context.encounterId}}' },
      subject: (request) => ({ ...contextIds(request), practice: practiceOf(request) }),
    }),
  ];
}
