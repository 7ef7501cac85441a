import type { Estimable } from '../../estimable.ts';
import type { Effect } from '../effect.ts';
import { contrast } from '../gee/contrast.ts';
import type { GeeFit } from '../gee/fit.ts';
import type { Comparison } from './comparison.ts';
import { fitCells } from './fit.ts';
import type { Term } from './fit.ts';

/** The name of the column that is 1 for an arm. */
export function armTerm(arm: number): string {
  return `arm ${arm}`;
}

/** A column for each arm but control. */
export function armTerms(arms: readonly number[]): readonly Term[] {
  return arms
    .filter((index) => index > 0)
    .map((index) => ({ name: armTerm(index), valueOf: (cell) => +(cell.arm === index) }));
}

/** The model with one effect an arm. */
export function fitArms(comparison: Comparison): Estimable<GeeFit> {
  const { cells, periods, arms } = comparison.judged;
  return fitCells(cells, { ...comparison, periods, terms: armTerms(arms) });
}

/** The effect of the arm by that model. */
export function armEffect(comparison: Comparison): Estimable<Effect> {
  const fit = fitArms(comparison);
  return fit.estimable ? contrast(fit, armTerm(comparison.arm), comparison.judging) : fit;
}
