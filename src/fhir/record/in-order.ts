/**
 * Works on several elements at once and gives the results in the order of the elements. When one
 * fails, no further one is begun.
 *
 * @param options.atOnce how many, at least 1
 */
export async function* inOrder<T, R>(
  elements: AsyncIterable<T> | Iterable<T>,
  { atOnce, work }: { readonly atOnce: number; readonly work: (element: T) => Promise<R> },
): AsyncGenerator<R, void, undefined> {
  const begun: Promise<R>[] = [];
  try {
    for await (const element of elements) {
      const result = work(element);
      // It is heard of in its turn; until then it is nobody's unhandled rejection.
      result.catch(() => undefined);
      begun.push(result);
      const first = begun.length >= atOnce ? begun.shift() : undefined;
      if (first !== undefined) yield await first;
    }
    for (let next = begun.shift(); next !== undefined; next = begun.shift()) yield await next;
  } finally {
    await Promise.allSettled(begun);
  }
}
