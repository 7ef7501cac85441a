import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { contextIds } from '../../src/cds-hooks/context-ids.ts';
import { createCdsService } from '../../src/cds-hooks/handler.ts';
import { jwtAuthorizer } from '../../src/cds-hooks/jwt/authorizer.ts';
import type { CdsServer } from '../../src/cds-hooks/serve.ts';
import { serveCds } from '../../src/cds-hooks/serve.ts';
import { alertService } from '../../src/cds-hooks/service.ts';
import type { Store, TrialLog } from '../../src/store/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { planted } from '../planted.ts';
import { trialWith } from '../trials.ts';
import { installed, startBrowser } from './browser.ts';
import { ehrPage } from './ehr-page.ts';

const card = (summary: string) => ({
  summary,
  indicator: 'info',
  source: { label: 'Guidance' },
  selectionBehavior: 'at-most-one',
  suggestions: [{ label: 'Order it', uuid: 'order-it' }],
  overrideReasons: [{ code: 'had-it', system: 'urn:example:reasons', display: 'Had it' }],
});

const trial = trialWith({
  arms: [
    { name: 'usual', weight: 1, content: { cards: [card('Usual')] } },
    { name: 'redesign', weight: 1, content: { cards: [card('Redesigned')] } },
  ],
  start: '2020-01-01',
  end: '2099-12-31',
});

interface WebPage {
  readonly url: string;
  readonly server: Server;
}

/** Serves the page of the EHR, and the public key that it puts there. */
async function serveEhr(): Promise<WebPage> {
  let keys = '{"keys":[]}';
  const server = createServer((request, response) => {
    void (async () => {
      if (request.method === 'PUT') keys = await text(request);
      const isPage = request.url === '/';
      response.setHeader('content-type', isPage ? 'text/html' : 'application/json');
      response.end(isPage ? ehrPage : keys);
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, server };
}

(installed === undefined ? describe.skip : describe)(
  'A client in a real browser, of another origin (skipped without Chromium)',
  () => {
    let browser: Browser;
    let ehr: WebPage;
    let page: Page;
    let store: Store;
    let log: TrialLog;
    const servers: CdsServer[] = [];

    beforeAll(async () => {
      [browser, ehr] = await Promise.all([startBrowser(), serveEhr()]);
      store = memoryStore();
      log = await openLog(trial, store);
      page = await browser.newPage();
      await page.goto(ehr.url);
      await page.waitForFunction("document.querySelector('#status').textContent === 'ready'");
    }, 60_000);

    afterAll(async () => {
      await browser.close();
      await Promise.all(servers.map((server) => server.close()));
      ehr.server.close();
      await log.close();
    });

    const status = () => page.textContent('#status');
    const settled = async (expected: RegExp) => {
      await page.waitForFunction(
        `!/ready|opening/.test(document.querySelector('#status').textContent)`,
      );
      expect(await status()).toMatch(expected);
    };
    const openChart = async (base: string, patient: string) => {
      await page.evaluate(
        `document.querySelector('#status').textContent = 'opening'; void openChart(${JSON.stringify(base)}, ${JSON.stringify(patient)})`,
      );
    };

    /** The service, which takes tokens of the EHR's page and calls from its origin. */
    async function serve(origins: readonly string[], jku: string): Promise<string> {
      let handler: ReturnType<typeof createCdsService> | undefined;
      const server = await serveCds(
        (request) => handler?.(request) ?? Promise.reject(new Error('not yet')),
        { port: 0 },
      );
      servers.push(server);
      const clients = [{ issuer: ehr.url, jku: [jku] }];
      const alert = alertService(log, {
        id: 'influenza',
        hook: 'patient-view',
        description: 'Reminds of the influenza vaccine',
        subject: contextIds,
      });
      handler = createCdsService({
        services: [alert],
        authorize: jwtAuthorizer({ publicUrl: server.url, clients }),
        cors: { origins },
      });
      return server.url;
    }

    test('discovers, calls, shows cards, and sends what was accepted and overridden', async () => {
      const base = await serve([ehr.url], `${ehr.url}/jwks.json`);
      for (const [number, button] of [
        [1, 'Order it'],
        [2, 'Had it'],
      ] as const) {
        await openChart(base, planted('mrn', number));
        await settled(/^1 card/);
        expect(await page.textContent('article h2')).toMatch(/^(Usual|Redesigned)$/);
        await page.click(`button:text-is("${button}")`);
        await page.waitForFunction(
          "document.querySelector('#status').textContent === 'feedback sent'",
        );
      }
      await log.flush();
      const kinds: string[] = [];
      for await (const { event } of store.read({ trial: trial.fingerprint })) {
        if (event.type === 'acceptance') expect(event.suggestion).toBe('order-it');
        if (event.type === 'dismissal') expect(event.override?.code).toBe('had-it');
        kinds.push(event.type);
      }
      expect(kinds.sort()).toEqual(['acceptance', 'dismissal', 'impression', 'impression']);
    }, 30_000);

    test('is stopped by the browser where its origin is not allowed', async () => {
      const base = await serve(['https://other.example'], `${ehr.url}/jwks.json`);
      await openChart(base, planted('mrn', 3));
      await settled(/^failed: Failed to fetch/);
    }, 30_000);

    test('is refused where its keys lie at an address that is not allowed', async () => {
      const base = await serve([ehr.url], 'https://keys.example/jwks.json');
      await openChart(base, planted('mrn', 4));
      await settled(/^failed: 401 /);
    }, 30_000);
  },
);
