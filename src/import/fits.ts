import type { Problem } from '../errors.ts';
import { ImportError } from '../errors.ts';
import type { Trial } from '../trial/trial.ts';
import type { AlertLogMapping } from './mapping.ts';

/**
 * Checks a mapping against its trial.
 *
 * @throws ImportError when the unit of randomisation or a stratum has no column, or an arm or a stratum
 *   is none of the trial's: with every fault found
 */
export function checkFits(
  { columns, arms = {} }: AlertLogMapping,
  trial: Pick<Trial, 'id' | 'unit' | 'strata' | 'arms'>,
): void {
  const problems: Problem[] = [];
  if (columns[trial.unit] === undefined) {
    const message = `is missing: trial ${trial.id} randomises by ${trial.unit}, so a column must name it`;
    problems.push({ path: `mapping.columns.${trial.unit}`, message });
  }
  for (const name of trial.strata) {
    if (!Object.hasOwn(columns.strata ?? {}, name)) {
      const message = `is missing: trial ${trial.id} has the stratum ${name}, so a column must name it`;
      problems.push({ path: `mapping.columns.strata.${name}`, message });
    }
  }
  for (const name of Object.keys(columns.strata ?? {})) {
    if (!trial.strata.includes(name)) {
      const message = `is no stratum of trial ${trial.id}: leave it out`;
      problems.push({ path: `mapping.columns.strata.${name}`, message });
    }
  }
  const known = trial.arms.map(({ name }) => name);
  for (const [value, arm] of Object.entries(arms)) {
    if (!known.includes(arm)) {
      const message = `"${arm}" is no arm of trial ${trial.id}: its arms are ${known.join(', ')}`;
      problems.push({ path: `mapping.arms.${value}`, message });
    }
  }
  if (problems.length > 0) throw new ImportError(problems);
}
