import type { ControlLevel, Estimable, Measure } from '../analysis/index.ts';

/**
 * What the control arm would have in each period, by the model that decides: of several arms the first
 * that can be compared.
 */
export function levelsOf({ overTime }: Measure): readonly Estimable<ControlLevel>[] {
  const fits = (overTime ?? []).flatMap(({ independence }) =>
    independence.estimable ? [independence] : [],
  );
  return fits[0]?.periods.map(({ control }) => control) ?? [];
}
