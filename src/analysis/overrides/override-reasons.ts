import type { OverrideMap } from '../../events/override-map.ts';
import type { Store } from '../../store/port.ts';
import type { Trial } from '../../trial/trial.ts';
import { withText } from '../estimable.ts';
import { observeAll } from '../integrity/observer.ts';
import { overrideObserver } from './override-observer.ts';
import type { OverrideReasons } from './result.ts';
import { overridesText } from './text.ts';
import { overrideWarnings } from './warnings.ts';

export interface OverrideOptions {
  /** What the site's own reasons are among HL7's; default none: then only HL7's own are. */
  readonly map?: OverrideMap | undefined;
  /** Milliseconds since 1970-01-01T00:00Z; default now. */
  readonly asOf?: number | undefined;
}

/**
 * Why alerts were overridden, by arm: by HL7's categories of non-adherence, by the reasons as they were
 * given, and for how many none was given. Of random assignments only. An alert counts once for each reason
 * and once for each category, so where one was dismissed twice for two reasons, they add up to more than the
 * dismissed alerts. An alert that was accepted in time counts as accepted, whatever else was answered.
 *
 * It describes: there is no interval and no p value, for a dismissal comes after the arm. To compare arms by
 * one reason, give the protocol a metric with a count of `dismissed` and its `reason`, or use
 * `dismissalRateFor`. Reads the events once, and keeps some 50 bytes for each alert, no event itself.
 *
 * @param source a ledger
 * @throws RangeError when `asOf` is no instant
 * @see https://build.fhir.org/ig/HL7/cds-hooks/CodeSystem-non-adherence-reason-codes.html
 */
export async function overrideReasons(
  source: Pick<Store, 'read'>,
  trial: Trial,
  { map, asOf = Date.now() }: OverrideOptions = {},
): Promise<OverrideReasons> {
  if (!Number.isSafeInteger(asOf) || Math.abs(asOf) > 8_640_000_000_000_000) {
    throw new RangeError('asOf must be whole milliseconds since 1970-01-01T00:00Z');
  }
  const observer = overrideObserver(trial, { map, asOf });
  const events = source.read({
    trial: trial.fingerprint,
    types: ['impression', 'acceptance', 'order', 'dismissal'],
  });
  await observeAll(events, [observer]);
  const arms = observer.result();
  const result: OverrideReasons = {
    window: trial.protocol.responseWindow,
    asOf: new Date(asOf).toISOString(),
    arms,
    warnings: overrideWarnings(arms, map),
  };
  return withText(result, () => overridesText(result));
}
