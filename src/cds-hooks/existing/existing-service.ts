import type { CdsRequest, CdsResponse, ServiceDescription } from '../types.ts';

/**
 * What discovery says of a service, as an alert service is defined by it. To be spread into the
 * options of `withTrial`.
 */
export type ExistingDescription = Pick<
  ServiceDescription,
  'id' | 'hook' | 'title' | 'description' | 'prefetch' | 'usageRequirements'
>;

/** A CDS Hooks service that runs already, wherever that is. */
export interface ExistingService {
  /**
   * Calls it.
   *
   * @throws RequestError with its status, when it answered with one from 400 on
   * @throws Error when there was no answer, or none that is JSON
   */
  readonly ask: (request: CdsRequest) => Promise<CdsResponse>;
  /**
   * Looks it up in its discovery, so that its description need not be written again. Its prefetch
   * templates are checked like those of any alert: write those anew that the specification forbids.
   *
   * @param options `hook`: which one is meant, when the id is on several hooks
   * @throws TypeError when discovery cannot be had, or does not list it
   */
  readonly describe: (options?: {
    readonly hook?: string | undefined;
  }) => Promise<ExistingDescription>;
}

/** How an existing service is reached. */
export interface ExistingOptions {
  /** Where it is called, such as `/cds-services/flu`. */
  readonly path: string;
  /**
   * Headers for each request, such as the authorization that the service asks for, by the address
   * that is asked. What the client sent is not handed on: its token was made out to this service.
   */
  readonly headers?: HeadersFor | undefined;
  /** Milliseconds after which a request is given up; default 10,000. */
  readonly timeout?: number | undefined;
}

/** The headers of a request to an address. */
export type HeadersFor = (
  address: string,
) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
