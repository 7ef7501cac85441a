import { witnessOf } from './continues.ts';
import type { Part } from './day-buffer.ts';
import { dayBuffer } from './day-buffer.ts';
import { formats } from './format.ts';
import type { ExportedEvents, ExportedTrial } from './manifest.ts';
import type { Run } from './run.ts';
import { pathOf, writeContent } from './run.ts';

async function writePart(run: Run, trial: ExportedTrial, part: Part): Promise<ExportedEvents> {
  const { day, first, last, events } = part;
  const file = `event_day=${encodeURIComponent(day)}/part-${first}.${run.format}`;
  const bytes = await formats[run.format].events(events);
  const path = pathOf(trial, { table: 'event', file });
  return { ...(await writeContent(run, path, { bytes, rows: events.length })), day, first, last };
}

/** Up to which place each day is exported: a run that was cut off wrote some further than others. */
function coverageOf({ events }: ExportedTrial): ReadonlyMap<string, number> {
  const covered = new Map<string, number>();
  for (const { day, last } of events) covered.set(day, Math.max(last, covered.get(day) ?? 0));
  return covered;
}

/**
 * Exports the events of a trial that are not exported yet, up to the place at which the ledger is when
 * this begins.
 */
export async function exportEvents(run: Run, begun: ExportedTrial): Promise<ExportedTrial> {
  const covered = coverageOf(begun);
  const buffer = dayBuffer(run.capacity);
  let trial = begun;
  let reached = begun.through;
  const write = async (parts: readonly Part[]): Promise<void> => {
    const files: ExportedEvents[] = [];
    for (const part of parts) files.push(await writePart(run, trial, part));
    const event = parts.at(-1)?.events.at(-1);
    trial = {
      ...trial,
      through: (buffer.waitingFrom() ?? reached + 1) - 1,
      witness: event === undefined ? trial.witness : witnessOf(event),
      events: [...trial.events, ...files],
    };
    await run.keep(trial);
  };
  for await (const item of run.store.read({ trial: begun.fingerprint, after: begun.through })) {
    reached = item.sequence;
    if (item.sequence <= (covered.get(item.event.day) ?? 0)) continue;
    buffer.add(item);
    if (buffer.isFull()) await write(buffer.takeSome());
  }
  await write(buffer.takeAll());
  return trial;
}
