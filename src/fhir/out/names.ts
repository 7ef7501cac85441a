import { derivedId } from '../../events/ids.ts';
import type { Trial } from '../../trial/trial.ts';
import type { OutCoding, OutExtension, OutIdentifier, OutReference } from './resources.ts';

/** How what is written is named. */
export interface NamingOptions {
  /**
   * An address of yours, such as `https://hospital.example/alert-trials`, below which the systems of
   * identifiers and codes and the canonical addresses stand; nothing needs to be there. Choose another
   * for a ledger with another key: its pseudonyms are others. Default: `urn:uuid:` names that follow
   * from the key of the ledger.
   */
  readonly base?: string | undefined;
}

/** What identifiers stand for; those of persons are pseudonyms. */
type IdentifierKind =
  | 'patient'
  | 'clinician'
  | 'encounter'
  | 'practice'
  | 'protocol'
  | 'trial'
  | 'participation'
  | 'arm'
  | 'report';

/** The systems and addresses of an export. */
export interface Names {
  readonly identifier: (kind: IdentifierKind, value: string) => OutIdentifier;
  /** What happened, as a code of ours. */
  readonly eventType: (code: string, display: string) => OutCoding;
  /** The canonical address of a measure. */
  readonly measure: (id: string) => string;
}

const persons: ReadonlySet<IdentifierKind> = new Set(['patient', 'clinician', 'encounter']);

/**
 * The names of an export of one trial.
 *
 * @param namespace what the pseudonyms depend on, such as the key check of the ledger
 * @throws RangeError when `base` is no absolute address
 */
export function namesOf(
  { fingerprint }: Pick<Trial, 'fingerprint'>,
  { base, namespace = fingerprint }: NamingOptions & { readonly namespace?: string | undefined },
): Names {
  const below = base === undefined ? undefined : checkedBase(base);
  const name = (...parts: readonly string[]): string =>
    below === undefined ? `urn:uuid:${derivedId('fhir', ...parts)}` : [below, ...parts].join('/');
  // Each event needs several of them, and a derived name costs a hash.
  const known = new Map<string, string>();
  const once = (key: string, make: () => string): string => {
    const found = known.get(key) ?? make();
    known.set(key, found);
    return found;
  };
  const systemOf = (kind: IdentifierKind): string =>
    below === undefined && (persons.has(kind) || kind === 'practice')
      ? name('identifier', kind, namespace)
      : name('identifier', kind);
  return {
    identifier: (kind, value) => ({
      system: once(kind, () => systemOf(kind)),
      value: plainText(value),
    }),
    eventType: (code, display) => ({
      system: once('event-type', () => name('codes', 'event-type')),
      code,
      display,
    }),
    measure: (id) => name('Measure', id),
  };
}

function checkedBase(base: string): string {
  const isRight =
    URL.canParse(base) &&
    !/[\s?#|]/.test(base) &&
    base === base.toWellFormed() &&
    base.length < 256;
  if (!isRight) {
    throw new RangeError(
      'the base must be an absolute address without query or fragment, such as https://hospital.example/alert-trials',
    );
  }
  return base.replace(/\/+$/, '');
}

/** A text as FHIR allows it: no control characters but tab and line breaks, and no lone surrogates. */
export function plainText(text: string): string {
  return text.toWellFormed().replaceAll(/[^\P{Cc}\t\n\r]/gu, '\uFFFD');
}

/** A reference to a resource of the export. */
export function referenceTo(type: string, id: string): OutReference {
  return { reference: `${type}/${id}`, type };
}

/** A reference to something that only its pseudonym, or its own id, tells. */
export function knownAs(type: string, identifier: OutIdentifier): OutReference {
  return { type, identifier };
}

/** The id of the software among the resources. */
export const deviceId: string = derivedId('fhir', 'Device', 'rapidcycle');

/** Says that what would stand here is not known, or is withheld. */
export function absent(why: 'unknown' | 'masked'): { readonly extension: readonly OutExtension[] } {
  return {
    extension: [
      { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: why },
    ],
  };
}

/**
 * The security labels of what is written: that persons stand there by pseudonyms, and of a trial of
 * synthetic data that it is no one's health.
 */
export function labelsOf(
  { protocol }: Pick<Trial, 'protocol'>,
  { pseudonyms }: { readonly pseudonyms: boolean },
): { readonly meta?: { readonly security: readonly OutCoding[] } } {
  const security = [
    ...(pseudonyms
      ? [
          {
            system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
            code: 'PSEUDED',
            display: 'pseudonymized',
          },
        ]
      : []),
    ...(protocol.governance.determination === 'synthetic'
      ? [
          {
            system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
            code: 'HTEST',
            display: 'test health data',
          },
        ]
      : []),
  ];
  return security.length === 0 ? {} : { meta: { security } };
}
