import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { planCommand } from '../../src/cli/commands/plan.ts';
import { PlanError, UsageError } from '../../src/errors.ts';
import { openStore } from '../../src/store/index.ts';
import { protocol, trialWith } from '../trials.ts';
import { assumed, listed } from './support.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rapidcycle-plan-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a document and gives its place. */
function file(name: string, content: unknown): string {
  const place = join(folder, name);
  writeFileSync(place, typeof content === 'string' ? content : JSON.stringify(content));
  return place;
}

function streams(): {
  readonly out: Writable;
  readonly err: Writable;
  readonly said: () => { readonly out: string; readonly err: string };
} {
  const said = { out: '', err: '' };
  const to = (which: 'out' | 'err'): Writable =>
    new Writable({
      write: (chunk: Buffer, _, done) => {
        said[which] += chunk.toString();
        done();
      },
    });
  return { out: to('out'), err: to('err'), said: () => said };
}

const small = { ...protocol, unit: 'practice', allocation: listed(), guardrails: [] };

describe('rapidcycle plan', () => {
  test('prints a plan, and ends with 1 when the trial cannot reach what is wanted', async () => {
    const place = file('small.json', small);
    const assume = file('assume.json', { ...assumed, units: 6 });
    const shown = streams();
    const code = await planCommand({ protocol: place, assume, simulations: 3, json: false }, shown);
    expect(code).toBe(1);
    expect(shown.said().out).toContain('It can never show anything about arm redesign');
    expect(shown.said().err).toContain('Simulated trials: 100 %  6 of 6');
  });

  test('ends with 0 when it can, with JSON where it is asked for', async () => {
    const place = file('small.json', small);
    const assume = file('assume.json', {
      ...assumed,
      units: 40,
      effects: { redesign: { alertsRatio: 0.5 } },
    });
    const shown = streams();
    const options = { protocol: place, assume, simulations: 0, seed: 'mine', json: true };
    expect(await planCommand(options, shown)).toBe(0);
    const report: unknown = JSON.parse(shown.said().out);
    expect(report).toMatchObject({ seed: 'mine', reaches: { level: true, power: true } });
    expect(shown.said().err).toBe('');
  });

  test('takes clusters from a file', async () => {
    const place = file('small.json', small);
    const { units: _, ...rest } = assumed;
    const assume = file('assume.json', { ...rest, patientDays: { perSize: 3 } });
    const lines = Array.from({ length: 14 }, (__, i) => `p${i},${100 + i}`);
    const clusters = file('practices.csv', ['id,size', ...lines].join('\n'));
    const shown = streams();
    await planCommand({ protocol: place, assume, clusters, simulations: 0, json: true }, shown);
    expect(JSON.parse(shown.said().out)).toMatchObject({
      units: { total: 14, cvFrom: 'clusters', size: expect.closeTo(319.5, 9) },
    });
  });

  test('completes assumptions from the ledger of a pilot, whose numbers those of the file replace', async () => {
    const place = file('small.json', small);
    const ledger = join(folder, 'pilot.db');
    {
      await using store = await openStore(ledger);
      await store.register(trialWith());
    }
    const assume = file('assume.json', assumed);
    const shown = streams();
    const options = { protocol: place, assume, pilot: ledger, simulations: 0, json: true };
    await planCommand(options, shown);
    expect(JSON.parse(shown.said().out)).toMatchObject({ assumptions: { units: 20 } });
    // A pilot without any data knows nothing, and effects are never its to know.
    const alone = planCommand({ ...options, assume: undefined }, streams());
    await expect(alone).rejects.toThrow(PlanError);
    await expect(alone).rejects.toThrow('assumptions.effects');
  });

  test('refuses to plan without assumptions, or with a file that holds none', async () => {
    const place = file('small.json', small);
    const options = { protocol: place, simulations: 0, json: false };
    await expect(planCommand(options, streams())).rejects.toThrow(UsageError);
    await expect(planCommand(options, streams())).rejects.toThrow('--assume');
    for (const content of ['[1]', 'null', '"x"']) {
      const assume = file('wrong.json', content);
      await expect(planCommand({ ...options, assume }, streams())).rejects.toThrow(
        'must hold an object',
      );
    }
    const assume = file('wrong.json', '{');
    await expect(planCommand({ ...options, assume }, streams())).rejects.toThrow('is not JSON');
    const missing = join(folder, 'none.json');
    await expect(planCommand({ ...options, assume: missing }, streams())).rejects.toThrow(
      UsageError,
    );
  });
});
