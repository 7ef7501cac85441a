import type { RandomStream } from './random.ts';

const { log, sqrt } = Math;

/**
 * A random gamma number with mean 1 and the variance 1 / shape, by the squeeze of Marsaglia and Tsang.
 *
 * @param shape above 0
 * @see G. Marsaglia and W. W. Tsang, ACM Trans. Math. Softw. 26 (2000) 363. In R: `rgamma(1, shape,
 *   shape)`, from other random numbers.
 */
export function gammaVariate(stream: RandomStream, shape: number): number {
  // Their method is for shapes from 1: below that a larger shape is drawn and brought back.
  const boosted = shape < 1 ? shape + 1 : shape;
  const d = boosted - 1 / 3;
  const c = 1 / sqrt(9 * d);
  for (;;) {
    const x = stream.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && log(1 - stream.next()) < (x * x) / 2 + d - d * v + d * log(v)) {
      const back = shape < 1 ? (1 - stream.next()) ** (1 / shape) : 1;
      return (d * v * back) / shape;
    }
  }
}
