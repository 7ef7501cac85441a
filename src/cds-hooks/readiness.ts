/** Whether a load balancer may send calls here. */
export interface Readiness {
  readonly state: 'starting' | 'ready' | 'closing';
  /** From now on it may not. */
  readonly close: () => void;
}

/**
 * Ready once something has ended.
 *
 * @param starting default: nothing
 * @param onFailure told when it failed: it is then never ready
 */
export function readinessAfter(
  starting: PromiseLike<unknown> | undefined,
  onFailure: (error: unknown) => void,
): Readiness {
  let state: Readiness['state'] = starting === undefined ? 'ready' : 'starting';
  const watch = async (): Promise<void> => {
    try {
      await starting;
      if (state === 'starting') state = 'ready';
    } catch (error) {
      onFailure(error);
    }
  };
  void watch();
  return {
    get state() {
      return state;
    },
    close: () => {
      state = 'closing';
    },
  };
}
