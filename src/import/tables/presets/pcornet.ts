import type { OrderMapping, StayMapping } from '../mapping.ts';

const cpt = 'http://www.ama-assn.org/go/cpt';
const hcpcs = 'http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets';

/**
 * ENCOUNTER of PCORnet's Common Data Model: stays of inpatients (`IP`, and `EI` for those who came by the
 * emergency department), in non-acute institutions (`IS`) and under observation (`OS`).
 *
 * Source: PCORnet Common Data Model specification, versions 6.1 and 7.0.
 */
export const pcornetEncounter: Omit<StayMapping, 'zone'> = {
  title: 'ENCOUNTER of the PCORnet Common Data Model',
  notes: [
    'PATID and ENCOUNTERID are seldom the ids of the health record: see crosswalks',
    'of an EI the time in the emergency department is part of the stay',
    'where a site writes ADMIT_TIME as 00:00 when it does not know it, leave that column out',
  ],
  kind: 'stays',
  columns: {
    key: 'ENCOUNTERID',
    patient: 'PATID',
    encounter: 'ENCOUNTERID',
    practice: 'FACILITYID',
    from: { date: 'ADMIT_DATE', time: 'ADMIT_TIME' },
    to: { date: 'DISCHARGE_DATE', time: 'DISCHARGE_TIME' },
  },
  where: [{ column: 'ENC_TYPE', in: ['IP', 'EI', 'IS', 'OS'], why: 'another ENC_TYPE' }],
  openEnd: 'cut-off',
  longestOpenDays: 90,
  dateOnly: 'reject',
};

/**
 * PRESCRIBING of PCORnet's Common Data Model: orders of providers in any setting.
 *
 * Source: PCORnet Common Data Model specification, versions 6.1 and 7.0.
 */
export const pcornetPrescribing: Omit<OrderMapping, 'zone'> = {
  title: 'PRESCRIBING of the PCORnet Common Data Model',
  notes: [
    'PATID and ENCOUNTERID are seldom the ids of the health record: see crosswalks',
    'times are told in minutes: an order of the minute of an alert is a possible one only',
  ],
  kind: 'orders',
  source: 'pcornet/PRESCRIBING',
  columns: {
    key: 'PRESCRIBINGID',
    patient: 'PATID',
    encounter: 'ENCOUNTERID',
    placed: { date: 'RX_ORDER_DATE', time: 'RX_ORDER_TIME' },
  },
  codes: [{ column: 'RXNORM_CUI', system: 'http://www.nlm.nih.gov/research/umls/rxnorm' }],
};

/**
 * PROCEDURES of PCORnet's Common Data Model, those that come from orders (`PX_SOURCE` `OD`).
 *
 * Source: PCORnet Common Data Model specification, versions 6.1 and 7.0.
 */
export const pcornetProcedures: Omit<OrderMapping, 'zone'> = {
  title: 'Ordered procedures in PROCEDURES of the PCORnet Common Data Model',
  notes: [
    'PATID and ENCOUNTERID are seldom the ids of the health record: see crosswalks',
    'dates have no times: an order of the day of an alert is a possible one only',
    'CH does not tell CPT and HCPCS apart: a code of either counts',
  ],
  kind: 'orders',
  source: 'pcornet/PROCEDURES',
  columns: {
    key: 'PROCEDURESID',
    patient: 'PATID',
    encounter: 'ENCOUNTERID',
    placed: { date: 'PX_DATE' },
  },
  codes: [
    {
      column: 'PX',
      type: 'PX_TYPE',
      systems: {
        CH: [cpt, hcpcs],
        LC: ['http://loinc.org'],
        ND: ['http://hl7.org/fhir/sid/ndc'],
        '10': ['http://www.cms.gov/Medicare/Coding/ICD10'],
      },
    },
  ],
  where: [{ column: 'PX_SOURCE', in: ['OD'], why: 'not from an order' }],
};
