/** A line, or a whole file, that could not be read. What stands there is not repeated. */
export interface FileReject {
  /** Name of the file in its folder. */
  readonly file: string;
  /** From 1; absent for a whole file. */
  readonly line: number | undefined;
  readonly reason: string;
}

/** What could not be read. */
export interface FileRejects {
  readonly count: number;
  /** The first thousand. */
  readonly first: readonly FileReject[];
}

/** Takes down what could not be read, once however often its file is read. */
export interface RejectList {
  readonly rejects: FileRejects;
  readonly add: (reject: FileReject) => void;
}

const most = 1_000;

export function rejectList(): RejectList {
  // Files are read from their beginning, so the last line that was taken down tells all before it.
  const through = new Map<string, number>();
  const first: FileReject[] = [];
  let count = 0;
  return {
    rejects: {
      get count(): number {
        return count;
      },
      first,
    },
    add: (reject) => {
      const line = reject.line ?? 1;
      if (line <= (through.get(reject.file) ?? 0)) return;
      through.set(reject.file, line);
      count += 1;
      if (first.length < most) first.push(reject);
    },
  };
}
