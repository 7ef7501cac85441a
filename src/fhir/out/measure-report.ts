import { derivedId } from '../../events/ids.ts';
import type { Trial } from '../../trial/trial.ts';
import type { ArmCounts, CountedMetric } from './counted.ts';
import { denominatorCode, measureOf, nameOf, notationOf, numeratorCode } from './measure.ts';
import type { Names } from './names.ts';
import { absent, labelsOf, plainText } from './names.ts';
import type { Phase } from './phase.ts';
import type { OutConcept, OutMeasureReport, OutPopulation } from './resources.ts';

/** What a report needs besides the counts. */
export interface MeasureReportOptions {
  readonly metric: CountedMetric;
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly asOf: number;
  readonly phase: Phase;
  readonly names: Names;
  /**
   * The smallest count that is shown, such as 11. Of an arm with a smaller one, and of what is left when
   * a proportion is taken away from its whole, the counts are withheld, and with them the totals, from
   * which they could be had. Default 0: everything is shown.
   */
  readonly smallest?: number | undefined;
}

/**
 * The counts of a measure by arm as a FHIR R4 MeasureReport: numerator and denominator of each arm, and
 * the score that they make. Counts alone: there is no interval and no p value, for R4 has no place for
 * them. Populations are whole numbers in FHIR, so elapsed patient-days are rounded there, and the
 * score is made of what was counted.
 *
 * @see https://hl7.org/fhir/R4/measurereport.html
 */
export function measureReport(
  trial: Trial,
  arms: readonly ArmCounts[],
  { metric, asOf, phase, names, smallest = 0 }: MeasureReportOptions,
): OutMeasureReport {
  const { definition } = metric;
  const small = (arm: ArmCounts): boolean => isSmall(arm, { smallest, kind: definition.kind });
  const anySmall = arms.some(small);
  const totals = {
    numerator: sumOf(arms.map(({ numerator }) => numerator)),
    denominator: sumOf(arms.map(({ denominator }) => denominator)),
  };
  const id = derivedId('fhir', 'MeasureReport', trial.fingerprint, nameOf(metric), String(asOf));
  return {
    resourceType: 'MeasureReport',
    id,
    ...labelsOf(trial, { pseudonyms: false }),
    identifier: [names.identifier('report', id)],
    status: 'complete',
    type: 'summary',
    measure: measureOf(trial, metric, names).url,
    date: new Date(asOf).toISOString(),
    period: {
      start: new Date(Math.min(trial.startsAt, phase.endsAt, asOf)).toISOString(),
      end: new Date(Math.min(phase.endsAt, asOf)).toISOString(),
    },
    improvementNotation: notationOf(metric),
    group: [
      {
        population: populations(totals, anySmall),
        stratifier: [
          {
            code: [{ text: 'Arm' }],
            stratum: arms.map((each) => ({
              value: { text: each.arm },
              population: populations(each, small(each)),
              measureScore: small(each) ? undefined : scoreOf(each, metric),
            })),
          },
        ],
      },
    ],
  };
}

function populations(
  { numerator, denominator }: Pick<ArmCounts, 'numerator' | 'denominator'>,
  withheld: boolean,
): readonly OutPopulation[] {
  const population = (code: OutConcept, value: number): OutPopulation =>
    withheld ? { code, _count: absent('masked') } : { code, count: Math.round(value) };
  return [population(numeratorCode, numerator), population(denominatorCode, denominator)];
}

function isSmall(
  { numerator, denominator }: ArmCounts,
  { smallest, kind }: { readonly smallest: number; readonly kind: 'rate' | 'proportion' },
): boolean {
  const rest = kind === 'proportion' ? [denominator - numerator] : [];
  return [numerator, denominator, ...rest].some((value) => value > 0 && value < smallest);
}

function scoreOf(
  { numerator, denominator }: ArmCounts,
  { definition: { kind, per = 1, title } }: CountedMetric,
): { readonly value: number; readonly unit: string } | undefined {
  if (!(denominator > 0)) return undefined;
  const value = decimal((numerator / denominator) * per);
  return { value, unit: kind === 'proportion' ? 'proportion' : plainText(title) };
}

/** With 15 digits, and without an exponent where one can be avoided. */
function decimal(value: number): number {
  return Number(value.toPrecision(15));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
