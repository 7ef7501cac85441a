import type { OrderMapping, StayMapping } from '../mapping.ts';
import { omopDrugExposure, omopVisitOccurrence } from './omop.ts';
import { pcornetEncounter, pcornetPrescribing, pcornetProcedures } from './pcornet.ts';

/**
 * Mappings of published tables, by the name of the model and the table. Each is whole but for the time zone
 * of the site: `{ ...tablePresets['pcornet-encounter'], zone: 'America/Chicago' }`.
 */
export const tablePresets: {
  readonly 'pcornet-encounter': Omit<StayMapping, 'zone'>;
  readonly 'pcornet-prescribing': Omit<OrderMapping, 'zone'>;
  readonly 'pcornet-procedures': Omit<OrderMapping, 'zone'>;
  readonly 'omop-visit-occurrence': Omit<StayMapping, 'zone'>;
  readonly 'omop-drug-exposure': Omit<OrderMapping, 'zone'>;
} = {
  'pcornet-encounter': pcornetEncounter,
  'pcornet-prescribing': pcornetPrescribing,
  'pcornet-procedures': pcornetProcedures,
  'omop-visit-occurrence': omopVisitOccurrence,
  'omop-drug-exposure': omopDrugExposure,
};
