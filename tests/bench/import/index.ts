import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import { parserOptions } from '../../../src/import/csv.ts';
import type { AlertLogMapping, AlertLogReport } from '../../../src/import/index.ts';
import { importAlertLog } from '../../../src/import/index.ts';
import type { Trial } from '../../../src/index.ts';
import { openLog, openStore } from '../../../src/store/index.ts';
import { inFolder } from '../store/place.ts';
import { print } from '../store/print.ts';
import { trialOf } from '../store/workload.ts';
import { writeExtract } from './extract.ts';

const mapping: AlertLogMapping = {
  source: 'synthetic',
  zone: 'America/New_York',
  columns: {
    key: 'ALT_CSN_ID',
    time: 'ALT_ACTION_INST',
    patient: 'PAT_ID',
    encounter: 'PAT_CSN',
    clinician: 'USER_ID',
    practice: 'PATIENT_DEP_ID',
    alert: 'BPA_LOCATOR_ID',
    code: 'ALT_STATUS_C_NAME',
    overrideReason: 'OVERALL_OVR_RSN_C_NAME',
  },
  alerts: { '78000': 'influenza' },
  codes: {
    Overridden: 'overridden',
    Accepted: 'accepted',
    Viewed: 'displayed',
    Filtered: { drop: 'filtered' },
  },
};

const marks = [0.1, 0.5, 1];

/** Seconds that the parser alone takes, by the same options. */
async function parseAlone(file: string): Promise<number> {
  const start = performance.now();
  const parser = parse(parserOptions({ delimiter: ',', longest: 1_048_576 }));
  createReadStream(file, { highWaterMark: 131_072 }).pipe(parser);
  let rows = 0;
  parser.on('data', () => {
    rows += 1;
  });
  await new Promise((resolve, reject) => parser.on('end', resolve).on('error', reject));
  if (rows < 2) throw new Error('the extract is empty');
  return (performance.now() - start) / 1_000;
}

interface Measured {
  readonly seconds: number;
  /** Resident size at each mark, MB. */
  readonly sizes: readonly number[];
  readonly report: AlertLogReport;
}

async function importInto(
  ledger: string,
  { trial, file }: { readonly trial: Trial; readonly file: string },
): Promise<Measured> {
  await using store = await openStore(ledger, { key: '6'.repeat(64) });
  await using log = await openLog(trial, store);
  const sizes: number[] = [];
  const start = performance.now();
  const report = await importAlertLog(log, file, {
    mapping,
    onProgress: ({ bytesRead, bytesTotal }) => {
      const mark = marks[sizes.length];
      if (mark !== undefined && bytesRead >= mark * bytesTotal) {
        sizes.push(process.memoryUsage.rss() / 2 ** 20);
      }
    },
  });
  return { seconds: (performance.now() - start) / 1_000, sizes, report };
}

async function measure(
  folder: string,
  { rows, share }: { readonly rows: number; readonly share: number },
): Promise<void> {
  const trial = trialOf('patient');
  const file = join(folder, `alerts-${share}.csv`);
  await writeExtract(file, { trial, rows, share });
  const { size } = await stat(file);
  const of = share === 1 ? "all of them the trial's alert" : `${100 * share} % the trial's alert`;
  const name = `alert log, ${of}`;
  print(name, `${rows.toLocaleString('en-GB')} rows, ${(size / 2 ** 20).toFixed(0)} MB`);
  // In turn, so that a change of the machine's speed meets both.
  const before = await parseAlone(file);
  const ledger = join(folder, `ledger-${share}.db`);
  const first = await importInto(ledger, { trial, file });
  const after = await parseAlone(file);
  const alone = (before + after) / 2;
  const again = await importInto(ledger, { trial, file });
  const perSecond = (seconds: number): string =>
    `${Math.round(rows / seconds).toLocaleString('en-GB')} rows a second`;
  const times = `${before.toFixed(1)} s before, ${after.toFixed(1)} s after`;
  print(`${name}: parser alone`, `${perSecond(alone)} (${times})`);
  const { report } = first;
  print(
    `${name}: imported`,
    `${perSecond(first.seconds)}, ${(alone / first.seconds).toFixed(2)} of the parser's speed; ${report.imported + report.answers} events`,
    { target: 'at least 0.25', met: alone / first.seconds >= 0.25 },
  );
  print(
    `${name}: imported again`,
    `${perSecond(again.seconds)}, ${again.report.duplicate} of ${report.imported} known`,
    { target: 'nothing new', met: again.report.imported + again.report.answers === 0 },
  );
  const sizes = first.sizes.map((each) => each.toFixed(0)).join(', ');
  print(`${name}: resident size`, `${sizes} MB after 10, 50 and 100 % (meant to be flat)`);
}

/**
 * Measures the import of alert logs beside the parser alone, and prints what came of it: of the log of a
 * whole record system, a fifth of which is the trial's alert, and of one that is nothing else.
 */
export async function benchImport(rows: number): Promise<void> {
  await inFolder(async (folder) => {
    await measure(folder, { rows, share: 0.2 });
    await measure(folder, { rows, share: 1 });
  });
}
