import type { OrderMapping, StayMapping } from '../mapping.ts';

/**
 * visit_occurrence of OMOP 5.4: visits of inpatients (9201) and of inpatients who came by the emergency
 * room (262); emergency room visits alone are 9203.
 *
 * Source: OHDSI, Common Data Model 5.4, visit_occurrence.
 */
export const omopVisitOccurrence: Omit<StayMapping, 'zone'> = {
  title: 'visit_occurrence of OMOP 5.4',
  notes: [
    'person_id and visit_occurrence_id are seldom the ids of the health record: see crosswalks',
    'by the conventions of OMOP a time that is not known is midnight, which `midnight` says',
    'of a patient who is still there the end may be the day of the extract',
    'of a 262 the time in the emergency room is part of the visit',
  ],
  kind: 'stays',
  midnight: 'day',
  columns: {
    key: 'visit_occurrence_id',
    patient: 'person_id',
    encounter: 'visit_occurrence_id',
    practice: 'care_site_id',
    from: { at: 'visit_start_datetime', date: 'visit_start_date' },
    to: { at: 'visit_end_datetime', date: 'visit_end_date' },
  },
  where: [{ column: 'visit_concept_id', in: ['9201', '262'], why: 'another kind of visit' }],
  openEnd: 'cut-off',
  longestOpenDays: 90,
  dateOnly: 'reject',
};

/**
 * drug_exposure of OMOP 5.4, those that are prescriptions: `EHR prescription` (32838), and `Prescription
 * written` (38000177) of older vocabularies.
 *
 * Source: OHDSI, Common Data Model 5.4, drug_exposure, and its type concepts.
 */
export const omopDrugExposure: Omit<OrderMapping, 'zone'> = {
  title: 'Prescriptions in drug_exposure of OMOP 5.4',
  notes: [
    'person_id and visit_occurrence_id are seldom the ids of the health record: see crosswalks',
    'orders are not first-class in OMOP: the start of an exposure is taken for the time of its order',
    'drug_concept_id is a concept of OHDSI; drug_source_value is of whatever system the site has: name it',
  ],
  kind: 'orders',
  source: 'omop/drug_exposure',
  midnight: 'day',
  columns: {
    key: 'drug_exposure_id',
    patient: 'person_id',
    encounter: 'visit_occurrence_id',
    placed: { at: 'drug_exposure_start_datetime', date: 'drug_exposure_start_date' },
  },
  codes: [
    { column: 'drug_concept_id', system: 'https://fhir-terminology.ohdsi.org' },
    { column: 'drug_source_value', system: 'urn:rapidcycle:omop:drug_source_value' },
  ],
  where: [{ column: 'drug_type_concept_id', in: ['32838', '38000177'], why: 'no prescription' }],
};
