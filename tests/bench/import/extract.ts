import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Trial } from '../../../src/index.ts';
import { randomStream } from '../../../src/stats/index.ts';

const inpatients = 1_500;
const stayOf = 60;
const clinicians = 900;

const header = [
  'ALT_CSN_ID',
  'ALT_ID',
  'ALERT_DESC',
  'PAT_ID',
  'PAT_CSN',
  'ALT_ACTION_INST',
  'ALT_STATUS_C_NAME',
  'USER_ID',
  'PATIENT_DEP_ID',
  'BPA_LOCATOR_ID',
  'OVERALL_OVR_RSN_C_NAME',
  'SHOWN_PLACE_C_NAME',
];

function clockText(wall: number): string {
  return new Date(wall).toISOString().slice(0, 19).replace('T', ' ');
}

/** What to write. */
export interface Extract {
  readonly trial: Trial;
  readonly rows: number;
  /** How many of them are showings of the trial's alert, from 0 to 1. */
  readonly share: number;
}

/**
 * Writes a synthetic alert log, in order of time: 1,500 inpatients at any one time, each with some sixty
 * showings, of which half are overridden, a tenth accepted, and a seventh filtered out.
 */
export async function writeExtract(file: string, { trial, rows, share }: Extract): Promise<void> {
  const { integer, next } = randomStream('import bench');
  const out = createWriteStream(file, { highWaterMark: 1 << 20 });
  out.write(`${header.join(',')}\n`);
  // Clocks of New York, which are not set back in these weeks.
  const from = trial.startsAt - 4 * 3_600_000;
  const step = (26 * 86_400_000) / rows;
  const stays = Array.from({ length: inpatients }, (_, index) => ({
    number: index,
    left: 1 + integer(stayOf),
  }));
  let stay = inpatients;
  for (let row = 0; row < rows; row += 1) {
    const bed = integer(inpatients);
    let patient = stays[bed];
    if (patient === undefined || patient.left === 0) {
      patient = { number: (stay += 1), left: 2 * stayOf };
      stays[bed] = patient;
    }
    patient.left -= 1;
    const draw = next();
    const status =
      draw < 0.5 ? 'Overridden' : draw < 0.6 ? 'Accepted' : draw < 0.75 ? 'Filtered' : 'Viewed';
    const line = [
      900_000_000 + row,
      400_000_000 + integer(50_000_000),
      '"Influenza vaccine, inpatient"',
      `Z${1_000_000 + patient.number}`,
      20_000_000 + patient.number * 7,
      clockText(from + row * step),
      status,
      `U${1_000 + ((patient.number + integer(6)) % clinicians)}`,
      10_000 + (patient.number % 150),
      next() < share ? 78_000 : 78_001 + integer(40),
      status === 'Overridden' ? 'Not clinically appropriate' : '',
      'Order Entry',
    ];
    if (!out.write(`${line.join(',')}\n`)) await once(out, 'drain');
  }
  out.end();
  await finished(out);
}
