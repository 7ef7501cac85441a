import { rmSync } from 'node:fs';
import { relative } from 'node:path';
import { analyze } from '../../analysis/index.ts';
import { count } from '../../analysis/text/words.ts';
import { messageOf, UsageError } from '../../errors.ts';
import { fhirSource, ingestPatientDays } from '../../fhir/index.ts';
import { reportHtml } from '../../report/index.ts';
import type { Clinic, RunTally } from '../../simulate/index.ts';
import {
  clinicFromBundles,
  influenzaTrial,
  isAdult,
  makeClinic,
  runClinic,
  serveFhir,
  truthOf,
} from '../../simulate/index.ts';
import { openLog, openStore } from '../../store/index.ts';
import { calendarDay } from '../../trial/calendar.ts';
import { auditLedger, isClean } from '../demo/audit.ts';
import type { DemoFolder } from '../demo/folder.ts';
import { prepareFolder } from '../demo/folder.ts';
import { startService } from '../demo/service-process.ts';
import { storyOf, truthNote } from '../demo/story.ts';
import { progressOn } from '../progress.ts';
import type { Streams } from '../streams.ts';
import { say, tell } from '../streams.ts';
import { writeResult } from './analyze.ts';
import { verifyTrial } from './verify.ts';

export interface DemoArguments {
  readonly out: string;
  readonly seed: string;
  readonly size?: number | undefined;
  /** Folder of FHIR bundles. */
  readonly patients?: string | undefined;
  readonly json: boolean;
}

/** The instant of the analysis: the last response window is over. */
const asOf = influenzaTrial.endsAt + influenzaTrial.responseWindow;

async function clinicOf(
  { seed, size, patients }: DemoArguments,
  streams: Streams,
): Promise<Clinic> {
  if (patients === undefined)
    return makeClinic(size === undefined ? { seed } : { seed, patients: size });
  if (size !== undefined)
    throw new UsageError(
      '--size is for the synthetic record: with --patients the folder says how many there are.',
    );
  try {
    const { clinic, counts } = await clinicFromBundles(patients, { seed });
    tell(
      streams,
      `${patients}: ${counts.patients} patients, of whom ${counts.withStays} with inpatient stays; ${counts.moved} stays were moved into the trial's weeks` +
        ` (left out: ${counts.withoutRoom} without room, ${counts.overlapping} within another, ${counts.withoutPeriod} without a period).`,
    );
    return clinic;
  } catch (cause) {
    throw new UsageError(`The bundles in ${patients} cannot be used: ${messageOf(cause)}`, {
      cause,
    });
  }
}

interface Lived {
  readonly tally: RunTally;
  /** How often the service was killed. */
  readonly restarts: number;
}

/** The weeks of the clinic against the alert service, which is started again if it is killed. */
async function liveThrough(clinic: Clinic, files: DemoFolder, streams: Streams): Promise<Lived> {
  const progress = progressOn(streams, 'Six weeks');
  const abort = new AbortController();
  let ended = 'Interrupted.';
  const service = await startService({
    ...files,
    onRestart: (how, pid) =>
      progress.say(`The alert service ended (${how}) and was started again, process ${pid}.`),
    onEnd: (why) => {
      ended = why;
      abort.abort();
    },
  });
  // Ctrl-C reaches the service as well: it is not to be started again, and the bar is to be put away.
  const interrupt = (): void => {
    abort.abort();
    void service.stop();
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  tell(
    streams,
    `Alert service on ${service.url}, process ${service.pid()}: kill -9 it if you like.`,
  );
  try {
    const tally = await runClinic(clinic, {
      serviceUrl: service.url,
      signal: abort.signal,
      onProgress: ({ at, done, total }) =>
        progress.show(
          done,
          total,
          `${calendarDay(at, clinic.settings.timeZone)}  ${count(done)} of ${count(total)} chart openings`,
        ),
    });
    if (tally.ended === 'aborted') throw new UsageError(ended);
    if (tally.ended !== 'complete') {
      throw new UsageError(`The alert service stopped answering: see ${files.log}.`);
    }
    return { tally, restarts: service.restarts() };
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    progress.end();
    await service.stop();
  }
}

/** Patient-days of everybody who was eligible, read from the FHIR server whatever the arm did. */
async function readPatientDays(clinic: Clinic, files: DemoFolder, streams: Streams): Promise<void> {
  await using fhir = await serveFhir(clinic);
  await using store = await openStore(files.ledger);
  await using log = await openLog(influenzaTrial, store, { now: () => asOf });
  const counts = await ingestPatientDays(log, fhirSource({ baseUrl: fhir.url }), {
    eligible: ({ birthDate }) =>
      birthDate !== undefined && isAdult(birthDate, influenzaTrial.startsAt),
    cutOff: clinic.window.to,
  });
  tell(
    streams,
    `Patient-days from FHIR: ${counts.durable}, of ${counts.eligible} eligible patients among ${counts.patients}.`,
  );
}

/** `rapidcycle demo`: a whole trial, from protocol to verdict. Exit code 1 when the ledger does not hold up. */
export async function demoCommand(options: DemoArguments, streams: Streams): Promise<number> {
  tell(
    streams,
    'A randomised trial of an influenza alert in a SYNTHETIC hospital: none of it happened.',
  );
  const clinic = await clinicOf(options, streams);
  const files = prepareFolder(options.out, influenzaTrial, options.seed);
  try {
    return await runDemo(clinic, files, { json: options.json, streams });
  } finally {
    rmSync(files.lock, { force: true });
  }
}

async function runDemo(
  clinic: Clinic,
  files: DemoFolder,
  { json, streams }: { readonly json: boolean; readonly streams: Streams },
): Promise<number> {
  const begun = performance.now();
  const { tally, restarts } = await liveThrough(clinic, files, streams);
  await readPatientDays(clinic, files, streams);

  await using store = await openStore(files.ledger);
  const analysis = await analyze(influenzaTrial, store, { asOf });
  const truth = truthOf(clinic.settings.truth);
  const [registered] = await store.trials();
  if (registered === undefined) throw new UsageError(`${files.ledger} holds no trial.`);
  const { replayed, disagreements } = await verifyTrial(store, registered, influenzaTrial);
  const summaries = await store.summaries(influenzaTrial.fingerprint);
  const audit = await auditLedger(store, {
    trial: influenzaTrial,
    acknowledged: tally.acknowledged,
    summaries,
  });

  await writeResult(files.analysis, `${JSON.stringify(analysis, null, 2)}\n`);
  await writeResult(files.report, reportHtml(analysis, { note: truthNote(truth) }));
  if (json) {
    say(
      streams,
      JSON.stringify(
        {
          analysis,
          truth,
          audit,
          replay: { replayed, disagreements },
          calls: tally.calls,
          failed: tally.failed,
        },
        null,
        2,
      ),
    );
  } else {
    say(streams);
    for (const line of storyOf(analysis, {
      truth,
      audit,
      replayed,
      disagreements: disagreements.length,
    }))
      say(streams, line);
    say(streams);
    say(
      streams,
      'SYNTHETIC DATA: the figures say what the software does, and nothing of any hospital.',
    );
    say(
      streams,
      `Report: ${relative(process.cwd(), files.report)}   Ledger: ${relative(process.cwd(), files.ledger)}   (${((performance.now() - begun) / 1000).toFixed(0)} s)`,
    );
  }
  return isClean(audit, restarts) && disagreements.length === 0 ? 0 : 1;
}
