import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Compiled } from '../compile.ts';
import type { Task } from './harness.ts';
import type { Report } from './report.ts';

/** Runs a task of the harness in its own process. */
export async function runTask({ folder }: Compiled, task: Task): Promise<Report> {
  const script = join(folder, 'tests/crash/harness.js');
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(task)]);
  return JSON.parse(stdout) as Report;
}
