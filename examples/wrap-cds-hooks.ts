/**
 * Put a CDS Hooks service that exists already on trial, here one in an application of Express: it
 * becomes the control arm as it is, and a variant changes what it answers. The trial stands before its
 * addresses; the rest of the application stays as it was. Then call it as an EHR would. All ids here
 * are invented.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import {
  contextIds,
  createCdsService,
  fromListener,
  toExpress,
  withTrial,
} from 'rapidcycle/cds-hooks';
import { defineTrial } from 'rapidcycle';
import { memoryStore, openLog } from 'rapidcycle/store';

// The application that a hospital has today.
const hospital = express();
hospital.get('/cds-services', (_request, response) => {
  const description = 'Recommends a statin';
  response.json({ services: [{ id: 'statin', hook: 'patient-view', description }] });
});
hospital.post('/cds-services/statin', (_request, response) => {
  response.json({
    cards: [
      {
        summary: 'Statin therapy is recommended for this patient',
        detail: 'Ten-year risk is above 7.5 %. See the guideline for shared decision making.',
        indicator: 'info',
        source: { label: 'Lipid guidance' },
        suggestions: [{ label: 'Order atorvastatin 20 mg' }],
        selectionBehavior: 'any',
      },
    ],
  });
});

const trial = defineTrial({
  algorithm: 'murmur3-32/1',
  id: 'statin-wording',
  round: 1,
  title: 'Does a question get more statins ordered than a statement?',
  unit: 'patient',
  timeZone: 'America/New_York',
  arms: [
    { name: 'usual', weight: 1, content: 'the existing card' },
    { name: 'question', weight: 1, content: 'Start atorvastatin 20 mg today?' },
  ],
  control: 'usual',
  start: '2026-01-01',
  end: '2099-12-31',
  primary: { metric: 'acceptanceRate', better: 'higher' },
  guardrails: [],
  responseWindow: 'PT24H',
  governance: {
    determination: 'synthetic',
    reference: 'an example',
    owner: 'nobody',
    optOut: 'nobody can opt out of an example',
  },
});

await using log = await openLog(trial, memoryStore());

const path = '/cds-services/statin';
const existing = fromListener(hospital, { path });

const alert = withTrial(existing, log, {
  ...(await existing.describe()),
  subject: contextIds,
  arms: {
    question: async (_request, { usual, content }) => {
      const { cards } = await usual();
      return { cards: cards.map((card) => ({ ...card, summary: content })) };
    },
  },
});

const front = express();
front.all([path, `${path}/feedback`], toExpress(createCdsService({ services: [alert] })));
front.use(hospital);
const server = front.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

// What an EHR does.
const post = async (address: string, body: unknown): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${address}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

for (const patientId of ['p-1', 'p-2', 'p-3', 'p-4']) {
  const call = await post(path, {
    hook: 'patient-view',
    hookInstance: crypto.randomUUID(),
    context: { userId: 'Practitioner/c-1', patientId },
  });
  const { cards } = (await call.json()) as { cards: { uuid: string; summary: string }[] };
  const [card] = cards;
  console.log(`${patientId}: ${card?.summary}`);

  const overrideReason = { reason: { system: 'http://example.org/reasons', code: 'later' } };
  const outcomeTimestamp = new Date().toISOString();
  const feedback = [{ card: card?.uuid, outcome: 'overridden', overrideReason, outcomeTimestamp }];
  console.log(`  feedback: ${(await post(`${path}/feedback`, { feedback })).status}`);
}
await log.flush();
console.log(log.counters);
server.closeAllConnections();
server.close();
