import { valueOf } from '../value-of.ts';

/**
 * The codes of FHIR's IssueType, R4 and R5. Only these are ever repeated: a server may write anything
 * into its texts, and into a code too.
 *
 * @see https://hl7.org/fhir/R5/valueset-issue-type.html
 */
const known: ReadonlySet<unknown> = new Set([
  'business-rule',
  'code-invalid',
  'conflict',
  'deleted',
  'duplicate',
  'exception',
  'expired',
  'extension',
  'forbidden',
  'incomplete',
  'informational',
  'invalid',
  'invariant',
  'limited-filter',
  'lock-error',
  'login',
  'multiple-matches',
  'no-store',
  'not-found',
  'not-supported',
  'processing',
  'required',
  'security',
  'structure',
  'success',
  'suppressed',
  'throttled',
  'timeout',
  'too-costly',
  'too-long',
  'transient',
  'value',
]);

/** The codes of the issues of an OperationOutcome, each once; `unknown` for any that FHIR does not have. */
export function issueCodes(outcome: unknown): readonly string[] {
  const issues = valueOf(outcome, 'issue');
  if (!Array.isArray(issues)) return [];
  const codes = issues.map((issue: unknown) => {
    const code = valueOf(issue, 'code');
    return typeof code === 'string' && known.has(code) ? code : 'unknown';
  });
  return [...new Set(codes)];
}
