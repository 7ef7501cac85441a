import type { IdentifierKind, Searcher } from './finding.ts';

/** What an identifier looks like, in text of one byte a character. */
interface Look {
  readonly kind: Exclude<IdentifierKind, 'planted'>;
  readonly pattern: RegExp;
  /** What else must be true of it. */
  readonly holds?: ((text: string) => boolean) | undefined;
}

/** The check digit of an NHS number: modulus 11 of its digits, weighted 10 to 2. */
function isNhsNumber(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '').slice(-10);
  let sum = 0;
  for (let index = 0; index < 9; index += 1) sum += Number(digits[index]) * (10 - index);
  return (11 - (sum % 11)) % 11 === Number(digits[9]);
}

/** A number with the code of its country has hardly ever fewer digits: ITU-T E.164. */
function isInternational(text: string): boolean {
  return text.replaceAll(/\D/g, '').length >= 10;
}

// Whatever is part of a longer run of letters, digits and hyphens is a UUID, a hash or a number.
const looks: readonly Look[] = [
  {
    kind: 'social-security-number',
    // Neither 000, 666 nor 900 and above is given, nor a group of zeros: Social Security Administration.
    pattern: /(?<![\w.-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g,
  },
  {
    kind: 'email',
    pattern:
      /(?<![\w.+%-])[A-Za-z0-9][\w.+%-]{1,63}@(?:[A-Za-z0-9][A-Za-z0-9-]{1,62}\.){1,4}[A-Za-z]{2,24}(?![\w-])/g,
  },
  {
    kind: 'phone',
    // Without a bracket or a country's code, both gaps are alike: North American Numbering Plan.
    pattern:
      /(?<![\w.+-])(?:\+?1[-. ]?)?(?:\([2-9]\d{2}\) ?[2-9]\d{2}[-. ]|[2-9]\d{2}([-.])[2-9]\d{2}\1)\d{4}(?![\w.-])/g,
  },
  {
    kind: 'phone',
    pattern: /(?<![\w.+/=-])\+[1-9]\d{0,2}(?:[ .-]?\(?\d{2,4}\)?){2,5}(?![\w+/=-])/g,
    holds: isInternational,
  },
  {
    kind: 'nhs-number',
    pattern: /(?<![\w.+-])\d{3}([ -])\d{3}\1\d{4}(?![\w.-])/g,
    holds: isNhsNumber,
  },
  {
    kind: 'nhs-number',
    pattern: /\bNHS[^\dA-Za-z]{0,6}(?:number|no)?[^\dA-Za-z]{0,6}\d{10}(?!\w)/gi,
    holds: isNhsNumber,
  },
  {
    kind: 'record-number',
    pattern:
      /(?<![A-Za-z0-9])(?:MRN|medical[ _-]?record[ _-]?(?:number|no\.?))["']?[:#= ]*["']?\d{5,}/gi,
  },
  {
    kind: 'birth-date',
    pattern:
      /(?<![A-Za-z0-9])(?:DOB|birth[ _-]?date|date[ _-]of[ _-]birth)["']?[:= ]*["']?\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}/gi,
  },
  {
    kind: 'fhir-reference',
    // An id without a digit is more likely to be a word, as in "Patient/Practice".
    pattern:
      /(?<![A-Za-z0-9])(?:Patient|Practitioner|PractitionerRole|Encounter|Person|RelatedPerson)\/(?=[A-Za-z.-]{0,63}\d)[A-Za-z0-9.-]{1,64}(?![A-Za-z0-9])/g,
  },
];

/** The kinds of identifiers that are known by their looks. */
export const patternKinds: ReadonlySet<IdentifierKind> = new Set(looks.map(({ kind }) => kind));

/**
 * A searcher for what looks like an identifier of a person.
 *
 * @param allowed texts that are none, such as the address of an office
 */
export function patternSearcher(
  without: ReadonlySet<IdentifierKind>,
  allowed: ReadonlySet<string>,
): Searcher {
  const sought = looks.filter(({ kind }) => !without.has(kind));
  return {
    reach: 512,
    search: (piece, found) => {
      const text = piece.toString('latin1');
      for (const { kind, pattern, holds } of sought) {
        for (const { 0: match, index } of text.matchAll(pattern)) {
          if (allowed.has(match) || holds?.(match) === false) continue;
          found({ start: index, length: match.length, kind, form: 'pattern' });
        }
      }
    },
  };
}
