import { FhirError } from '../../errors.ts';
import { retryAfter } from '../retry.ts';
import type { Connection } from '../wire/connection.ts';
import { documentOf } from '../wire/document.ts';
import type { BulkManifest } from './manifest.ts';
import { readBulkManifest } from './manifest.ts';

/** How an export is waited for. */
export interface WaitOptions {
  readonly wire: Connection;
  /** Milliseconds. */
  readonly maxWait: number;
  readonly now: () => number;
  /** Given what the server says of its progress. */
  readonly onWait: (said: string | undefined) => void;
}

type Standing =
  | { readonly kind: 'ready'; readonly document: unknown }
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'waiting';
      readonly said: string | undefined;
      readonly asked: number | undefined;
    };

/** Longest manifest: a hundred thousand files. */
const maxBytes = 2 ** 26;

const hour = 3_600_000;

/** Words of the server for people to see: one short line, without what a terminal would obey. */
function clean(said: string | null): string | undefined {
  const text = (said ?? '').replaceAll(/[^\u0020-\u007E\u00A0-\u{10FFFF}]/gu, ' ').trim();
  return text === '' ? undefined : text.slice(0, 100);
}

/**
 * Asks for the status of an export, as often as the server wants, until it is ready.
 *
 * @returns undefined when the server does not know it any more
 * @throws FhirError when the export failed, or is not ready in time
 */
export async function waitForExport(
  statusUrl: string,
  { wire, maxWait, now, onWait }: WaitOptions,
): Promise<BulkManifest | undefined> {
  const call = {
    what: 'bulk export',
    url: statusUrl,
    headers: { accept: 'application/json' },
  };
  let waited = 0;
  for (let number = 0; ; number += 1) {
    const standing = await wire.send<Standing>(call, async ({ response }) => {
      const { status, headers } = response;
      if (status === 202) {
        const asked = retryAfter(headers.get('retry-after'), now());
        return { value: { kind: 'waiting', said: clean(headers.get('x-progress')), asked } };
      }
      if (status === 404 || status === 410) return { value: { kind: 'gone' } };
      const document = await documentOf(call, { response, maxBytes });
      if (!('value' in document)) return document;
      return { value: { kind: 'ready', document: document.value } };
    });
    if (standing.kind === 'gone') return undefined;
    if (standing.kind === 'ready') return readBulkManifest(standing.document);
    onWait(standing.said);
    const wait = standing.asked ?? Math.min(60_000, 2_000 * 2 ** Math.min(number, 10));
    // A server that says "now" every time is not asked without a pause.
    const pause = Math.min(Math.max(wait, 1_000), hour);
    waited += pause;
    if (waited > maxWait) {
      throw new FhirError(
        `bulk export: not ready after ${Math.round(maxWait / 1_000)} s. Run it again, and it goes on waiting for the same export`,
      );
    }
    await wire.sleep(pause);
  }
}
