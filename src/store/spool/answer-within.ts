/** An answer that came. */
export interface Answered<T> {
  readonly value: T;
}

/**
 * Waits for an answer no longer than so many milliseconds.
 *
 * @returns undefined when it takes longer; what was asked for may still be done
 */
export async function answerWithin<T>(
  answer: Promise<T>,
  milliseconds: number,
): Promise<Answered<T> | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([answer.then((value) => ({ value })), late]);
  } finally {
    clearTimeout(timer);
  }
}
