import { messageOf, RequestError } from '../../errors.ts';
import { safeLogger } from '../../store/log/safe-logger.ts';
import type { Authorize, Caller, GuardedRoute } from '../caller.ts';
import { bearerOf } from './bearer.ts';
import { checkClaims } from './claims.ts';
import type { ClientKeys } from './client-keys.ts';
import { keysOf } from './client-keys.ts';
import type { JwtClient } from './clients.ts';
import { checkClients } from './clients.ts';
import type { JwtAlgorithm, UnverifiedToken } from './jose.ts';
import { firstUses } from './once.ts';
import type { JwtAuthorizer, JwtOptions, KeyFault } from './options.ts';
import { checkOptions } from './options.ts';
import { endpointOf } from './public-url.ts';
import { fault, refuseToken } from './refuse.ts';
import { memoryReplayStore } from './replay.ts';

interface KnownClient {
  readonly client: JwtClient;
  readonly alias: string;
  readonly keys: ClientKeys;
}

/** The client that a token says it is from; whether it is, its signature tells. */
function clientOf(
  { claims: { iss, tenant } }: UnverifiedToken,
  clients: readonly KnownClient[],
): KnownClient {
  const issued = clients.filter(({ client }) => client.issuer === iss);
  const found =
    issued.find(({ client }) => client.tenant !== undefined && client.tenant === tenant) ??
    issued.find(({ client }) => client.tenant === undefined);
  if (found !== undefined) return found;
  const problem =
    issued.length === 0
      ? fault('iss', 'must be the issuer of a client that is configured here')
      : fault('tenant', 'must be a tenant that is configured here for this issuer');
  throw new RequestError('The caller is not known here.', { status: 403, problems: [problem] });
}

async function checkSignature(
  token: UnverifiedToken,
  { keys }: KnownClient,
  algorithms: readonly JwtAlgorithm[],
): Promise<void> {
  const source = keys.sourceOf(token);
  let signature = await (await source.current())(token, algorithms);
  if (signature === 'no-key') {
    const renewed = await source.renewed();
    if (renewed !== undefined) signature = await renewed(token, algorithms);
  }
  if (signature === 'no-key') {
    throw refuseToken(fault('kid', 'must name a key of its issuer that fits the algorithm'));
  }
  if (signature === 'bad') {
    throw refuseToken(fault('signature', 'must be made with the private key that kid names'));
  }
}

function tenantOf({ claims: { tenant } }: UnverifiedToken): string | undefined {
  if (tenant === undefined || tenant === null) return undefined;
  if (typeof tenant === 'string' && tenant !== '' && tenant.length <= 256) return tenant;
  throw refuseToken(fault('tenant', 'must be a text of at most 256 characters'));
}

/**
 * Tells who calls by the JSON Web Token that CDS Hooks has a client send with every request. Refused
 * are (401) tokens that are unsigned, signed with a secret or by another key, expired, issued in the
 * future, for another address or used before, and (403) issuers that are not configured. The answer
 * says which part is wrong, and what would be right.
 *
 * `aud` must be the address that is called, with or without a slash at its end, alone or in a list;
 * what else a client's `audiences` allow. Claims that CDS Hooks does not define are let through.
 *
 * No call waits for keys once they have been loaded, except for one that was signed with a new key.
 *
 * @link https://cds-hooks.hl7.org/2.0/#trusting-cds-clients
 * @example
 * const authorize = jwtAuthorizer({ publicUrl: 'https://cds.example', clients });
 * const handler = createCdsService({ services, authorize, starting: authorize.ready() });
 *
 * @throws TypeError when the address, a client or an algorithm is malformed
 * @throws RangeError when a time is out of range
 */
export function jwtAuthorizer(options: JwtOptions): JwtAuthorizer {
  const { publicUrl, algorithms, clockSkew, maxLifetime, keyTimes, keyRefresh, now } =
    checkOptions(options);
  const replayStore = options.replayStore ?? memoryReplayStore({ now });
  const logger = safeLogger(options.logger);
  const isFirstUse = firstUses(replayStore, logger);
  const clients: readonly KnownClient[] = checkClients(options.clients).map((client) => ({
    client,
    alias: client.name ?? client.issuer,
    keys: keysOf(client, { ...keyTimes, fetch: options.fetch ?? fetch, now }),
  }));

  async function checkUse(
    key: string,
    { until, route, reuse }: { until: number; route: GuardedRoute; reuse: JwtClient['reuse'] },
  ): Promise<void> {
    const guarded =
      route.to === 'call' ? reuse !== 'always' : route.to === 'feedback' && reuse === 'never';
    if (!guarded || (await isFirstUse(key, until))) return;
    throw refuseToken(fault('jti', 'must be new: this token was used before'));
  }

  const authorize = async (...[request, route]: Parameters<Authorize>): Promise<Caller> => {
    const token = bearerOf(request, algorithms);
    const known = clientOf(token, clients);
    const { client, alias } = known;
    await checkSignature(token, known, algorithms);
    const endpoint = endpointOf(publicUrl, route);
    const checked = checkClaims(token.claims, {
      audiences: [endpoint, `${endpoint}/`, ...(client.audiences ?? [])],
      subject: client.subject,
      now: now(),
      clockSkew,
      maxLifetime,
    });
    if ('faults' in checked) throw refuseToken(...checked.faults);
    const { issuer, reuse } = client;
    const tenant = client.tenant ?? tenantOf(token);
    const { jti, until } = checked;
    await checkUse(JSON.stringify([issuer, tenant ?? null, jti]), { until, route, reuse });
    return { issuer, tenant, alias };
  };

  const loadAll = async (): Promise<readonly KeyFault[]> => {
    const faults: KeyFault[] = [];
    const load = async ({ alias, keys }: KnownClient): Promise<void> => {
      for (const source of keys.sources) {
        try {
          await source.load();
        } catch (error) {
          faults.push({ client: alias, message: messageOf(error) });
          logger?.error({ caller: alias }, 'the keys of a client cannot be loaded');
        }
      }
    };
    await Promise.all(clients.map(load));
    return faults;
  };
  // What a timer does not hold, it takes for none at all.
  const refreshEvery = Math.min(Math.max(keyRefresh, 1_000), 2_147_483_647);
  let timer: NodeJS.Timeout | undefined;
  return Object.assign(authorize, {
    ready: () => {
      timer ??= setInterval(() => void loadAll(), refreshEvery).unref();
      return loadAll();
    },
    close: () => clearInterval(timer),
  });
}
