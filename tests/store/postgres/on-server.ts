import { afterAll, beforeAll, describe, jest } from '@jest/globals';
import type { Server, ServerOptions } from './server.ts';
import { isSpread, sources, startServer } from './server.ts';

// Each ledger is first spread, each trial opened on every server.
if (isSpread) jest.setTimeout(60_000);

/** Tests on a running server of each version that can be had; skipped, and reported so, where there is none. */
export function onServer(
  name: string,
  tests: (server: () => Server) => void,
  {
    own = false,
    once = own,
    ...options
  }: ServerOptions & {
    /** Whether the tests end or reconfigure the server, which they may only do with their own. */
    readonly own?: boolean;
    /** Whether the oldest version is enough; by default so for tests that need a server of their own. */
    readonly once?: boolean;
  } = {},
): void {
  const usable = own ? sources.filter(({ programs }) => programs !== undefined) : sources;
  if (usable.length === 0) {
    // oxlint-disable-next-line jest/no-disabled-tests -- there is no server, and so it is reported
    describe.skip(name, () => {
      tests(missing);
    });
  }
  for (const source of once ? usable.slice(0, 1) : usable) {
    describe(`${name}, on ${source.name}`, () => {
      let server: Server | undefined;
      beforeAll(async () => {
        server = await startServer({ ...options, source });
      }, 60_000);
      tests(() => server ?? missing());
      // Last, because what the tests clean up they clean up on the server.
      afterAll(async () => server?.dispose());
    });
  }
}

function missing(): never {
  throw new Error('the server has not been started');
}
