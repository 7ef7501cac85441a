/** Where metrics are given, and to whom. */
export interface MetricsOptions {
  /** Instead of `/metrics`, which stands under the base path. */
  readonly path?: string | undefined;
  /**
   * What a reader must send as `Authorization: Bearer …`; default anybody may read. Metrics hold no
   * identifier, but how well each alert fares is not for everybody: give one, or keep the address
   * from outside.
   */
  readonly token?: string | undefined;
}
