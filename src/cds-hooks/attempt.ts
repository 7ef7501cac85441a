/** What became of something that was given so much time and no more. */
export type Attempt<T> =
  | { readonly status: 'done'; readonly value: T }
  | { readonly status: 'failed'; readonly error: unknown }
  | { readonly status: 'late' };

const late: { readonly status: 'late' } = { status: 'late' };

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
      (error: unknown): Attempt<T> => ({ status: 'failed', error }),
    );
    const end = new Promise<Attempt<T>>((resolve) => {
      timer = setTimeout(() => {
        resolve(late);
        controller.abort();
      }, milliseconds);
    });
    return await Promise.race([running, end]);
  } catch (error) {
    return { status: 'failed', error };
  } finally {
    clearTimeout(timer);
  }
}
