import { firstEvent } from './first-event.ts';
import { formats } from './format.ts';
import type { ExportedSums, ExportedTrial } from './manifest.ts';
import type { Content, Run } from './run.ts';
import { pathOf, writeContent } from './run.ts';

async function replaceSums(
  run: Run,
  trial: ExportedTrial,
  { table, content }: { readonly table: string; readonly content: Content },
): Promise<ExportedSums> {
  const { fingerprint, through, missing } = trial;
  // Asked when they have been made: nothing new now means nothing new then.
  const next = await firstEvent(run.store, { trial: fingerprint, after: through });
  const path = pathOf(trial, { table, file: `part.${run.format}` });
  const file = await writeContent(run, path, content);
  return { ...file, through, exact: next === undefined && missing === 0 };
}

/** Exports the unit summaries of a trial, in the place of those before. */
export async function exportSummaries(run: Run, trial: ExportedTrial): Promise<ExportedSums> {
  const { fingerprint } = trial;
  const rows = await run.store.summaries(fingerprint);
  const bytes = await formats[run.format].summaries(fingerprint, rows);
  return replaceSums(run, trial, { table: 'unit_summary', content: { bytes, rows: rows.length } });
}

/** Exports the sums of the unit days of a trial, in the place of those before. */
export async function exportUnitDays(run: Run, trial: ExportedTrial): Promise<ExportedSums> {
  const { fingerprint } = trial;
  const rows = await run.store.unitDays(fingerprint);
  const bytes = await formats[run.format].unitDays(fingerprint, rows);
  return replaceSums(run, trial, { table: 'unit_day', content: { bytes, rows: rows.length } });
}
