import * as z from 'zod';
import type { Problem } from '../errors.ts';
import { ImportError, problemsOf } from '../errors.ts';
import type { Coding } from './event.ts';
import type { NonAdherenceCode } from './non-adherence.ts';
import { isNonAdherenceCode, nonAdherenceCategories, nonAdherenceSystem } from './non-adherence.ts';

/** What one of the site's own reasons is among HL7's. */
export interface OverrideMapping {
  /** As on the reason: a reason without a system is told by an entry without one, and by no other. */
  readonly system?: string | undefined;
  readonly code: string;
  /** One of HL7's codes, or a category alone. */
  readonly means: NonAdherenceCode;
}

/** The site's own reasons for overriding an alert, as far as they are among HL7's. */
export type OverrideMap = readonly OverrideMapping[];

/** What a reason is among HL7's: undefined where neither it nor the map says so. Nothing is guessed. */
export type MeaningOf = (reason: Coding) => NonAdherenceCode | undefined;

const keyOf = ({ system, code }: Pick<Coding, 'system' | 'code'>): string =>
  JSON.stringify([system ?? null, code]);

/** Reads a map. A reason that is HL7's means itself. */
export function meaningsIn(map: OverrideMap = []): MeaningOf {
  const known = new Map(map.map((entry) => [keyOf(entry), entry.means]));
  return (reason) => {
    if (reason.system !== nonAdherenceSystem) return known.get(keyOf(reason));
    return isNonAdherenceCode(reason.code) ? reason.code : undefined;
  };
}

const text = z.string().max(512);
const entry = z.strictObject({
  // A cell of a CSV file that is empty says that there is none.
  system: text.optional(),
  code: text.min(1, 'must be the code of a reason'),
  means: text.refine(isNonAdherenceCode, {
    error: () => `must be one of HL7's codes: ${[...nonAdherenceCategories.keys()].join(', ')}`,
  }),
  display: z.string().optional(),
});

/**
 * Reads a map from JSON, or from the rows of a CSV file by the names of its columns: a list of
 * `{ system, code, means }`, and with a `display` for those who read it. Everything in it is checked: a
 * code that HL7 does not have, a reason that stands there twice, a reason that is HL7's already.
 *
 * @example
 * overrideMapFrom([
 *   { system: 'https://hospital.example/override-reasons', code: '3', means: 'action-completed' },
 *   { code: 'OTHER UNIT', means: 'cds-suboptimal-context' },
 * ]);
 *
 * @throws ImportError with every fault found
 */
export function overrideMapFrom(document: unknown): OverrideMap {
  const parsed = z
    .array(entry, { error: 'must be a list of { system, code, means }' })
    .safeParse(document);
  if (!parsed.success) throw new ImportError(problemsOf(parsed.error.issues, 'overrides'));
  const map = parsed.data.map(({ system, code, means }): OverrideMapping =>
    system === undefined || system === '' ? { code, means } : { system, code, means },
  );
  const problems = repeated(map);
  if (problems.length > 0) throw new ImportError(problems);
  return map;
}

function repeated(map: OverrideMap): readonly Problem[] {
  const first = new Map<string, number>();
  return map.flatMap((each, i): readonly Problem[] => {
    const path = `overrides[${i}].code`;
    if (each.system === nonAdherenceSystem) {
      return [{ path, message: 'is one of the system of HL7, which means itself: leave it out' }];
    }
    const before = first.get(keyOf(each));
    if (before === undefined) {
      first.set(keyOf(each), i);
      return [];
    }
    const same = map[before]?.means === each.means;
    return [
      {
        path,
        message: `stands at overrides[${before}] already, ${same ? 'meaning the same: leave one out' : `meaning ${String(map[before]?.means)}: keep one of them`}`,
      },
    ];
  });
}
