/** An intraclass correlation from the literature to plan with. */
export interface IccPreset {
  readonly name: string;
  /** What was observed, and where. */
  readonly of: string;
  /** To plan with; not given where only a range was published. */
  readonly value?: number | undefined;
  /** Ends of a range or interval. */
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
  /** What the ends are. */
  readonly ends?: 'range' | '95% interval' | 'quartiles' | undefined;
  /** Correlation of a cluster's values one period apart, where it was published. */
  readonly clusterAutocorrelation?: number | undefined;
  readonly source: string;
}

const IDOCC = 'BMC Res Notes 2015, doi 10.1186/s13104-015-1042-y';
const ENPHC = 'Trials 2020, doi 10.1186/s13063-020-04349-4';
const THIN = 'Trials 2016;17:402';
const P4H = 'Ann Fam Med 2012;10:235';
const DECISIONS = 'practice decision-making trial, BMJ Qual Saf';

/** Published intraclass correlations of practices and clinics. */
export const iccPresets: readonly IccPreset[] = [
  {
    name: 'idocc-all',
    of: 'median of all outcomes, 84 primary care practices, 5140 patients',
    value: 0.056,
    lower: 0,
    upper: 0.173,
    ends: 'range',
    source: IDOCC,
  },
  {
    name: 'idocc-process',
    of: 'median of dichotomous process outcomes, 84 primary care practices',
    value: 0.088,
    source: IDOCC,
  },
  {
    name: 'idocc-clinical',
    of: 'median of continuous clinical outcomes, 84 primary care practices',
    value: 0.035,
    source: IDOCC,
  },
  {
    name: 'enphc-process',
    of: 'process outcomes, 40 clinics in Malaysia',
    lower: 0.01,
    upper: 0.48,
    ends: 'range',
    source: ENPHC,
  },
  {
    name: 'enphc-clinical',
    of: 'clinical outcomes, 40 clinics in Malaysia',
    lower: 0.01,
    upper: 0.09,
    ends: 'range',
    source: ENPHC,
  },
  {
    name: 'thin-hba1c',
    of: 'HbA1c, 430 practices',
    value: 0.032,
    lower: 0.026,
    upper: 0.038,
    ends: '95% interval',
    source: THIN,
  },
  {
    name: 'thin-hba1c-over-time',
    of: 'HbA1c within a period, 430 practices; between periods 0.019',
    value: 0.035,
    clusterAutocorrelation: 0.019 / 0.035,
    source: THIN,
  },
  { name: 'p4h-smoking', of: 'smoking, 61 practices', value: 0.118, source: P4H },
  { name: 'p4h-race', of: 'race, 61 practices', value: 0.265, source: P4H },
  {
    name: 'southampton',
    of: 'median over 17 individually randomised trials in primary care',
    value: 0.016,
    lower: 0,
    upper: 0.03,
    ends: 'quartiles',
    source: 'BMC Med Res Methodol 2020',
  },
  {
    name: 'heart-failure-check',
    of: 'heart failure check, the largest of 12 indicators (0 to 0.22)',
    value: 0.22,
    lower: 0,
    upper: 0.22,
    ends: 'range',
    source: DECISIONS,
  },
  {
    name: 'hypertension-advice',
    of: 'advice on hypertension, one of 12 indicators (0 to 0.22)',
    value: 0.17,
    lower: 0,
    upper: 0.22,
    ends: 'range',
    source: DECISIONS,
  },
];

/**
 * The intraclass correlation of a preset.
 *
 * @throws RangeError when there is none of this name, or only its range is known
 */
export function iccOf(name: string): number {
  const preset = iccPresets.find((one) => one.name === name);
  if (preset === undefined) {
    const names = iccPresets.map((one) => one.name).join(', ');
    throw new RangeError(`no intraclass correlation is known as "${name}"; there are ${names}`);
  }
  if (preset.value === undefined) {
    throw new RangeError(
      `of "${name}" only the range ${preset.lower} to ${preset.upper} is known: take a number from it`,
    );
  }
  return preset.value;
}
