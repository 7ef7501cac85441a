/**
 * An address with exactly one slash at its end. Step by step, because a pattern for the slashes at the
 * end of a text takes long where a client sends many in its midst.
 */
export function withSlash(address: string): string {
  let end = address.length;
  while (address[end - 1] === '/') end -= 1;
  return `${address.slice(0, end)}/`;
}
