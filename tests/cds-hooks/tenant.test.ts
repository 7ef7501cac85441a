import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  cardId,
  impressionOfCard,
  isId,
  isOfAnotherTenant,
  newImpressionId,
  tenantMark,
} from '../../src/events/ids.ts';
import type { Caller } from '../../src/cds-hooks/caller.ts';
import type { HttpRequest } from '../../src/cds-hooks/index.ts';
import { alertService } from '../../src/cds-hooks/index.ts';
import type { Stray } from '../../src/cds-hooks/stray.ts';
import type { Store } from '../../src/store/index.ts';
import { openLog, openStore } from '../../src/store/index.ts';
import { inFolder } from '../store/place.ts';
import { base, callBody, noon, orderCard, patientOf, post, served, trial } from './support.ts';

/** Who a request of these tests says it is from. */
function callerOf({ headers }: HttpRequest): Caller | undefined {
  const tenant = headers['x-tenant'];
  if (typeof tenant !== 'string') return undefined;
  return { issuer: 'https://ehr.example', tenant, alias: tenant };
}

async function running(store: Store, isAsked = true) {
  const strays: Stray[] = [];
  const log = await openLog(trial, store, { now: () => noon });
  const service = alertService(log, { ...base, cards: () => [orderCard('a'), orderCard('b')] });
  const server = await served([service], {
    onStray: (stray) => void strays.push(stray),
    ...(isAsked ? { authorize: callerOf } : {}),
    feedbackDeadline: 5_000,
  });
  const url = `${server.url}/cds-services/influenza`;
  const as = (tenant: string | undefined): Readonly<Record<string, string>> =>
    tenant === undefined ? {} : { 'x-tenant': tenant };
  return {
    strays,
    log,
    call: async (tenant: string | undefined) => {
      const { body } = await post(url, callBody(patientOf(log, 'usual')), as(tenant));
      return body.cards.map(({ uuid }) => uuid);
    },
    feedback: (tenant: string | undefined, ...cards: readonly string[]) =>
      post(`${url}/feedback`, { feedback: cards.map(overridden) }, as(tenant)),
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await log.close();
    },
  };
}

const overridden = (card: string) => ({
  card,
  outcome: 'overridden',
  outcomeTimestamp: new Date(noon + 60_000).toISOString(),
});

async function dismissals(store: Store): Promise<number> {
  let count = 0;
  for await (const { event } of store.read({ trial: trial.fingerprint })) {
    if (event.type === 'dismissal') count += 1;
  }
  return count;
}

const key = randomBytes(32);

describe('Feedback of one tenant to the card of another', () => {
  test('is refused and not recorded, after a restart too', () =>
    inFolder(async (folder) => {
      const place = join(folder, 'ledger.db');
      let cards: readonly string[];
      {
        await using store = await openStore(place, { key });
        await using service = await running(store);
        cards = await service.call('north');
        const refused = await service.feedback('south', ...cards);
        expect([refused.status, refused.body.issue.length]).toEqual([403, 2]);
        expect(refused.body.issue[1]).toMatchObject({
          code: 'forbidden',
          expression: ['feedback[1]'],
          diagnostics: expect.stringContaining('was not issued to the caller'),
        });
      }
      await using store = await openStore(place, { key });
      await using service = await running(store);
      expect((await service.feedback('south', ...cards)).status).toBe(403);
      expect(await dismissals(store)).toBe(0);
      expect((await service.feedback('north', ...cards)).status).toBe(200);
      expect(await dismissals(store)).toBe(2);
      expect(service.strays).toEqual([]);
    }));

  test('costs the answers to its own cards nothing', () =>
    inFolder(async (folder) => {
      await using store = await openStore(join(folder, 'ledger.db'), { key });
      await using service = await running(store);
      const [north = ''] = await service.call('north');
      const [south = ''] = await service.call('south');
      const { status, body } = await service.feedback('north', north, south);
      expect([status, body.issue[0]?.expression]).toEqual([403, ['feedback[1]']]);
      expect(body.issue[1]?.diagnostics).toContain('do not send it again');
      expect(await dismissals(store)).toBe(1);
    }));

  test('is told from an answer to a card that was not made here', () =>
    inFolder(async (folder) => {
      await using store = await openStore(join(folder, 'ledger.db'), { key });
      await using service = await running(store);
      const cards = [randomUUID(), 'card-17', newImpressionId(tenantMark('x'))];
      expect((await service.feedback('north', ...cards.slice(0, 2))).status).toBe(200);
      expect(service.strays.map(({ card }) => card).sort()).toEqual(cards.slice(0, 2).sort());
      expect((await service.feedback('north', String(cards[2]))).status).toBe(403);
    }));

  test('is nobody’s business where it is not asked who calls', () =>
    inFolder(async (folder) => {
      await using store = await openStore(join(folder, 'ledger.db'), { key });
      await using service = await running(store, false);
      const cards = await service.call('north');
      expect((await service.feedback('south', ...cards)).status).toBe(200);
      expect(await dismissals(store)).toBe(2);
    }));
});

describe('The mark of a tenant', () => {
  const tenants = fc.tuple(fc.string(), fc.string()).filter(([one, two]) => one !== two);

  test('stands on every card of its impressions, and on those of no other', () => {
    fc.assert(
      fc.property(tenants, fc.integer({ min: 0, max: 255 }), ([one, two], index) => {
        const impression = newImpressionId(tenantMark(one));
        const card = cardId(impression, index);
        expect([isId(card), impressionOfCard(card)]).toEqual([true, impression]);
        expect(isOfAnotherTenant(card, tenantMark(one))).toBe(false);
        expect(isOfAnotherTenant(card.toUpperCase(), tenantMark(two))).toBe(true);
      }),
    );
  });

  test('leaves the ids different, in order of time, and version 7', () => {
    const mark = tenantMark('north');
    const ids = Array.from({ length: 20_000 }, () => newImpressionId(mark));
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
    expect(ids.every((id) => id[14] === '7' && id.endsWith('00'))).toBe(true);
  });

  test('is the same in every process and for ever', () => {
    // sha256('north') begins with these bytes, by sha256sum.
    expect(Buffer.from(tenantMark('north')).toString('hex')).toBe('dc365e');
  });
});
