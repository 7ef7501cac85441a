/** A cluster that is known before the start. */
export interface Cluster {
  /** As it will be recorded: a practice's own id, a person's pseudonym. */
  readonly id: string;
  /** Expected size, such as patients or alerts; above 0. */
  readonly size?: number | undefined;
  /** Its strata, covariates, matched set and wave, by column. */
  readonly values: Readonly<Record<string, string | number>>;
}
