/** What came of an answer: what was wanted, or what was wrong with it although it may pass. */
export type Outcome<T> = { readonly value: T } | { readonly fault: string };

/**
 * The text of an answer, unpacked, up to a length; `undefined` when it is longer.
 *
 * @throws TypeError when it is not UTF-8, or breaks off
 */
export async function textOf(response: Response, maxBytes: number): Promise<string | undefined> {
  if (response.body === null) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  // Counted after unpacking, so that a small answer that unpacks into a large one is left early.
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** A document, or the fault that a text is none. */
export function jsonOf(text: string): Outcome<unknown> {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { fault: 'sent no JSON' };
  }
}
