import { writeSync } from 'node:fs';
import { openStore } from '../../src/store/index.ts';
import { newId } from '../../src/events/ids.ts';
import { impression, trial } from './fixtures.ts';

// Run as a process of its own: appends without end, or so many, and prints the id of each event once
// it is acknowledged. Two of them may work on one ledger.
const [file = '', limit = 'Infinity'] = process.argv.slice(2);
const store = await openStore(file);
await store.register(trial);
let left = Number(limit);

async function appendOneByOne(unitId: string): Promise<void> {
  while (left > 0) {
    left -= 1;
    const id = newId();
    await store.append([{ ...impression(1), id, opening: id, unitId, patient: unitId }]);
    writeSync(1, `${id}\n`);
  }
}
await Promise.all(['u1', 'u2', 'u3', 'u4', 'u5'].map(appendOneByOne));
await store.close();
