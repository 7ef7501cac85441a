import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TrialAnalysis } from '../../src/analysis/index.ts';
import { openStore } from '../../src/store/index.ts';
import { makeFolder } from '../store/place.ts';
import type { Ran } from './command.ts';
import { command, commandWords } from './command.ts';

const folder = makeFolder();
const at = (name: string): string => join(folder, name);
const json = (file: string): TrialAnalysis =>
  JSON.parse(readFileSync(file, 'utf8')) as TrialAnalysis;

/** A small hospital, so that a run takes seconds. */
const small = ['--size', '110', '--seed', 'a test'];

describe('rapidcycle demo', () => {
  let ran: Ran;
  beforeAll(async () => {
    ran = await command(['demo', ...small, '--out', at('first')]);
  }, 120_000);

  test('runs a trial from protocol to verdict and says that it is synthetic', () => {
    expect(ran.err).toMatch(/SYNTHETIC hospital/);
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(/Alerts per patient-day\n {2}usual +\d/);
    expect(ran.out).toMatch(/Acceptance per alert\n {2}usual +\d/);
    expect(ran.out).toMatch(/set truth {2}ratio 0\.650/);
    expect(ran.out).toMatch(/Verdict on redesign: [A-Z]/);
    expect(ran.out).toMatch(/SYNTHETIC DATA/);
    expect(ran.out).toMatch(/Report: .*report\.html/);
  });

  test('loses nothing and counts nothing twice', () => {
    expect(ran.out).toMatch(
      /arms computed again, 0 disagree\. [\d,]+ acknowledged answers are there, 0 are missing/,
    );
    const [, alerts, accepted, alertsByUnit, acceptedByUnit] =
      /Counted one by one: ([\d,]+) alerts, ([\d,]+) accepted; by unit: ([\d,]+) and ([\d,]+)/.exec(
        ran.out,
      ) ?? [];
    expect(alerts).toBe(alertsByUnit);
    expect(accepted).toBe(acceptedByUnit);
    expect(Number(alerts?.replace(',', ''))).toBeGreaterThan(500);
  });

  test('writes a report with pictures, and a key that only its owner may read', () => {
    const report = readFileSync(at('first/report.html'), 'utf8');
    expect(report.match(/<svg/g)?.length).toBeGreaterThan(5);
    expect(report).toContain('Simulated truth');
    expect(statSync(at('first/ledger.db.key')).mode & 0o777).toBe(0o600);
  });

  test('keeps no identifier in the clear in ledger, log and report', () => {
    for (const file of ['ledger.db', 'service.log', 'report.html', 'analysis.json']) {
      expect(readFileSync(at(`first/${file}`), 'latin1')).not.toMatch(
        /patient-0\d\d\d|encounter-0\d\d\d|clinician-\d/,
      );
    }
  });

  test('gives the same result on a second run, and another for another seed', async () => {
    const again = await command(['demo', ...small, '--out', at('second')]);
    expect(again.code).toBe(0);
    expect(json(at('second/analysis.json'))).toEqual(json(at('first/analysis.json')));
    const other = await command(['demo', ...small, '--seed', 'another', '--out', at('second')]);
    expect(other.code).toBe(0);
    expect(json(at('second/analysis.json'))).not.toEqual(json(at('first/analysis.json')));
  }, 120_000);

  test('loses no acknowledged answer and doubles none when its service is killed again and again', async () => {
    const child = spawn(process.execPath, commandWords(['demo', ...small, '--out', at('killed')]), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    let err = '';
    let out = '';
    let kills = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
      const [pid] = text.match(/(?<=process )\d+/) ?? [];
      if (pid === undefined || kills >= 3) return;
      kills += 1;
      setTimeout(() => process.kill(Number(pid), 'SIGKILL'), 150 * kills);
    });
    const code = await new Promise<number | null>((end) => child.once('close', end));
    expect(err.match(/\(SIGKILL\) and was started again/g)).toHaveLength(3);
    expect(out).toMatch(/0 disagree\. [\d,]+ acknowledged answers are there, 0 are missing/);
    expect(code).toBe(0);
  }, 120_000);

  const sample = process.env['RAPIDCYCLE_FHIR_SAMPLE'];
  (sample === undefined ? test.skip : test)(
    'runs the same trial on FHIR bundles that others wrote (skipped without RAPIDCYCLE_FHIR_SAMPLE)',
    async () => {
      const words = ['demo', '--patients', sample ?? '', '--out', at('bundles')];
      const { code, out, err } = await command(words);
      expect(err).toMatch(/25 patients, of whom 15 with inpatient stays/);
      expect(out).toMatch(/Randomised: usual \d+ patients/);
      expect(code).toBe(0);
    },
    60_000,
  );

  test.each([
    ['a folder of bundles that is not there', ['--patients', at('absent')], /cannot be used/],
    ['a folder of bundles that holds none', ['--patients', folder], /cannot be used/],
    ['a size that is no number', ['--size', 'many'], /whole number from 20/],
    ['a size with bundles', ['--size', '100', '--patients', folder], /--size is for/],
    ['a word that it does not know', ['--sied', 'x'], /unknown option '--sied'/],
  ])('refuses %s with exit code 2', async (_, words, message) => {
    const { code, err } = await command(['demo', '--out', at('refused'), ...words]);
    expect(err).toMatch(message);
    expect(code).toBe(2);
    expect(existsSync(at('refused/ledger.db'))).toBe(false);
  });

  test('does not disturb another demonstration in the same folder', async () => {
    const out = makeFolder();
    writeFileSync(join(out, 'demo.pid'), String(process.pid));
    const { code, err } = await command(['demo', ...small, '--out', out]);
    expect(err).toMatch(/Another demonstration, process \d+, is using this folder/);
    expect(code).toBe(2);
  });

  test('ends without a word when whoever reads it has gone, and at Ctrl-C without leaving the service', async () => {
    const child = spawn(process.execPath, commandWords(['demo', ...small, '--out', at('left')]), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    let err = '';
    let service: number | undefined;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
      const [pid] = text.match(/(?<=process )\d+/) ?? [];
      if (pid === undefined || service !== undefined) return;
      service = Number(pid);
      setTimeout(() => child.kill('SIGINT'), 200);
    });
    const code = await new Promise<number | null>((end) => child.once('close', end));
    expect(err).toMatch(/Interrupted/);
    expect(code).toBe(2);
    expect(() => process.kill(service ?? 0, 0)).toThrow('ESRCH');
    expect(existsSync(at('left/demo.pid'))).toBe(false);

    const gone = spawn(process.execPath, commandWords(['verify', at('first/ledger.db')]), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    gone.stdout.destroy();
    let complaint = '';
    gone.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    await new Promise((end) => gone.once('close', end));
    expect(complaint).not.toMatch(/EPIPE|at /);
  }, 60_000);

  test('does not throw away a ledger that is not a demonstration', async () => {
    const out = makeFolder();
    writeFileSync(join(out, 'ledger.db'), 'precious');
    const { code, err } = await command(['demo', ...small, '--out', out]);
    expect(err).toMatch(/not the ledger of a demonstration/);
    expect(code).toBe(2);
    expect(readFileSync(join(out, 'ledger.db'), 'utf8')).toBe('precious');
  });
});

describe('The ledger of a demonstration', () => {
  test('is analysed without its key, as text, as JSON and as a report', async () => {
    const asOf = ['--as-of', '2026-11-17T05:00:00Z'];
    const text = await command(['analyze', at('first/ledger.db'), ...asOf]);
    expect(text.out).toMatch(/Verdict on redesign/);
    const parsed = await command([
      'analyze',
      at('first/ledger.db'),
      ...asOf,
      '--json',
      '--report',
      at('again.html'),
    ]);
    expect(JSON.parse(parsed.out)).toEqual(json(at('first/analysis.json')));
    expect(readFileSync(at('again.html'), 'utf8')).toContain('<svg');
    expect([text.code, parsed.code]).toEqual([0, 0]);
  }, 60_000);

  test('verifies against its own protocol and not against another', async () => {
    const ledger = at('first/ledger.db');
    const own = await command(['verify', ledger]);
    expect(own.out).toMatch(/rows, \d+ arms computed again, 0 disagreement\(s\)/);
    expect(own.code).toBe(0);

    const protocol = JSON.parse(readFileSync(at('first/protocol.json'), 'utf8')) as {
      arms: unknown[];
    };
    writeFileSync(
      at('other.json'),
      JSON.stringify({ ...protocol, arms: protocol.arms.toReversed() }),
    );
    const other = await command(['verify', ledger, '--protocol', at('other.json'), '--json']);
    const [finding] = JSON.parse(other.out) as { disagreements: { field: string }[] }[];
    expect(new Set(finding?.disagreements.map(({ field }) => field))).toEqual(
      new Set(['trial', 'arm']),
    );
    expect(other.code).toBe(1);
  }, 60_000);

  test('rebuilds from its raw events to the same sums', async () => {
    await using store = await openStore(at('first/ledger.db'), { key: null });
    const [trial] = await store.trials();
    const fingerprint = trial?.fingerprint ?? '';
    const before = [
      await store.summaries(fingerprint),
      await store.days(fingerprint),
      await store.flow(fingerprint),
    ];
    await store.rebuild(fingerprint);
    expect([
      await store.summaries(fingerprint),
      await store.days(fingerprint),
      await store.flow(fingerprint),
    ]).toEqual(before);
  });

  test.each([
    ['a ledger that is not there', ['analyze', at('absent.db')], /no ledger at/],
    ['a file that is no ledger', ['analyze', at('first/protocol.json')], /cannot be used/],
    [
      'a trial that it does not hold',
      ['analyze', at('first/ledger.db'), '--trial', 'sepsis'],
      /no trial "sepsis"/,
    ],
    [
      'a round that it does not hold',
      ['analyze', at('first/ledger.db'), '--round', '7'],
      /no round 7: its rounds are 1/,
    ],
    [
      'an instant without a zone',
      ['analyze', at('first/ledger.db'), '--as-of', '2026-11-17T05:00'],
      /with a zone/,
    ],
    [
      'a report that cannot be written',
      ['analyze', at('first/ledger.db'), '--report', '/nowhere/x.html'],
      /cannot be written/,
    ],
    ['no command', [], /Usage: rapidcycle/],
    ['a command that it does not know', ['analyse', 'x'], /unknown command 'analyse'.*analyze/s],
  ])('refuses %s with exit code 2', async (_, words, message) => {
    const { code, err } = await command(words);
    expect(err).toMatch(message);
    expect(code).toBe(2);
    expect(existsSync(at('absent.db'))).toBe(false);
  });
});

describe('rapidcycle --help', () => {
  test('names every command, with examples and exit codes', async () => {
    const { code, out } = await command(['--help']);
    for (const word of ['demo', 'serve', 'analyze', 'verify', 'stop', 'Examples:', 'Exit codes:'])
      expect(out).toContain(word);
    expect(code).toBe(0);
  });
});

afterAll(() => expect(existsSync(at('absent.db'))).toBe(false));
