import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf, UsageError } from '../../errors.ts';
import type { Trial } from '../../trial/trial.ts';

/** The files of a demonstration. */
export interface DemoFolder {
  readonly protocol: string;
  readonly ledger: string;
  readonly report: string;
  readonly analysis: string;
  readonly log: string;
  /** Holds the process that is using the folder; to be removed when it has done. */
  readonly lock: string;
}

/** Whether a protocol file is that of a demonstration, so that the ledger beside it may be thrown away. */
function isDemonstration(file: string): boolean {
  try {
    const protocol: { readonly governance?: { readonly determination?: unknown } } | null =
      JSON.parse(readFileSync(file, 'utf8'));
    return protocol?.governance?.determination === 'synthetic';
  } catch {
    return false;
  }
}

/** Whether a process is there, whoever it belongs to. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Takes the folder for this process, unless another one that is alive has it. */
function takeFolder(lock: string): void {
  if (existsSync(lock)) {
    const owner = Number(readFileSync(lock, 'utf8'));
    if (owner !== process.pid && Number.isInteger(owner) && owner > 0 && isRunning(owner)) {
      throw new UsageError(
        `Another demonstration, process ${owner}, is using this folder: give another --out.`,
      );
    }
    rmSync(lock, { force: true });
  }
  writeFileSync(lock, String(process.pid), { flag: 'wx' });
}

/**
 * Makes the folder of a demonstration, in place of an earlier one.
 *
 * @throws UsageError when the folder cannot be used, or holds a ledger that is not a demonstration's
 */
export function prepareFolder(folder: string, trial: Trial, seed: string): DemoFolder {
  const files: DemoFolder = {
    protocol: join(folder, 'protocol.json'),
    ledger: join(folder, 'ledger.db'),
    report: join(folder, 'report.html'),
    analysis: join(folder, 'analysis.json'),
    log: join(folder, 'service.log'),
    lock: join(folder, 'demo.pid'),
  };
  if (existsSync(files.ledger) && !isDemonstration(files.protocol)) {
    throw new UsageError(
      `${files.ledger} is not the ledger of a demonstration: give another --out.`,
    );
  }
  const key = `${files.ledger}.key`;
  try {
    mkdirSync(folder, { recursive: true });
    const { lock, ...products } = files;
    takeFolder(lock);
    const old = [
      ...Object.values(products),
      key,
      `${files.ledger}-wal`,
      `${files.ledger}-shm`,
      `${files.ledger}.service`,
    ];
    for (const file of old) rmSync(file, { force: true });
    writeFileSync(files.protocol, `${JSON.stringify(trial.protocol, null, 2)}\n`);
    // Pseudonyms decide the arms, so the same seed needs the same key. A real ledger makes its own at random.
    writeFileSync(
      key,
      `${createHash('sha256').update(`synthetic demonstration ${seed}`).digest('hex')}\n`,
      { mode: 0o600 },
    );
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`The folder ${folder} cannot be used: ${messageOf(cause)}`, { cause });
  }
  return files;
}
