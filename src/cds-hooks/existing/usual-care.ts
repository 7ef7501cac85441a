import { RequestError } from '../../errors.ts';
import type { CdsRequest, CdsResponse } from '../types.ts';

/** An existing service as the calls of one trial see it. */
export interface UsualCare {
  /**
   * Asks the service: once for each call, however many arms want to know. Each gets a copy, because
   * what one makes of it must not be served by another.
   */
  readonly ask: (call: CdsRequest) => Promise<CdsResponse>;
  /** Asks it for what will be served, and keeps in mind if it refuses. */
  readonly serve: (call: CdsRequest) => Promise<CdsResponse>;
  /** What the service refused to serve a call with. */
  readonly refusalOf: (call: CdsRequest) => RequestError | undefined;
}

/**
 * Remembers what an existing service answered for as long as a call lasts: a variant that has asked
 * it and then fails must not make it work, and the clinician wait, a second time.
 *
 * @param ask calls are told apart by identity
 */
export function usualCareOf(
  ask: (request: CdsRequest) => CdsResponse | Promise<CdsResponse>,
): UsualCare {
  const answers = new WeakMap<CdsRequest, Promise<CdsResponse>>();
  const refusals = new WeakMap<CdsRequest, RequestError>();

  const askOnce = (call: CdsRequest): Promise<CdsResponse> => {
    const known = answers.get(call);
    if (known !== undefined) return known;
    const answer = (async () => ask(call))();
    answers.set(call, answer);
    return answer;
  };
  return {
    ask: async (call) => {
      const copy: CdsResponse = JSON.parse(JSON.stringify(await askOnce(call)));
      return copy;
    },
    serve: async (call) => {
      try {
        return await askOnce(call);
      } catch (error) {
        if (error instanceof RequestError) refusals.set(call, error);
        throw error;
      }
    },
    refusalOf: (call) => refusals.get(call),
  };
}
