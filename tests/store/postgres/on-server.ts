import { afterAll, beforeAll, describe } from '@jest/globals';
import type { Server, ServerOptions } from './server.ts';
import { isAvailable, isOwn, startServer } from './server.ts';

/** Tests on a running server; skipped, and reported so, where there is none. */
export function onServer(
  name: string,
  tests: (server: () => Server) => void,
  options: ServerOptions & {
    /** Whether the tests end or reconfigure the server, which they may only do with their own. */
    readonly own?: boolean;
  } = {},
): void {
  const isThere = options.own === true ? isOwn : isAvailable;
  (isThere ? describe : describe.skip)(name, () => {
    let server: Server | undefined;
    beforeAll(async () => {
      server = await startServer(options);
    }, 60_000);
    tests(() => {
      if (server === undefined) throw new Error('the server has not been started');
      return server;
    });
    // Last, because what the tests clean up they clean up on the server.
    afterAll(async () => server?.dispose());
  });
}
