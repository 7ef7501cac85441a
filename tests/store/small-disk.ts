import { execFileSync } from 'node:child_process';
import { inFolder } from './place.ts';

/** Runs something on a disk of 2 MB of its own, which only a privileged user can have. */
export async function onSmallDisk(run: (place: string) => Promise<void>): Promise<void> {
  await inFolder(async (place) => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', place], { stdio: 'ignore' });
    try {
      await run(place);
    } finally {
      execFileSync('umount', ['-l', place]);
    }
  });
}

/** Whether this user can have a disk of his own. */
export const canMount: boolean = await onSmallDisk(async () => undefined).then(
  () => true,
  () => false,
);
