import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';

interface Counts {
  readonly successes: number;
  readonly n: number;
}

type Pair = readonly [number, number];

interface Percentages {
  readonly armPercent: number;
  readonly controlPercent: number;
}

interface Table<Published, Computed> {
  readonly arm: Counts;
  readonly control: Counts;
  readonly published: Percentages & Published;
  readonly computed: Computed;
}

type Sourced<T> = T & { readonly source: string };

interface ClusterT {
  readonly estimate: number;
  readonly interval: Pair;
  readonly published: number;
  readonly computed: {
    readonly standardError?: number;
    readonly statistic: number;
    readonly pValue: number;
  };
}

interface Published {
  readonly elaia: Sourced<Table<{ readonly riskRatio: number }, undefined>>;
  readonly freeText: Sourced<
    Table<
      { readonly pValue: number },
      {
        readonly chiSquared: number;
        readonly pValue: number;
        readonly fisher: number;
        readonly yates: number;
        readonly difference: number;
        readonly interval: Pair;
      }
    >
  >;
  readonly hardStop: Sourced<
    Table<
      { readonly oddsRatio: number; readonly clusteredInterval: Pair },
      { readonly desired: number; readonly reorder: number; readonly naiveInterval: Pair }
    >
  >;
  readonly warfarin: Sourced<
    Table<object, { readonly arm: number; readonly control: number; readonly pValue: number }>
  >;
  readonly interactions: Sourced<{
    readonly found: number;
    readonly shown: readonly {
      readonly what: string;
      readonly count: number;
      readonly onePer: number;
    }[];
    readonly monitoring: Table<object, { readonly riskRatio: number; readonly interval: Pair }>;
    readonly hyperkalaemia: Table<
      { readonly pValue: number },
      { readonly fisher: number; readonly chiSquared: number }
    >;
  }>;
  readonly reduce: Sourced<{
    readonly arm: { readonly events: number; readonly exposure: number };
    readonly control: { readonly events: number; readonly exposure: number };
    readonly published: {
      readonly armPer1000: number;
      readonly controlPer1000: number;
      readonly adjustedRatio: number;
      readonly interval: Pair;
      readonly pValue: number;
    };
    readonly computed: {
      readonly crudeRatio: number;
      readonly naiveInterval: Pair;
      readonly standardError: number;
      readonly statistic: number;
      readonly pValue: number;
      readonly inflation: number;
    };
  }>;
  readonly ecrt: Sourced<{
    readonly practices: number;
    readonly proportion: ClusterT;
    readonly rate: ClusterT;
  }>;
  readonly choosingWisely: Sourced<{
    readonly rows: readonly {
      readonly percent: number;
      readonly n: number;
      readonly interval: Pair;
    }[];
  }>;
  readonly allergy: Sourced<{
    readonly alerts: number;
    readonly patients: number;
    readonly perPatient: number;
  }>;
  readonly shares: readonly Sourced<Counts & { readonly percent: number }>[];
  readonly clickbusters: Sourced<{
    readonly firings: number;
    readonly percent: number;
    readonly saved: number;
    readonly publishedMoreThan: number;
  }>;
  readonly suppression: Sourced<{
    readonly before: number;
    readonly shown: readonly number[];
    readonly hidden: number;
    readonly publishedPercent: number;
    readonly ofBeforePercent: number;
  }>;
  readonly tutorial: Sourced<{
    readonly icc: number;
    readonly clusters: number;
    readonly effect: number;
    readonly rows: readonly {
      readonly meanSize: number;
      readonly designEffect: number;
      readonly worth: number;
      readonly powerPercent: number;
      readonly computedPower: number;
    }[];
  }>;
  readonly fivefold: Sourced<{
    readonly icc: number;
    readonly meanSize: number;
    readonly designEffect: number;
  }>;
  readonly suicideRisk: Sourced<
    Table<
      { readonly oddsRatio: number },
      { readonly oddsRatio: number; readonly naiveInterval: Pair }
    > & { readonly encounters: number }
  >;
  readonly promptHeartFailure: Sourced<
    Table<
      object,
      { readonly riskRatio: number; readonly difference: number; readonly numberNeeded: number }
    > & { readonly patients: number }
  >;
  readonly sampleRatios: readonly {
    readonly what: string;
    readonly counts: Pair;
    readonly pValue: number;
  }[];
  readonly totals: readonly Sourced<{ readonly parts: Pair; readonly total: number }>[];
}

/** Inputs and results that papers print, and what follows from their inputs. */
export const published: Published = JSON.parse(
  readFileSync(new URL('published.json', import.meta.url), 'utf8'),
) as Published;

/** A number that rounds to what was printed; `digits` where JSON drops a last 0. */
export function expectPrinted(
  got: number,
  printed: number,
  { digits = String(printed).split('.')[1]?.length ?? 0 }: { readonly digits?: number } = {},
): void {
  expect(got.toFixed(digits)).toBe(printed.toFixed(digits));
}

/** The estimate, or a failure that says why there is none. */
export function made<T extends object>(
  result:
    ({ readonly estimable: true } & T) | { readonly estimable: false; readonly reason: string },
): T {
  if (!result.estimable) throw new Error(result.reason);
  return result;
}
