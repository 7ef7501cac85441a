/** What cannot be seen: white space, controls, characters of no width, the blank of Braille. */
const unseen = /[\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]/gu;
const invisible = /[\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]/u;
const plain = /^[\u0021-\u007E]*$/;

function withoutCase(text: string): string {
  return text.toUpperCase().toLowerCase();
}

/**
 * What a person who reads a text sees of it: without white space, invisible characters, letter case and
 * Unicode normalisation form. Two names with the same are taken for one another.
 */
export function seenOf(text: string): string {
  if (plain.test(text)) return text.toLowerCase();
  return withoutCase(text.normalize('NFKC').replaceAll(unseen, '')).normalize('NFKC');
}

/** Whether a text holds a character that cannot be seen, other than white space. */
export function holdsInvisible(text: string): boolean {
  return invisible.test(text);
}

/** In what two different texts that look the same differ. */
export function differenceOf(first: string, second: string): string {
  const ways: readonly (readonly [string, (text: string) => string])[] = [
    ['white space', (text) => text.replaceAll(/\s/gu, '')],
    ['letter case', withoutCase],
    ['invisible characters', (text) => text.replaceAll(unseen, '')],
    ['Unicode normalisation form', (text) => text.normalize('NFKC')],
  ];
  const way = ways.find(([, without]) => without(first) === without(second));
  return way?.[0] ?? `${ways.map(([name]) => name).join(', ')} together`;
}
