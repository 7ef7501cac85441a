/** What became of something that was given so much time and no more. */
export type Attempt<T> =
  | { readonly status: 'done'; readonly value: T }
  | { readonly status: 'failed'; readonly error: unknown }
  | { readonly status: 'late' };

/** Thrown by what has given up waiting by itself: it is late then, and has not failed. */
export class LateError extends Error {}

const late: { readonly status: 'late' } = { status: 'late' };

const withoutValue = (error: unknown): Attempt<never> =>
  error instanceof LateError ? late : { status: 'failed', error };

/**
 * Runs something that may throw, reject or never end. Never throws and never rejects; what comes
 * too late is dropped. Code that blocks the thread cannot be cut short.
 *
 * @param milliseconds how long to wait
 * @param run gets a signal that is aborted when the time is over
 */
export async function attempt<T>(
  milliseconds: number,
  run: (signal: AbortSignal) => T | PromiseLike<T>,
): Promise<Attempt<T>> {
  if (!(milliseconds > 0)) return late;
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  try {
    const running = Promise.resolve(run(controller.signal)).then(
      (value): Attempt<T> => ({ status: 'done', value }),
      withoutValue,
    );
    const end = new Promise<Attempt<T>>((resolve) => {
      timer = setTimeout(() => {
        resolve(late);
        controller.abort();
      }, milliseconds);
    });
    return await Promise.race([running, end]);
  } catch (error) {
    return withoutValue(error);
  } finally {
    clearTimeout(timer);
  }
}
