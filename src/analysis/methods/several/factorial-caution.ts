import { studentT } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import type { Effect } from '../effect.ts';

/** An effect at the margins that an interaction may contradict. */
export interface NamedEffect {
  readonly factor: string;
  readonly effect: Estimable<Effect>;
}

/**
 * What an interaction forbids to say about the main effects of its factors: they are means of unlike
 * effects where it is significant; nothing shows that they are not, where its interval is so wide that
 * it could be as large as one of them. `undefined` where it forbids nothing.
 */
export function cautionOf(
  interaction: Estimable<Effect>,
  mains: readonly NamedEffect[],
  level: number,
): string | undefined {
  const names = mains.map(({ factor }) => factor).join(' × ');
  if (!interaction.estimable) {
    return `The interaction ${names} cannot be estimated (${interaction.reason}), so nothing shows that a main effect holds at every level.`;
  }
  if (interaction.pValue <= 1 - level) {
    return `The interaction ${names} is significant (p = ${interaction.pValue.toPrecision(2)}): a main effect is the mean of unlike effects, read the simple effects.`;
  }
  const { degreesOfFreedom, standardError } = interaction;
  const reach = studentT.quantile((1 - level) / 2, degreesOfFreedom, 'upper') * standardError;
  for (const { factor, effect } of mains) {
    // Statistic times standard error: the logarithm where the effect is a ratio.
    if (!effect.estimable || reach <= Math.abs(effect.statistic * effect.standardError)) continue;
    const times = (standardError / effect.standardError) ** 2;
    return `The interval of the interaction ${names} is wide: with ${times.toPrecision(2)} times the variance of the main effect of ${factor} it leaves room for an interaction larger than that effect, so these data do not show that the effect is the same at every level.`;
  }
  return undefined;
}
