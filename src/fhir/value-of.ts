/** A property of a value that may be anything; `undefined` when it has none. */
export function valueOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
