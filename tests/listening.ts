import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';

/** A server on the loopback; it is closed with everything that is connected. */
export interface Listening extends AsyncDisposable {
  /** Origin, such as `http://127.0.0.1:8080`. */
  readonly url: string;
}

/** Starts a server of `node:http` on the loopback. */
export async function listening(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
