import { KeyError } from '../../errors.ts';
import type { Store } from '../port.ts';

/**
 * Checks that two ledgers know a person by the same pseudonym, before events of the one go into the
 * other. A ledger that has never been opened with a key has nothing to say.
 *
 * @throws KeyError when their keys differ
 */
export async function checkLinkage(
  one: Pick<Store, 'keyCheck' | 'location'>,
  other: Pick<Store, 'keyCheck' | 'location'>,
): Promise<void> {
  const [first, second] = await Promise.all([one.keyCheck(), other.keyCheck()]);
  if (first === undefined || second === undefined || first === second) return;
  throw new KeyError(
    `${one.location} and ${other.location} have different keys: in one trial the same person would have two pseudonyms, so give both the same key, or re-key the one to the key of the other`,
  );
}
