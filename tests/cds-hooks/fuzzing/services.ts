import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type {
  AlertService,
  CardContext,
  CdsRequest,
  CdsResponse,
  Shown,
} from '../../../src/cds-hooks/index.ts';
import { alertService, contextIds, practiceFrom, withTrial } from '../../../src/cds-hooks/index.ts';
import { RequestError } from '../../../src/errors.ts';
import type { Store, TrialLog } from '../../../src/store/index.ts';
import { openLog } from '../../../src/store/index.ts';
import { defineTrial } from '../../../src/trial/trial.ts';
import { planted } from '../../planted.ts';
import { anyResponse, hookNames, mutated } from '../arbitraries.ts';
import { card, noon, orderCard } from '../support.ts';

const order = {
  type: 'create',
  description: 'Order the vaccine',
  resource: { resourceType: 'ServiceRequest', status: 'draft', intent: 'order' },
};
const asData = (summary: string) => ({
  cards: [
    {
      summary,
      indicator: 'info',
      source: { label: 'Pharmacy' },
      selectionBehavior: 'at-most-one',
      suggestions: [{ label: 'Order the vaccine', actions: [order] }, { label: 'Remind me' }],
    },
  ],
});

const common = {
  algorithm: 'murmur3-32/1',
  round: 1,
  title: 'A synthetic trial',
  unit: 'patient',
  timeZone: 'America/New_York',
  arms: [
    { name: 'usual', weight: 1, content: asData('The vaccine is due') },
    { name: 'redesign', weight: 1, content: asData('Due: influenza vaccine') },
    { name: 'none', weight: 1, silent: true },
  ],
  control: 'usual',
  start: '2026-10-05',
  end: '2026-11-15',
  primary: { metric: 'alertsPerPatientDay', better: 'lower' },
  guardrails: [],
  responseWindow: 'PT24H',
  governance: { determination: 'synthetic', reference: 'none', owner: 'tests', optOut: 'nobody' },
} as const;

const patientTrial = defineTrial({ ...common, id: 'by-patient' });
const practiceTrial = defineTrial({ ...common, id: 'by-practice', unit: 'practice' });
const quietTrial = defineTrial({ ...common, id: 'quiet', control: 'none' });

/** A number that is the same for the same call, and of which nobody can foresee anything. */
function lotOf({ hookInstance }: CdsRequest): number {
  return createHash('sha256').update(hookInstance).digest().readUInt32BE();
}

/** Without lists and objects that hold nothing, which the specification forbids. */
function dense(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dense);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => !(Array.isArray(item) && item.length === 0))
      .map(([name, item]) => [name, dense(item)]),
  );
}

/** Without identifiers: what an arm's own code puts on a card is its business. */
function ownWords(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll('planted-', 'synthetic-')) as unknown;
}

type Arm = (context: CardContext) => unknown;

const circular: Record<string, unknown> = { cards: [] };
circular['self'] = circular;
const revoked = Proxy.revocable([], {});
revoked.revoke();
const secret = (): Error => new Error(`the chart of ${planted('name', 3)} was not found`);

/** What code of an arm may do that it should not. Names of patients are in its errors. */
const misbehaviours: readonly Arm[] = [
  () => {
    throw secret();
  },
  () => {
    throw null;
  },
  () => {
    throw new RequestError(secret().message, { status: 418 });
  },
  () => Promise.reject(secret()),
  () => new Promise<never>(() => undefined),
  ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
  () => null,
  () => undefined,
  () => 17,
  () => 'cards',
  () => ({}),
  () => ({ cards: null }),
  () => ({ cards: [null] }),
  () => ({ cards: Array.from({ length: 257 }, () => card('one of many')) }),
  () => circular,
  () => ({ cards: [{ ...card('big'), extension: { big: 1n } }] }),
  () => revoked.proxy,
  () => ({
    get cards() {
      throw secret();
    },
  }),
  () => ({
    toJSON: () => {
      throw secret();
    },
  }),
  () => ({
    // oxlint-disable-next-line unicorn/no-thenable -- what looks like a promise and is none
    then: () => {
      throw secret();
    },
  }),
  () => [{ ...card('x'.repeat(140)) }],
  () => [
    { ...card('a link'), links: [{ label: 'open', url: 'javascript:alert(1)', type: 'absolute' }] },
  ],
  () => [new Date(), /x/, new Map()],
];

/** The trials and alerts that are put under fire. */
export interface Services {
  readonly logs: readonly Pick<TrialLog, 'trial' | 'counters'>[];
  readonly tried: readonly AlertService[];
  readonly close: () => Promise<void>;
}

/**
 * Opens the trials on a store and makes alerts of every kind of them.
 *
 * @param options `seed`: of the answers that arms give
 */
export async function openServices(
  store: Store,
  { seed }: { readonly seed: number },
): Promise<Services> {
  const byPatient = await openLog(patientTrial, store, { now: () => noon });
  const byPractice = await openLog(practiceTrial, store, { now: () => noon });
  const quiet = await openLog(quietTrial, store, { now: () => noon });

  const good = fc
    .sample(anyResponse, { seed, numRuns: 100 })
    .map((response) => dense(ownWords(response)))
    .map((response): Shown => ({ cards: [], ...(response as Partial<CdsResponse>) }));
  const bad = fc.sample(mutated(anyResponse), { seed, numRuns: 300 }).map(ownWords);
  const any = (context: CardContext): Shown =>
    good[lotOf(context.request) % good.length] ?? { cards: [] };
  const misbehave = (context: CardContext): unknown => {
    const lot = lotOf(context.request);
    if (lot % 3 > 0) return bad[lot % bad.length];
    return misbehaviours[lot % misbehaviours.length]?.(context);
  };
  const overrideReasons = [
    { code: 'ill', system: 'https://example.org/reasons', display: 'Too ill' },
    { code: 'had', system: 'https://example.org/reasons', display: 'Had it elsewhere' },
  ];
  const practiceOf = practiceFrom(['Encounter.serviceProvider', 'Location.managingOrganization']);
  const description = 'A synthetic alert';
  const subject = contextIds;
  const usual = async (): Promise<CdsResponse> => ({ cards: [orderCard('as ever')] });

  const tried: readonly AlertService[] = [
    ...hookNames.map((hook) =>
      alertService(byPatient, {
        id: 'everywhere',
        hook,
        description,
        subject,
        overrideReasons,
        tagOrders: true,
        cards: any,
      }),
    ),
    alertService(byPatient, {
      id: 'as-data',
      hook: 'patient-view',
      description,
      subject,
      overrideReasons,
      tagOrders: true,
    }),
    alertService(byPatient, {
      id: 'misbehaving',
      hook: 'order-select',
      description,
      subject,
      timeBudget: 30,
      cards: {
        usual: () => [orderCard('as ever')],
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what must not be given
        redesign: misbehave as unknown as () => Shown,
      },
    }),
    withTrial(
      async (request) => {
        if (lotOf(request) % 7 > 0) return usual();
        throw new RequestError('The draft order is needed.', { status: 412 });
      },
      byPatient,
      {
        id: 'existing',
        hook: 'order-sign',
        description,
        subject,
        arms: {
          redesign: async (request, { usual: asked }): Promise<CdsResponse> => {
            if (lotOf(request) % 5 === 0) throw secret();
            return { cards: (await asked()).cards.slice(0, 1) };
          },
        },
      },
    ),
    alertService(byPractice, {
      id: 'by-practice',
      hook: 'encounter-start',
      description,
      prefetch: practiceOf.prefetch,
      subject: (request) => ({ ...contextIds(request), practice: practiceOf(request) }),
      cards: () => [orderCard('due in this practice')],
    }),
    alertService(byPatient, {
      id: 'particular',
      hook: 'patient-view',
      description,
      timeBudget: 30,
      subject: (request) => {
        if (lotOf(request) % 11 === 0) throw secret();
        return contextIds(request);
      },
      eligible: (request) => {
        const lot = lotOf(request) % 13;
        if (lot === 0) throw new RequestError('The age is needed.', { status: 412 });
        if (lot === 1) throw secret();
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what must not be given
        if (lot === 2) return 'yes' as unknown as boolean;
        if (lot === 3) return new Promise<boolean>(() => undefined);
        return lot % 2 === 0;
      },
      cards: any,
    }),
    alertService(quiet, {
      id: 'quiet',
      hook: 'encounter-discharge',
      description,
      subject,
      cards: any,
    }),
  ];
  const logs = [byPatient, byPractice, quiet];
  return {
    logs,
    tried,
    close: async () => {
      for (const log of logs) await log.close();
    },
  };
}
