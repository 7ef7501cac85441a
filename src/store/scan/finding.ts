/** What an identifier can be: one of a list, or what looks like one. */
export type IdentifierKind =
  | 'planted'
  | 'social-security-number'
  | 'email'
  | 'phone'
  | 'nhs-number'
  | 'record-number'
  | 'birth-date'
  | 'fhir-reference';

/** A place at which something identifies a person. What it is stays there: this may be logged. */
export interface Finding {
  /** The path; of what is found in the path itself, it stands as `*`. */
  readonly file: string;
  /** Bytes from the beginning of the file; null in the path. */
  readonly offset: number | null;
  /** Whether it is in what is compressed there, and the offset one in that, expanded. */
  readonly expanded?: true | undefined;
  /** How many bytes it has there. */
  readonly length: number;
  readonly kind: IdentifierKind;
  /** How it is written, such as `utf-8` or `base64`. */
  readonly form: string;
  /** Which of the planted identifiers it is, from 1. */
  readonly planted?: number | undefined;
}

/** Something found in a piece of a file. */
export interface Match extends Pick<Finding, 'length' | 'kind' | 'form' | 'planted'> {
  /** Bytes from the beginning of the piece. */
  readonly start: number;
}

/** Looks through a piece of a file. */
export interface Searcher {
  /** The most bytes that a match, with what must stand around it, can have. */
  readonly reach: number;
  search(piece: Buffer, found: (match: Match) => void): void;
}
