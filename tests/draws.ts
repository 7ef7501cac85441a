import fc from 'fast-check';

/*
 * Property tests draw the same cases in every run, so that what passed once passes again. Others are drawn
 * with RAPIDCYCLE_SEED=<whole number>, and others each time with RAPIDCYCLE_SEED=random.
 */
const { RAPIDCYCLE_SEED: seed = '1' } = process.env;
if (seed !== 'random') {
  if (!/^-?\d{1,9}$/.test(seed)) {
    throw new RangeError(`RAPIDCYCLE_SEED is a whole number or "random", not ${seed}`);
  }
  fc.configureGlobal({ seed: Number(seed) });
}
