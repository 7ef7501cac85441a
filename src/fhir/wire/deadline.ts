/** A limit of time that begins again whenever there is progress. */
export interface Deadline {
  /** Aborted when the time is over, when the caller's signal is, and at the end. */
  readonly signal: AbortSignal;
  readonly isOver: () => boolean;
  /** There was progress: the time begins again. */
  readonly goesOn: () => void;
  /** The try is over: what is left of an answer that nobody wants is not sent on. */
  readonly end: () => void;
}

/**
 * Begins a limit of time for one try of a request and its answer.
 *
 * @param milliseconds without progress
 * @param outer ends it too. Listened to by hand: what `AbortSignal.any` makes of a signal that outlives
 *   many requests is not let go while that signal lives
 */
export function deadline(milliseconds: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let isOver = false;
  const stop = (): void => controller.abort();
  const begin = (): NodeJS.Timeout =>
    setTimeout(() => {
      isOver = true;
      stop();
    }, milliseconds);
  let timer = begin();
  outer?.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    isOver: () => isOver,
    goesOn: () => {
      clearTimeout(timer);
      timer = begin();
    },
    end: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', stop);
      stop();
    },
  };
}
