import { FhirError } from '../../errors.ts';

/**
 * Gives the access token of a request.
 *
 * @param asked `refused` is the token that the server has just refused, if any: a fresh one is wanted
 */
export type TokenProvider = (asked: {
  readonly refused?: string | undefined;
}) => string | Promise<string>;

/** Asks a provider for tokens, once for all requests that want a fresh one at the same time. */
export interface TokenKeeper {
  readonly current: () => Promise<string>;
  /** @param refused the token that the server refused */
  readonly renewed: (refused: string) => Promise<string>;
}

async function checked(token: string | Promise<string>): Promise<string> {
  const text: unknown = await token;
  if (typeof text === 'string' && /^[\u0021-\u007E]+$/.test(text)) return text;
  throw new FhirError(
    'the access token must be a text of printable characters without spaces, and without "Bearer"',
  );
}

export function tokenKeeper(token: string | TokenProvider): TokenKeeper {
  const ask: TokenProvider = typeof token === 'string' ? () => token : token;
  let renewal: { readonly refused: string; readonly fresh: Promise<string> } | undefined;
  return {
    current: () => checked(ask({})),
    renewed: (refused) => {
      // A request that was under way while another got a fresh token was refused with the same old one.
      if (renewal?.refused !== refused) renewal = { refused, fresh: checked(ask({ refused })) };
      const mine = renewal;
      mine.fresh.catch(() => {
        if (renewal === mine) renewal = undefined;
      });
      return mine.fresh;
    },
  };
}
