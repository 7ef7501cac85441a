import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { defineTrial, loadTrial, ProtocolError, trialFrom } from '../../src/index.ts';
import { protocol, trialWith } from '../trials.ts';

const [usual, redesign] = protocol.arms;

/** Every malformed protocol with the place and the reason that the refusal must name. */
const malformed: readonly (readonly [string, Readonly<Record<string, unknown>>, string, RegExp])[] =
  [
    ['an unknown algorithm', { algorithm: 'md5/1' }, 'algorithm', /murmur3-32\/1/],
    ['an id with a space', { id: 'in fluenza' }, 'id', /letters, digits/],
    ['an empty id', { id: '' }, 'id', /letters, digits/],
    ['a round of 0', { round: 0 }, 'round', /count from 1/],
    ['half a round', { round: 1.5 }, 'round', /whole number/],
    ['a blank title', { title: '  ' }, 'title', /must not be empty/],
    ['a unit that cannot be randomised', { unit: 'ward' }, 'unit', /"patient"\|"practice"/],
    ['a time zone that does not exist', { timeZone: 'America/Atlantis' }, 'timeZone', /IANA/],
    ['an offset for a time zone', { timeZone: '+05:00' }, 'timeZone', /IANA/],
    ['one arm', { arms: [usual] }, 'arms', /at least two/],
    ['no arms', { arms: [] }, 'arms', /at least two/],
    [
      'two arms of one name',
      { arms: [usual, usual] },
      'arms[1].name',
      /two arms are named "usual"/,
    ],
    [
      'an arm without content',
      { arms: [usual, { name: 'b', weight: 1 }] },
      'arms[1].content',
      /silent: true/,
    ],
    [
      'an arm without a name',
      { arms: [usual, { weight: 1, content: {} }] },
      'arms[1].name',
      /string/,
    ],
    [
      'content that is not JSON',
      { arms: [usual, { ...redesign, content: { at: new Date() } }] },
      'arms[1].content',
      /must be JSON/,
    ],
    [
      'a weight of 0',
      { arms: [usual, { ...redesign, weight: 0 }] },
      'arms[1].weight',
      /at least 1/,
    ],
    [
      'a negative weight',
      { arms: [usual, { ...redesign, weight: -1 }] },
      'arms[1].weight',
      /at least 1/,
    ],
    [
      'a weight of a half',
      { arms: [usual, { ...redesign, weight: 0.5 }] },
      'arms[1].weight',
      /whole number/,
    ],
    [
      'a weight in words',
      { arms: [usual, { ...redesign, weight: '1' }] },
      'arms[1].weight',
      /number/,
    ],
    [
      'a weight beyond all need',
      { arms: [usual, { ...redesign, weight: 1e7 }] },
      'arms[1].weight',
      /at most/,
    ],
    [
      'a misspelt field of an arm',
      { arms: [usual, { ...redesign, wieght: 1 }] },
      'arms[1]',
      /wieght/,
    ],
    [
      'a control that is not an arm',
      { control: 'usaul' },
      'control',
      /"usaul" is not an arm: name one of usual, redesign/,
    ],
    ['a start that is no day', { start: '2026-02-30' }, 'start', /calendar day/],
    ['a start with a time', { start: '2026-10-05T00:00:00Z' }, 'start', /YYYY-MM-DD/],
    ['an end before the start', { end: '2026-10-04' }, 'end', /before it starts/],
    ['an enrolment above 1', { enrolment: 1.2 }, 'enrolment', /./],
    [
      'an enrolment that falls',
      {
        enrolment: [
          { from: '2026-10-05', fraction: 0.5 },
          { from: '2026-10-12', fraction: 0.4 },
        ],
      },
      'enrolment[1].fraction',
      /never falls/,
    ],
    [
      'enrolment steps out of order',
      {
        enrolment: [
          { from: '2026-10-05', fraction: 0.5 },
          { from: '2026-10-05', fraction: 0.6 },
        ],
      },
      'enrolment[1].from',
      /in order/,
    ],
    [
      'enrolment that begins after the start',
      { enrolment: [{ from: '2026-10-06', fraction: 0.5 }] },
      'enrolment[0].from',
      /not be after the start/,
    ],
    [
      'an empty share of a layer',
      { layer: { id: 'flu', from: 500, to: 500 } },
      'layer.to',
      /above `from`/,
    ],
    [
      'a layer beyond its slots',
      { layer: { id: 'flu', from: 0, to: 10_001 } },
      'layer.to',
      /10000/,
    ],
    ['a stratum named twice', { strata: ['site', 'site'] }, 'strata[1]', /named twice/],
    [
      'a metric that does not exist',
      { primary: { metric: 'clicks', better: 'lower' } },
      'primary.metric',
      /alertsPerPatientDay/,
    ],
    [
      'a primary outcome without a direction',
      { primary: { metric: 'acceptanceRate' } },
      'primary.better',
      /lower/,
    ],
    [
      'a tolerated difference of the wrong sign',
      { guardrails: [{ ...protocol.guardrails[0], margin: 0.03 }] },
      'guardrails[0].margin',
      /below 0/,
    ],
    [
      'a tolerated ratio of the wrong side',
      { guardrails: [{ ...protocol.guardrails[0], scale: 'ratio', margin: 1.1 }] },
      'guardrails[0].margin',
      /between 0 and 1/,
    ],
    [
      'a tolerated rise that is a fall',
      {
        guardrails: [
          { metric: 'alertsPerPatientDay', better: 'lower', scale: 'ratio', margin: 0.9 },
        ],
      },
      'guardrails[0].margin',
      /above 1/,
    ],
    ['a response window in words', { responseWindow: 'one day' }, 'responseWindow', /ISO 8601/],
    [
      'a response window of nothing',
      { responseWindow: 'PT0S' },
      'responseWindow',
      /longer than nothing/,
    ],
    ['a response window in months', { responseWindow: 'P1M' }, 'responseWindow', /no fixed length/],
    ['an alpha above a half', { decision: { alpha: 0.9 } }, 'decision.alpha', /at most 0.5/],
    ['too few draws', { decision: { draws: 10 } }, 'decision.draws', /too few/],
    [
      'a worthwhile effect in the wrong direction',
      { decision: { worthwhile: 1.1 } },
      'decision.worthwhile',
      /below 1/,
    ],
    [
      'governance without an owner',
      { governance: { ...protocol.governance, owner: '' } },
      'governance.owner',
      /must not be empty/,
    ],
    [
      'a determination that does not exist',
      { governance: { ...protocol.governance, determination: 'none' } },
      'governance.determination',
      /quality-improvement/,
    ],
    ['no time zone', { timeZone: undefined }, 'timeZone', /^is missing: expected string$/],
    ['a misspelt field', { enrollment: 1 }, '', /enrollment/],
  ];

describe('A protocol', () => {
  test.each(malformed)(
    'with %s is refused, with the place and the reason',
    (_, changes, path, reason) => {
      let thrown: unknown;
      try {
        trialWith(changes);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(ProtocolError);
      const { problems } = thrown as ProtocolError;
      expect(problems).toContainEqual({ path, message: expect.stringMatching(reason) });
    },
  );

  test.each([[null], [undefined], [42], ['text'], [[]]])('that is %p is refused', (document) => {
    expect(() => trialFrom(document)).toThrow(ProtocolError);
  });

  test('is refused with every fault at once', () => {
    expect(() => trialWith({ id: '', start: '2026-02-30', responseWindow: 'y' })).toThrow(
      /3 problem\(s\)/,
    );
  });

  test('is frozen, and shares nothing with what it was made from', () => {
    const document = structuredClone(protocol) as unknown as { arms: { weight: number }[] };
    const trial = trialFrom(document);
    (document.arms[0] ?? { weight: 0 }).weight = 99;
    expect(trial.arms[0]?.weight).toBe(1);
    expect(() => Object.assign(trial.protocol, { id: 'other' })).toThrow(TypeError);
    expect(() => Object.assign(trial.arms[0] ?? {}, { weight: 2 })).toThrow(TypeError);
  });

  test('runs from the first midnight to the midnight after its last day, across the change of clocks', () => {
    const trial = trialWith();
    expect(new Date(trial.startsAt).toISOString()).toBe('2026-10-05T04:00:00.000Z');
    expect(new Date(trial.endsAt).toISOString()).toBe('2026-11-16T05:00:00.000Z');
  });
});

describe('The fingerprint', () => {
  /** The same JSON with the keys of every object in another order. */
  const reversed = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(reversed)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([key, each]) => [key, reversed(each)]),
          )
        : value;

  test('does not depend on the order of the keys', () => {
    expect(trialFrom(reversed(protocol)).fingerprint).toBe(trialWith().fingerprint);
  });

  // sha256 of the canonical JSON, computed with Python: hashlib.sha256(json.dumps(protocol, sort_keys=True, separators=(',', ':')).encode())
  test('is the SHA-256 of the canonical JSON', () => {
    expect(trialWith().fingerprint).toBe(
      '400536e3982bd90ae3482b73b392fdbb8ee4e1ca3a39c75f12911815b7d36316',
    );
  });

  test('changes with any change of the protocol, the order of the arms included', () => {
    const prints = [
      {},
      { round: 2 },
      { salt: 'x' },
      { arms: [redesign, usual] },
      { title: 'Another' },
    ].map((changes) => trialWith(changes).fingerprint);
    expect(new Set(prints).size).toBe(prints.length);
  });

  test('of content with any text is the same after a trip through JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (content) => {
        const arms = [usual, { ...redesign, content }];
        const trial = trialWith({ arms });
        expect(trialFrom(JSON.parse(JSON.stringify(trial.protocol))).fingerprint).toBe(
          trial.fingerprint,
        );
      }),
    );
  });
});

describe('loadTrial', () => {
  const folder = mkdtempSync(join(tmpdir(), 'protocol-'));
  const file = (text: string): string => {
    const path = join(folder, 'protocol.json');
    writeFileSync(path, text);
    return path;
  };

  test('reads a protocol', () => {
    expect(loadTrial(file(JSON.stringify(protocol))).fingerprint).toBe(
      defineTrial(protocol).fingerprint,
    );
  });

  test('refuses what is not JSON, naming the file', () => {
    expect(() => loadTrial(file('{ id: '))).toThrow(/protocol\.json is not JSON: see line 1/);
  });

  // A list of patients may be given by mistake, and what is thrown may be logged with its cause.
  test.each([
    'mrn-0012 Doe\n',
    '{\n"id": mrn-0012 Doe',
    '["mrn-0012 Doe"',
    '"mrn-0012 Doe',
    '["mrn-0012 Doe" "x"]',
    'mrn\tDoe',
  ])('quotes nothing of what is not JSON: %j', (text) => {
    expect.assertions(2);
    try {
      loadTrial(file(text));
    } catch (error) {
      expect(inspect(error)).toMatch(/is not JSON/);
      expect(inspect(error)).not.toMatch(/Doe|0012/);
    }
  });

  test('reads a file that begins with a byte order mark', () => {
    const { fingerprint } = defineTrial(protocol);
    expect(loadTrial(file(`\u{FEFF}${JSON.stringify(protocol)}`)).fingerprint).toBe(fingerprint);
  });

  test('refuses a file that is not there', () => {
    expect(() => loadTrial(join(folder, 'absent.json'))).toThrow(/cannot read .*absent\.json/);
  });
});

describe('The types', () => {
  test('refuse what would be wrong (checked by the compiler)', () => {
    const wrong = [
      // @ts-expect-error a control that is not an arm
      () => defineTrial({ ...protocol, control: 'other' }),
      // @ts-expect-error an arm without its alert content
      () => defineTrial({ ...protocol, arms: [{ name: 'usual', weight: 1 }, redesign] }),
      // @ts-expect-error a unit that cannot be randomised
      () => defineTrial({ ...protocol, unit: 'ward' }),
    ];
    for (const attempt of wrong) expect(attempt).toThrow(ProtocolError);
  });
});
