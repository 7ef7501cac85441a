/** Where a command writes. */
export interface Streams {
  /** Results. */
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Progress, messages and the log. */
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** Writes a line of results. */
export function say({ out }: Pick<Streams, 'out'>, text = ''): void {
  out.write(`${text}\n`);
}

/** Writes a line that is no result. */
export function tell({ err }: Pick<Streams, 'err'>, text = ''): void {
  err.write(`${text}\n`);
}
