import { influenzaProtocol } from './influenza.ts';

/** What is true of a clinic because it was set. */
export interface ClinicTruth {
  /** Firings of the usual alert on each calendar day that an eligible patient is in hospital. */
  readonly firingsPerPatientDay: number;
  /** Share of chart openings in procedural areas, from 0 to below 1: the true rate ratio is `1 - quietShare`. */
  readonly quietShare: number;
  /** Probability that a firing of the usual alert is accepted within the response window, over all places. */
  readonly acceptance: number;
  /** The same in procedural areas, where few have time for it. */
  readonly proceduralAcceptance: number;
  /** What the redesigned card adds to the probability, at every clinician, in every place and on every day. */
  readonly cardEffect: number;
}

/** How patients, wards and clinicians differ. Spreads are coefficients of variation. */
export interface ClinicSpread {
  /** Of patients in how often their chart is opened. */
  readonly patients: number;
  /** Of wards in how often charts are opened. */
  readonly wards: number;
  /** Of clinicians of one ward in how readily they accept. */
  readonly clinicians: number;
  /** Of wards in how readily their clinicians accept. */
  readonly wardHabits: number;
}

/** A synthetic hospital. The same settings give the same hospital, on every machine. */
export interface ClinicSettings {
  readonly seed: string | number;
  /** Persons in the record; about seven in ten are in hospital at some time of the window. */
  readonly patients: number;
  readonly clinicians: number;
  /** Wards, which are the practices of a trial by practice. */
  readonly wards: number;
  /** IANA name. */
  readonly timeZone: string;
  /** First day that is simulated, `YYYY-MM-DD` in the time zone. */
  readonly start: string;
  /** Last day. */
  readonly end: string;
  readonly truth: ClinicTruth;
  readonly spread: ClinicSpread;
  /** Relative fall of acceptance in each two weeks, centred on the window. Embi & Leonard 2012: 0.027. */
  readonly fatigue: number;
  /** Share of persons under 18, who are not eligible. */
  readonly minors: number;
  /** Share of persons with a second stay. */
  readonly readmission: number;
  /** Days: the median of the lognormal lengths of stay. */
  readonly medianStay: number;
  /** Standard deviation of the logarithm of the length of stay. */
  readonly stayShape: number;
  /** Share of chart openings that call the alert service two or three times. */
  readonly repeats: number;
  /** Of the firings that are not accepted, the share that is overridden with a reason; the rest is ignored. */
  readonly overridden: number;
  /** The summary by which a reader knows the redesigned card. */
  readonly redesignedCard: string;
}

/** What of a clinic can be set; everything has a default. */
export type ClinicChoices = Partial<Omit<ClinicSettings, 'truth' | 'spread'>> & {
  readonly truth?: Partial<ClinicTruth> | undefined;
  readonly spread?: Partial<ClinicSpread> | undefined;
};

/** The hospital of the demonstration: about 1,000 admissions and 4,300 patient-days in six weeks. */
export const defaultClinic: ClinicSettings = {
  seed: 'rapidcycle-demo',
  patients: 1_320,
  clinicians: 60,
  wards: 12,
  timeZone: influenzaProtocol.timeZone,
  start: influenzaProtocol.start,
  end: influenzaProtocol.end,
  truth: {
    firingsPerPatientDay: 5,
    quietShare: 0.35,
    acceptance: 0.12,
    proceduralAcceptance: 0.03,
    cardEffect: 0.015,
  },
  spread: { patients: 0.5, wards: 0.2, clinicians: 0.4, wardHabits: 0.15 },
  fatigue: 0.027,
  minors: 0.08,
  readmission: 0.1,
  medianStay: 3.5,
  stayShape: 0.75,
  repeats: 0.2,
  overridden: 0.55,
  redesignedCard: influenzaProtocol.arms[1].content.cards[0]?.summary ?? '',
};

function requireCount(name: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 1)) {
    throw new RangeError(`${name} must be a whole number, 1 or more, got ${value}`);
  }
}

function requireBetween(name: string, value: number, [low, high]: readonly [number, number]): void {
  if (!(value >= low && value <= high)) {
    throw new RangeError(`${name} must be between ${low} and ${high}, got ${value}`);
  }
}

/**
 * Fills in the defaults and checks the ranges.
 *
 * @throws RangeError when a setting is out of its range
 */
export function clinicSettings(choices: ClinicChoices = {}): ClinicSettings {
  const settings: ClinicSettings = {
    ...defaultClinic,
    ...choices,
    truth: { ...defaultClinic.truth, ...choices.truth },
    spread: { ...defaultClinic.spread, ...choices.spread },
  };
  requireCount('patients', settings.patients);
  requireCount('clinicians', settings.clinicians);
  requireCount('wards', settings.wards);
  if (settings.clinicians < settings.wards) {
    throw new RangeError(
      `every ward needs a clinician: ${settings.clinicians} clinicians are too few for ${settings.wards} wards`,
    );
  }
  const { truth, spread } = settings;
  requireBetween('truth.firingsPerPatientDay', truth.firingsPerPatientDay, [0, 100]);
  requireBetween('truth.quietShare', truth.quietShare, [0, 0.99]);
  requireBetween('truth.acceptance', truth.acceptance, [0, 1]);
  requireBetween('truth.proceduralAcceptance', truth.proceduralAcceptance, [0, 1]);
  requireBetween('truth.cardEffect', truth.cardEffect, [-1, 1]);
  for (const [name, value] of Object.entries(spread))
    requireBetween(`spread.${name}`, value, [0, 2]);
  for (const name of ['minors', 'readmission', 'repeats', 'overridden'] as const) {
    requireBetween(name, settings[name], [0, 1]);
  }
  requireBetween('fatigue', settings.fatigue, [0, 0.5]);
  requireBetween('medianStay', settings.medianStay, [0.1, 20]);
  requireBetween('stayShape', settings.stayShape, [0, 2]);
  return settings;
}
