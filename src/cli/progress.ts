import { performance } from 'node:perf_hooks';
import type { Options } from 'cli-progress';
import { Presets, SingleBar } from 'cli-progress';
import type { Streams } from './streams.ts';
import { tell } from './streams.ts';

/** Shows how far something has come: a bar in a terminal, a line now and then elsewhere. */
export interface Progress {
  /**
   * @param total undefined while nobody knows it
   * @param note a few words on where it stands
   */
  readonly show: (done: number, total: number | undefined, note: string) => void;
  /** A line of text between two states of the bar. */
  readonly say: (text: string) => void;
  readonly end: () => void;
}

const linesElsewhere = 6;
/** How often a line is written where nobody knows how much there is to do, milliseconds. */
const lineEvery = 10_000;

/** Shows progress on the stream of messages, so that results can be piped away. */
export function progressOn(streams: Pick<Streams, 'err'>, title: string): Progress {
  return streams.err.isTTY === true ? barOn(streams, title) : linesOn(streams, title);
}

function barOn(streams: Pick<Streams, 'err'>, title: string): Progress {
  const options: Options = {
    stream: streams.err,
    format: `${title} [{bar}] {percentage} %  {note}`,
    clearOnComplete: false,
    barsize: 30,
  };
  const bar = new SingleBar(options, Presets.rect);
  let started = false;
  let isOpen = false;
  return {
    show: (done, total, note) => {
      if (total === undefined) {
        if (!started) streams.err.write(`\r\u001b[K${title}: ${note}`);
        isOpen = !started;
        return;
      }
      if (!started) {
        if (isOpen) streams.err.write('\r\u001b[K');
        bar.start(total, done, { note });
      }
      started = true;
      bar.setTotal(total);
      bar.update(done, { note });
    },
    say: (text) => {
      // The bar is drawn again below the text.
      streams.err.write(`\r\u001b[K${text}\n`);
    },
    end: () => {
      if (started) bar.stop();
      else if (isOpen) streams.err.write('\n');
    },
  };
}

function linesOn(streams: Pick<Streams, 'err'>, title: string): Progress {
  let next = 0;
  let last = -Infinity;
  let written: string | undefined;
  let latest: string | undefined;
  const write = (line: string): void => {
    written = line;
    tell(streams, line);
  };
  return {
    show: (at, total, note) => {
      if (total === undefined) {
        const now = performance.now();
        if (now - last < lineEvery) return;
        last = now;
        tell(streams, `${title}: ${note}`);
        return;
      }
      latest = `${title}: ${Math.floor((100 * at) / Math.max(1, total))} %  ${note}`;
      if (at < next) return;
      write(latest);
      next = (Math.floor((linesElsewhere * at) / total) + 1) * (total / linesElsewhere);
    },
    say: (text) => tell(streams, text),
    end: () => {
      if (latest !== undefined && latest !== written) write(latest);
    },
  };
}
