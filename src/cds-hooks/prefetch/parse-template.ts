import { parseSelector } from './parse-selector.ts';
import type { PrefetchTemplate, Selector, Token } from './template.ts';

const example = 'such as Patient/{{context.patientId}}';

function parseToken(text: string, faults: string[]): Token {
  const selectors: Selector[] = [];
  for (const alternative of text.split('|')) {
    const selector = parseSelector(alternative.trim());
    if (typeof selector === 'string') faults.push(`{{${text}}} cannot be read: ${selector}`);
    else selectors.push(selector);
  }
  return { text, selectors };
}

function shapeFaults(parts: readonly (string | Token)[]): readonly string[] {
  const faults: string[] = [];
  const [first] = parts;
  if (first === undefined) return [`must be a FHIR query, ${example}`];
  if (typeof first === 'string' && !/^[A-Z][A-Za-z]*[/?]/.test(first)) {
    faults.push(`must be relative to the FHIR server and begin with a resource type, ${example}`);
  }
  for (const part of parts) {
    if (typeof part !== 'string') continue;
    if (/[{}]/.test(part)) faults.push(`has a brace outside a token, which is written ${example}`);
    if (/[\s\\#\p{Cc}]/u.test(part) || /(?:^|\/)\.{1,2}(?:\/|$)/.test(part)) {
      faults.push('must hold no spaces, "#", "\\" or steps such as "../"');
    }
  }
  return faults;
}

/** Reads a template; a list says what is wrong with it. */
export function readTemplate(text: unknown): PrefetchTemplate | readonly string[] {
  if (typeof text !== 'string' || text === '') return [`must be a FHIR query, ${example}`];
  const faults: string[] = [];
  // Every other piece is what the split captured: a token.
  const parts = text
    .split(/\{\{([^{}]*)\}\}/)
    .flatMap((piece, index): readonly (string | Token)[] => {
      if (index % 2 === 1) return [parseToken(piece, faults)];
      return piece === '' ? [] : [piece];
    });
  faults.push(...shapeFaults(parts));
  return faults.length > 0 ? faults : { parts };
}

/**
 * Reads a prefetch template: a FHIR read or search, relative to the server, with tokens in it.
 *
 * The tokens of CDS Hooks 2.0 are `{{context.…}}` and the four that identify the person in front of
 * the screen. Those of 3.0 are read too: paths into resources of the context or of another prefetch
 * key (`%key`), `ofType(ResourceType)`, `resolve()`, `today()` moved by whole numbers of days or other
 * units, and several of them between pipes. Few clients support them yet.
 *
 * @link https://build.fhir.org/ig/HL7/cds-hooks/#prefetch-tokens-containing-simpler-fhirpath
 * @throws TypeError with everything that is wrong and what would be right
 */
export function parseTemplate(text: string): PrefetchTemplate {
  const template = readTemplate(text);
  if ('parts' in template) return template;
  throw new TypeError(`The prefetch template "${text}" is refused: ${template.join('; ')}.`);
}
