import { writeSync } from 'node:fs';
import { newId } from '../../../src/events/ids.ts';
import { openPostgres } from '../../../src/store/index.ts';
import { openSpool } from '../../../src/store/spool/index.ts';
import { impression, trial } from '../fixtures.ts';
import { key } from './upstream.ts';

// Run as a process of its own: appends to a spool without end, and prints the id of each event once it is
// acknowledged.
const [file = '', url = '', schema = ''] = process.argv.slice(2);
const spool = await openSpool(file, {
  upstream: () => openPostgres(url, { key, schema, patience: 200 }),
  key,
});
await spool.register(trial);
for (;;) {
  const id = newId();
  await spool.append([{ ...impression(1), id, opening: id }]);
  writeSync(1, `${id}\n`);
}
