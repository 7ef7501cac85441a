/** An estimate with what judges it. */
export interface EstimateWithError {
  readonly estimate: number;
  readonly standardError: number;
}

/** An estimate whose statistic has a t distribution; `Infinity` degrees of freedom make it normal. */
export interface TEstimate extends EstimateWithError {
  readonly degreesOfFreedom: number;
}

/** Which way of the outcome is wanted. */
export type Better = 'higher' | 'lower';

/** Why nothing is tested without a standard error. */
export const noError = 'the standard error is 0, so there is no variance to judge by';

/** @throws RangeError unless both are finite and the standard error is 0 or more. */
export function requireEstimate({ estimate, standardError }: EstimateWithError): void {
  if (!Number.isFinite(estimate)) {
    throw new RangeError(`estimate must be finite, got ${estimate}`);
  }
  if (!(standardError >= 0 && standardError < Infinity)) {
    throw new RangeError(`standardError must be finite and 0 or more, got ${standardError}`);
  }
}

/** @throws RangeError unless there are more than 0; `Infinity` is the normal. */
export function requireDegreesOfFreedom(degreesOfFreedom: number): void {
  if (!(degreesOfFreedom > 0)) {
    throw new RangeError(
      `degreesOfFreedom must be above 0 (Infinity for the normal), got ${degreesOfFreedom}`,
    );
  }
}

/** @throws RangeError unless a one-sided level lies between 0 and 0.5. */
export function requireAlpha(alpha: number): void {
  if (!(alpha > 0 && alpha < 0.5)) {
    throw new RangeError(`alpha is one-sided and must lie between 0 and 0.5, got ${alpha}`);
  }
}
