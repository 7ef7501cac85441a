import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseFeedback } from '../../src/cds-hooks/feedback-schema.ts';
import { parseContext } from '../../src/cds-hooks/hooks/parse-context.ts';
import { parseRequest } from '../../src/cds-hooks/request-schema.ts';
import { parseResponse } from '../../src/cds-hooks/response-schema.ts';
import { RequestError } from '../../src/errors.ts';
import {
  anyFeedback,
  anyRequest,
  anyResponse,
  aRequest,
  hookNames,
  mutated,
} from './arbitraries.ts';

const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** What is read of feedback: an empty system or display beside the code of a reason is absent. */
function withoutEmptyTexts(feedback: unknown): unknown {
  const read = structuredClone(feedback);
  for (const item of Object.values(membersOf(membersOf(read)['feedback']))) {
    const reason = membersOf(membersOf(membersOf(item)['overrideReason'])['reason']);
    for (const name of ['system', 'display']) if (reason[name] === '') reason[name] = null;
  }
  return read;
}

function refusedOrEqual(parse: () => unknown, document: unknown): void {
  try {
    expect(parse()).toEqual(document);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(error)).not.toContain('planted-');
  }
}

test('Feedback with empty texts beside the code of its reason is good; they are absent', () => {
  const given = (reason: object) => ({
    feedback: [
      {
        card: 'c',
        outcome: 'overridden',
        outcomeTimestamp: '2026-10-20T16:00:00Z',
        overrideReason: { reason },
      },
    ],
  });
  expect(parseFeedback(given({ code: 'ill', system: '', display: '' }))).toEqual(
    given({ code: 'ill', system: null, display: null }),
  );
  expect(() => parseFeedback(given({ code: '', system: 's' }))).toThrow(RequestError);
});

describe('Documents made at random', () => {
  test.each(hookNames)('a call of %s that holds everything is good, strictly too', (hook) => {
    fc.assert(
      fc.property(aRequest(hook), (document) => {
        expect(parseRequest(document, { strict: true })).toEqual(document);
        expect(parseRequest(document)).toEqual(document);
        expect(parseContext(hook, document['context'])).toEqual(document['context']);
      }),
      { numRuns: 60 },
    );
  });

  test('feedback of every shape is good', () => {
    fc.assert(
      fc.property(anyFeedback, (document) => {
        expect(parseFeedback(document)).toEqual(document);
      }),
      { numRuns: 200 },
    );
  });

  test('an answer that holds to every invariant is good', () => {
    fc.assert(
      fc.property(anyResponse, (document) => {
        expect(parseResponse(document)).toEqual(document);
      }),
      { numRuns: 200 },
    );
  });

  test('a broken document is let through as it is, or refused without any of its content', () => {
    fc.assert(
      fc.property(
        mutated(anyRequest),
        mutated(anyFeedback),
        mutated(anyResponse),
        (request, feedback, response) => {
          refusedOrEqual(() => parseRequest(request), request);
          refusedOrEqual(() => parseRequest(request, { strict: true }), request);
          refusedOrEqual(() => parseFeedback(feedback), withoutEmptyTexts(feedback));
          refusedOrEqual(() => parseResponse(response), response);
        },
      ),
      { numRuns: 500 },
    );
  });
});
