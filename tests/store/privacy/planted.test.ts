import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { destination, pino } from 'pino';
import type { Logger } from 'pino';
import { analyze } from '../../../src/analysis/index.ts';
import { alertService } from '../../../src/cds-hooks/index.ts';
import type { Encounter, Patient, Resource } from '../../../src/fhir/index.ts';
import { ingestPatientDays } from '../../../src/fhir/index.ts';
import { isOfType } from '../../../src/fhir/search-bundle.ts';
import { reportHtml } from '../../../src/report/index.ts';
import { backupLedger } from '../../../src/store/embedded/backup.ts';
import { exportLedger } from '../../../src/store/export/export.ts';
import { headToPublish, publishHead } from '../../../src/store/chain/heads.ts';
import type { Store } from '../../../src/store/index.ts';
import { memoryStore, openLog, openStore } from '../../../src/store/index.ts';
import { addKey, readKeyFile } from '../../../src/store/keys/key-file.ts';
import { rekeyLedger } from '../../../src/store/keys/rekey.ts';
import { scan } from '../../../src/store/scan/scan.ts';
import { openSpool } from '../../../src/store/spool/index.ts';
import { base, callBody, noon, orderCard, post, served, trial } from '../../cds-hooks/support.ts';
import { planted, plantedMarks } from '../../planted.ts';
import { inFolder } from '../place.ts';

const patients = 40;
const day = 86_400_000;

/** What a record system knows of a person who does not exist. */
const personOf = (number: number): Patient => ({
  resourceType: 'Patient',
  id: planted('mrn', number),
  birthDate: '1950-01-01',
  name: [{ family: planted('name', number) }],
  telecom: [{ system: 'email', value: `${planted('mail', number)}@example.org` }],
});

const encounterOf = (number: number): Encounter => ({
  resourceType: 'Encounter',
  id: planted('encounter', number),
  status: 'finished',
  class: { code: 'IMP' },
  subject: { reference: `Patient/${planted('mrn', number)}` },
  period: {
    start: new Date(noon - day).toISOString(),
    end: new Date(noon + 2 * day).toISOString(),
  },
});

const source = {
  search: async function* <T extends string>(type: T) {
    const all: readonly Resource[] = Array.from({ length: patients }, (_person, number) =>
      type === 'Patient' ? personOf(number) : encounterOf(number),
    );
    for (const resource of all) if (isOfType(resource, type)) yield resource;
  },
};

const hookCall = (number: number): object => ({
  ...callBody(planted('mrn', number)),
  context: {
    userId: `Practitioner/${planted('clinician', number % 3)}`,
    patientId: planted('mrn', number),
    encounterId: planted('encounter', number),
  },
  fhirServer: `https://ehr.example.org/${planted('mrn', number)}`,
  prefetch: { patient: personOf(number), encounter: encounterOf(number) },
});

/** Alerts, answers, faults and what is malformed, all of them full of identifiers. */
async function runService(store: Store, logger: Logger): Promise<void> {
  await using log = await openLog(trial, store, {
    now: () => noon,
    logger,
    optedOut: [planted('mrn', 5)],
    forced: new Map([[planted('mrn', 6), 'redesign']]),
  });
  const faulty = (): never => {
    throw new Error(`no card for ${planted('mrn', 1)}`);
  };
  const cards = { usual: () => [orderCard('old')], redesign: () => [orderCard('new')] };
  const services = [
    alertService(log, { ...base, cards }),
    alertService(log, { ...base, id: 'broken', cards: { usual: faulty, redesign: faulty } }),
    alertService(log, { ...base, id: 'lost', subject: faulty, cards }),
  ];
  await using server = await served(services, { logger, feedbackDeadline: 5_000 });
  const at = (path: string): string => `${server.url}/cds-services/${path}`;
  for (let number = 0; number < patients; number += 1) {
    const { body } = await post(at('influenza'), hookCall(number));
    const card = body.cards[0]?.uuid;
    if (card === undefined) continue;
    const common = { card, outcomeTimestamp: new Date(noon + 60_000).toISOString() };
    const accepted = { ...common, outcome: 'accepted', acceptedSuggestions: [{ id: 'remind' }] };
    const overrideReason = {
      reason: { code: 'later', system: 'https://example.org/reasons', display: 'Later' },
      userComment: `${planted('name', number)} asked me to wait`,
    };
    const overridden = { ...common, outcome: 'overridden', overrideReason };
    const feedback = [number % 2 === 0 ? accepted : overridden];
    expect((await post(at('influenza/feedback'), { feedback })).status).toBe(200);
  }
  await post(at('broken'), hookCall(1));
  await post(at('lost'), hookCall(2));
  await post(at(planted('mrn', 3)), hookCall(3));
  await post(at('influenza'), { ...hookCall(4), hook: planted('name', 4) });
  await post(at('influenza'), `{"context":"${planted('mrn', 5)}"`);
  await post(at('influenza/feedback'), { feedback: [{ card: planted('mrn', 6), outcome: 'x' }] });
  const assignment = log.assign({ patient: planted('mrn', 7) });
  await log.deviation(assignment, 'arm-failed').settled;
  const counts = await ingestPatientDays(log, source, {
    cutOff: noon + 3 * day,
    eligible: () => true,
  });
  expect(counts.durable).toBe(patients * 4);
  await log.flush();
  expect(log.counters).toMatchObject({ lost: 0 });
}

test('Nothing that is written holds an identifier, whatever form it is given in', async () => {
  await inFolder(async (folder) => {
    const at = (name: string): string => join(folder, name);
    const output = destination({ dest: at('service.log'), sync: true });
    const logger = pino({ level: 'trace' }, output);
    {
      await using store = await openStore(at('ledger.db'));
      await runService(store, logger);

      const key = await readKeyFile(at('ledger.db.key'));
      await using server = memoryStore({ key });
      await using spool = await openSpool(at('spool.db'), {
        upstream: async () => server,
        key,
        logger,
      });
      await runService(spool, logger);

      await exportLedger(store, at('as-ndjson'), { format: 'ndjson' });
      await exportLedger(store, at('as-parquet'), { format: 'parquet' });
      await backupLedger(at('ledger.db'), at('backup.db'));
      const head = await store.seal(trial.fingerprint);
      if (head === undefined) throw new Error('nothing was sealed');
      await publishHead(at('heads'), headToPublish(trial.fingerprint, head));
      const ring = await addKey(at('ledger.db.key'), at('rekeyed.db.key'));
      await using rekeyed = await openStore(at('rekeyed.db'));
      const { copied } = await rekeyLedger(store, rekeyed, { ring });
      expect(copied).toBe(head.last);
      const analysis = await analyze(trial, rekeyed, { asOf: trial.endsAt + 3 * day });
      await writeFile(at('analysis.json'), JSON.stringify(analysis));
      await writeFile(at('report.html'), reportHtml(analysis));

      // With the write-ahead logs of both ledgers, which are still open.
      const report = await scan([folder], { planted: plantedMarks });
      expect(report.findings).toEqual([]);
      expect(report.unseen).toEqual([]);
      expect(report.files).toBeGreaterThan(15);
      expect(report.bytes).toBeGreaterThan(500_000);
    }
    output.end();

    // The scan does see what it looks for, in the very same place.
    await writeFile(at('mistake.log'), JSON.stringify(hookCall(8)));
    const { found } = await scan([folder], { planted: plantedMarks });
    // Where what tests write is kept, nothing of it must be found.
    await rm(at('mistake.log'));
    expect(found).toMatchObject({ planted: 9, email: 1, 'birth-date': 1, 'fhir-reference': 2 });
  });
}, 120_000);
