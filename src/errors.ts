/** The stable codes of every error that Rapidcycle raises. Match on these, not on messages. */
export type RapidcycleErrorCode =
  | 'ERR_PROTOCOL_INVALID'
  | 'ERR_PROTOCOL_MISMATCH'
  | 'ERR_ALLOCATION_INVALID'
  | 'ERR_PLAN_INVALID'
  | 'ERR_EVENT_INVALID'
  | 'ERR_EVENT_CONFLICT'
  | 'ERR_STORE_UNUSABLE'
  | 'ERR_STORE_CLOSED'
  | 'ERR_STORE_FULL'
  | 'ERR_KEY_INVALID'
  | 'ERR_REQUEST_INVALID'
  | 'ERR_FHIR'
  | 'ERR_IMPORT_INVALID'
  | 'ERR_ANALYSIS_REFUSED'
  | 'ERR_USAGE';

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The name of anything that was thrown: all of it that is safe to log. */
export function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : typeof thrown;
}

/** The code of an error of Node or of a driver, such as `ENOENT`; undefined when it has none. */
export function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

/**
 * Why a text is no JSON. The parser quotes the text, which may be one of patients that was given by
 * mistake: only the place is told.
 *
 * @param thrown what the parser threw
 */
export function notJson(text: string, thrown: unknown): string {
  const said = messageOf(thrown);
  if (text.trim() === '') return 'is not JSON: it is empty';
  if (said.includes('end of JSON')) return 'is not JSON: it ends too early';
  const [, position] = /at position (\d+)/.exec(said) ?? [];
  if (position !== undefined) {
    const line = text.slice(0, Number(position)).split(/\r\n|[\r\n]/).length;
    return `is not JSON: see line ${line}`;
  }
  const [, token] = /^Unexpected token '(.)'/u.exec(said) ?? [];
  return token === undefined
    ? 'is not JSON'
    : `is not JSON: there is a ${JSON.stringify(token)} where none may be`;
}

/** One thing that is wrong with a document: where it is, what is wrong, and what would be right. */
export interface Problem {
  /** Path inside the document, such as `arms[1].weight`; empty for the document itself. */
  readonly path: string;
  /** What is wrong and what would be right. */
  readonly message: string;
}

/** What an error may carry besides its message. Never put an identifier of a person in it. */
export interface RapidcycleErrorOptions {
  readonly cause?: unknown;
  readonly problems?: readonly Problem[];
}

/**
 * Base of every error that Rapidcycle raises. `code` is stable across versions; `toJSON` holds no
 * identifier and no stack, so that it can be logged as it is.
 */
export abstract class RapidcycleError extends Error {
  abstract readonly code: RapidcycleErrorCode;
  /** Each thing that was wrong, when the error is about a document. */
  readonly problems: readonly Problem[];

  constructor(message: string, options: RapidcycleErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.problems = options.problems ?? [];
  }

  toJSON(): {
    readonly name: string;
    readonly code: RapidcycleErrorCode;
    readonly message: string;
    readonly problems: readonly Problem[];
  } {
    return { name: this.name, code: this.code, message: this.message, problems: this.problems };
  }
}

function describe(what: string, problems: readonly Problem[]): string {
  const lines = problems.map(
    ({ path, message }) => `  ${path === '' ? '(document)' : path}: ${message}`,
  );
  return [`${what} is refused, ${problems.length} problem(s):`, ...lines].join('\n');
}

/** A protocol is malformed. `problems` lists every fault found. */
export class ProtocolError extends RapidcycleError {
  readonly code = 'ERR_PROTOCOL_INVALID';
  constructor(problems: readonly Problem[], options: RapidcycleErrorOptions = {}) {
    super(describe('The protocol', problems), { ...options, problems });
  }
}

/** A ledger already holds another protocol for this trial and round: a changed protocol is a new round. */
export class ProtocolMismatchError extends RapidcycleError {
  readonly code = 'ERR_PROTOCOL_MISMATCH';
}

/** A file of clusters or an allocation is malformed, or does not fit its trial. `problems` lists every fault found. */
export class AllocationError extends RapidcycleError {
  readonly code = 'ERR_ALLOCATION_INVALID';
  constructor(problems: readonly Problem[], options: RapidcycleErrorOptions = {}) {
    super(describe('The allocation', problems), { ...options, problems });
  }
}

/** What a trial is planned with is malformed, or does not fit its protocol. `problems` lists every fault found. */
export class PlanError extends RapidcycleError {
  readonly code = 'ERR_PLAN_INVALID';
  constructor(problems: readonly Problem[], options: RapidcycleErrorOptions = {}) {
    super(describe('The plan', problems), { ...options, problems });
  }
}

/** An event is malformed, or claims what its trial cannot have produced. */
export class EventError extends RapidcycleError {
  readonly code = 'ERR_EVENT_INVALID';
  constructor(problems: readonly Problem[], options: RapidcycleErrorOptions = {}) {
    super(describe('The event', problems), { ...options, problems });
  }
}

/** An event has the id of an event already in the ledger but says something else. */
export class EventConflictError extends RapidcycleError {
  readonly code = 'ERR_EVENT_CONFLICT';
}

/** The ledger cannot be opened, read or written: wrong file, no space, unsafe engine. */
export class StoreUnusableError extends RapidcycleError {
  readonly code = 'ERR_STORE_UNUSABLE';
}

/** The ledger has been closed. */
export class StoreClosedError extends RapidcycleError {
  readonly code = 'ERR_STORE_CLOSED';
}

/** The queue in front of the ledger is full: the event was not taken. */
export class StoreFullError extends RapidcycleError {
  readonly code = 'ERR_STORE_FULL';
}

/**
 * A key is missing, malformed or readable by others: the pseudonym key, or the private key that a client signs
 * with; or it is not the one that the ledger was begun with.
 */
export class KeyError extends RapidcycleError {
  readonly code = 'ERR_KEY_INVALID';
}

/** A request to the alert service is malformed. `status` is the HTTP status to answer with. */
export class RequestError extends RapidcycleError {
  readonly code = 'ERR_REQUEST_INVALID';
  readonly status: number;
  constructor(
    message: string,
    options: RapidcycleErrorOptions & { readonly status?: number } = {},
  ) {
    super(message, options);
    this.status = options.status ?? 400;
  }
}

/** A FHIR server answered with something that cannot be used. */
export class FhirError extends RapidcycleError {
  readonly code = 'ERR_FHIR';
}

/**
 * A document that says how to read something is malformed, or does not fit what is read: a mapping of an extract, a
 * rule, a crosswalk, a map of reasons. `problems` lists every fault found.
 */
export class ImportError extends RapidcycleError {
  readonly code = 'ERR_IMPORT_INVALID';
  constructor(problems: readonly Problem[], options: RapidcycleErrorOptions = {}) {
    super(describe('The document', problems), { ...options, problems });
  }
}

/** An analysis was asked for that would be wrong for this trial, such as one below its unit of randomisation. */
export class AnalysisRefusedError extends RapidcycleError {
  readonly code = 'ERR_ANALYSIS_REFUSED';
}

/** The command was called with words it does not know. */
export class UsageError extends RapidcycleError {
  readonly code = 'ERR_USAGE';
}

/** Whoever writes a document by hand knows of no `undefined`. */
const worded = (message: string): string =>
  message.replace(/^Invalid input: expected (.+), received undefined$/, 'is missing: expected $1');

/**
 * Turns the issues of a schema check into problems with readable paths.
 *
 * @param issues each with the path as keys and indexes, and a message
 * @param root put before each path
 */
export function problemsOf(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
  root = '',
): readonly Problem[] {
  return issues.map(({ path, message }) => ({
    path: path.reduce<string>(
      (text, key) =>
        typeof key === 'number'
          ? `${text}[${key}]`
          : text === ''
            ? String(key)
            : `${text}.${String(key)}`,
      root,
    ),
    message: worded(message),
  }));
}
