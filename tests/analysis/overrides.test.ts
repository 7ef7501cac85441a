import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { overrideReasons } from '../../src/analysis/overrides/index.ts';
import type { Coding, TrialEvent } from '../../src/index.ts';
import { nonAdherenceSystem } from '../../src/events/non-adherence.ts';
import { overrideMapFrom } from '../../src/events/override-map.ts';
import { memoryStore } from '../../src/store/index.ts';
import { trialWith } from '../trials.ts';
import { eventsOf, stream } from './integrity/events.ts';

const trial = trialWith();
const { alert, answer, days, noon } = eventsOf(trial);
const asOf = noon + 30 * 86_400_000;
const late = trial.responseWindow + 1;

/** A ledger of these events. */
const source = (events: readonly TrialEvent[]) => ({
  read: async function* ({ types }: { readonly types?: readonly string[] | undefined }) {
    yield* stream(events).filter(({ event }) => types?.includes(event.type) ?? true);
  },
});

const map = overrideMapFrom([
  { system: 'site', code: 'done', means: 'action-completed' },
  { system: 'site', code: 'old', means: 'patient-ineligible' },
  { code: 'busy', means: 'cds-suboptimal-context' },
]);

const override = (code: string, system: string | undefined = 'site'): { override: Coding } => ({
  override: system === '' ? { code } : { system, code },
});

/** The first arm, the usual one. */
async function usualOf(events: readonly TrialEvent[], options: object = { map }) {
  const { arms, warnings } = await overrideReasons(source(events), trial, { asOf, ...options });
  const [usual] = arms;
  if (usual === undefined) throw new Error('there is no arm');
  const groups = Object.fromEntries(
    usual.groups.flatMap(({ group, alerts }) => (alerts === 0 ? [] : [[group, alerts]])),
  );
  return { ...usual, groups, all: usual.groups, warnings };
}

/** An alert with its answers. */
const answered = (...answers: readonly Readonly<Record<string, unknown>>[]) => {
  const shown = alert();
  return [shown, ...answers.map((changes) => answer(shown, changes))];
};

describe('The reasons for overriding alerts', () => {
  test('are rolled up to HL7’s categories; what nobody mapped stays unmapped', async () => {
    const events = [
      ...answered(override('done')),
      ...answered(override('old')),
      ...answered(override('busy', '')),
      ...answered(override('limited-time', nonAdherenceSystem)),
      ...answered(override('busy')),
      ...answered(override('other')),
      ...answered({}),
      ...answered(),
      ...answered({ type: 'acceptance' }),
      days(),
    ];
    const found = await usualOf(events);
    expect(found.alerts).toBe(9);
    expect(found.dismissed).toEqual({ alerts: 7, perHundredAlerts: 700 / 9, share: 1 });
    expect(found.groups).toEqual({
      'cds-not-applicable': 2,
      'cds-suboptimal-context': 2,
      unmapped: 2,
      'none-given': 1,
    });
    expect([found.withReason, found.mapped]).toEqual([6, 4]);
    expect(found.all.map(({ group }) => group)).toEqual([
      'cds-not-applicable',
      'cds-suboptimal-context',
      'recipient-disagrees-evidence',
      'recipient-concerns-outcomes',
      'does-not-align-preferences',
      'not-convenient-feasible',
      'unmapped',
      'none-given',
    ]);
    expect(found.reasons.map(({ code, means }) => [code, means])).toEqual([
      ['busy', null],
      ['busy', 'cds-suboptimal-context'],
      ['done', 'action-completed'],
      ['limited-time', 'limited-time'],
      ['old', 'patient-ineligible'],
      ['other', null],
    ]);
    expect(found.warnings).toEqual([
      expect.stringMatching(/^2 of 6 alerts dismissed for a reason \(33\.3 %\) have none/),
      expect.stringMatching(/^1 reason\(s\) have a code that the map knows, with another system/),
    ]);
  });

  test('count an alert once for each reason and each category', async () => {
    const found = await usualOf([
      ...answered(override('done'), override('done'), override('old'), override('other'), {}),
      ...answered({}, {}),
    ]);
    expect(found.dismissed.alerts).toBe(2);
    expect(found.groups).toEqual({ 'cds-not-applicable': 1, unmapped: 1, 'none-given': 1 });
    expect(found.reasons.map(({ alerts }) => alerts)).toEqual([1, 1, 1]);
    expect(found.warnings).toEqual([]);
  });

  test('leave out what was accepted too, what came late, and what was not shown', async () => {
    const silent = alert({ stage: 'silent' });
    const found = await usualOf([
      ...answered(override('done'), { type: 'acceptance', delay: 70_000 }),
      ...answered(override('done'), { type: 'order', route: 'click' }),
      ...answered(override('done'), { type: 'order', route: 'window' }),
      ...answered(override('done'), { type: 'acceptance', delay: late }),
      ...answered({ ...override('done'), delay: late }),
      ...answered({ ...override('done'), delay: late - 1 }),
      silent,
      answer(silent, override('done')),
      answer(alert(), override('done')),
    ]);
    expect(found).toMatchObject({
      alerts: 6,
      acceptedToo: 2,
      late: 1,
      unmatched: 2,
      dismissed: { alerts: 3 },
      groups: { 'cds-not-applicable': 3 },
    });
    expect(found.warnings).toEqual([expect.stringMatching(/^2 alert\(s\) were dismissed that/)]);
  });

  test('are of random assignments only, each in its arm', async () => {
    const forced = { randomized: false, reason: 'forced' };
    const shown = alert(forced);
    const other = alert({ arm: 'redesign' });
    const { arms } = await overrideReasons(
      source([shown, answer(shown, forced), other, answer(other, override('done'))]),
      trial,
      { asOf, map },
    );
    expect(arms.map(({ arm, alerts, dismissed }) => [arm, alerts, dismissed.alerts])).toEqual([
      ['usual', 0, 0],
      ['redesign', 1, 1],
    ]);
    expect(arms[0]?.dismissed).toEqual({ alerts: 0, perHundredAlerts: null, share: null });
  });

  test('may still come while the window of an alert is open', async () => {
    const end = noon + trial.responseWindow;
    const events = [alert({ at: noon }), alert({ at: noon + 1 }), alert({ at: noon - 1 })];
    expect((await usualOf(events, { asOf: end })).open).toBe(2);
    expect((await usualOf(events, { asOf: end + 2 })).open).toBe(0);
  });

  test('are the same whatever the order of the events, and as the ledger counts them', async () => {
    const code = fc.constantFrom('done', 'old', 'other', undefined);
    const given = fc.record({
      type: fc.constantFrom('dismissal', 'dismissal', 'acceptance', 'order'),
      delay: fc.constantFrom(-5, 0, trial.responseWindow, late),
      code,
      route: fc.constantFrom('click', 'window'),
    });
    const firing = fc.record({
      arm: fc.constantFrom('usual', 'redesign'),
      stage: fc.constantFrom('returned', 'displayed', 'silent'),
      kept: fc.boolean(),
      answers: fc.array(given, { maxLength: 4 }),
    });
    const property = fc.asyncProperty(
      fc.array(firing, { maxLength: 8 }),
      fc.infiniteStream(fc.nat()),
      async (firings, places) => {
        const events = firings.flatMap(({ arm, stage, kept, answers }) => {
          const shown = alert({ arm, stage });
          const own = answers.map(({ type, delay, code, route }) =>
            answer(shown, {
              type,
              delay,
              ...(type === 'order' ? { route } : {}),
              ...(type === 'dismissal' && code !== undefined ? override(code) : {}),
            }),
          );
          return kept ? [shown, ...own] : own;
        });
        const shuffled = events
          .map((event) => ({ event, place: places.next().value }))
          .sort((a, b) => a.place - b.place)
          .map(({ event }) => event);
        const store = memoryStore({ key: 'a'.repeat(64) });
        await store.register(trial);
        await store.append(events);
        const codes = ['done', 'old', 'other'];
        const rows = await store.counts(trial.fingerprint, {
          counts: [
            { of: 'alerts' },
            { of: 'dismissed' },
            ...codes.map((reason) => ({ of: 'dismissed' as const, reason })),
          ],
          asOf,
        });
        const inOrder = await overrideReasons(store, trial, { asOf, map });
        const other = await overrideReasons(source(shuffled), trial, { asOf, map });
        expect(JSON.stringify(other)).toBe(JSON.stringify(inOrder));
        for (const found of inOrder.arms) {
          const values = [0, 1, 2, 3, 4].map((i) =>
            rows.reduce((sum, row) => sum + (row.arm === found.arm ? (row.values[i] ?? 0) : 0), 0),
          );
          const byCode = codes.map(
            (code) => found.reasons.find((each) => each.code === code)?.alerts ?? 0,
          );
          expect([found.alerts, found.dismissed.alerts, ...byCode]).toEqual(values);
          const none = found.groups.at(-1)?.alerts ?? 0;
          expect(found.withReason + none).toBe(found.dismissed.alerts);
        }
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  test('are told as text, and as plain JSON', async () => {
    const found = await overrideReasons(
      source([...answered(override('done')), ...answered({}), ...answered()]),
      trial,
      { asOf, map },
    );
    expect(JSON.parse(JSON.stringify(found))).toEqual({ ...found });
    expect(String(found)).toMatch(/^Why alerts were overridden\n.*within 24 h;/);
    expect(String(found)).toContain('usual: 2 (66.7 per 100 alerts), of 3 alerts');
    expect(String(found)).toMatch(
      /The advice does not apply {2}1 \(50\.0 %; 33\.3 per 100 alerts\)/,
    );
    expect(String(found)).not.toContain('Contraindicated');
  });

  test('of an empty ledger are none', async () => {
    const found = await overrideReasons(source([]), trial, { asOf });
    expect(found.arms.map(({ dismissed }) => dismissed.alerts)).toEqual([0, 0]);
    expect(found.warnings).toEqual([]);
    expect(String(found)).toContain('redesign: 0, of 0 alerts');
  });

  test('are refused as of no instant', async () => {
    await expect(overrideReasons(source([]), trial, { asOf: Number.NaN })).rejects.toThrow(/asOf/);
  });
});
