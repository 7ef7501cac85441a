import type { Estimable } from '../estimable.ts';
import { notEstimable } from '../estimable.ts';
import type { SubgroupEffects } from '../methods/heterogeneity/index.ts';
import type { Omnibus } from '../methods/several/index.ts';

/**
 * The interaction test of a division as it may be shown: where small cells are withheld, so is a reason
 * that would tell how small they are.
 */
export function interactionOf(effects: Estimable<SubgroupEffects>): Estimable<Omnibus> {
  if (!effects.estimable) return effects;
  const { interaction, subgroups } = effects;
  if (interaction.estimable) return interaction;
  const withholds = subgroups.some(({ arm, control }) =>
    [arm.persons, control.persons].some((persons) => typeof persons !== 'number'),
  );
  return withholds ? notEstimable('a subgroup is too small', interaction.instead) : interaction;
}
