import type { Allocation } from './allocation.ts';
import type { TiedPair } from './diagnostics.ts';
import { everListed } from './history.ts';

const fixed = (value: number, digits = 2): string => value.toFixed(digits);
const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** Columns of texts, each as wide as its widest. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(i === row.length - 1 ? 0 : (widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** Rows as columns. */
function turned(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return (rows[0] ?? []).map((_, i) => rows.map((row) => row[i] ?? ''));
}

/** How many pairs are named before the rest is only counted. */
const namedPairs = 5;

function pairs(what: string, found: readonly TiedPair[]): readonly string[] {
  if (found.length === 0) return [];
  const named = found
    .slice(0, namedPairs)
    .map(({ clusters: [one, other], share }) => `${one} and ${other} (${percent(share)})`)
    .join(', ');
  const more = found.length - namedPairs;
  return [`${found.length} pair(s) ${what}: ${named}${more > 0 ? `, and ${more} more` : ''}`];
}

/** An allocation as lines of text: its groups, their balance, what chance had to say, and the list. */
export function allocationText(allocation: Allocation): string {
  const { id, round, trial, method, seed, diagnostics, amendments, checksum } = allocation;
  const { groups, balance, together, guess, constraint, warnings, periods } = diagnostics;
  const lines = [
    `${id}, round ${round} (${trial.slice(0, 12)}): ${allocation.clusters.length} clusters by the method "${method.method}", seed "${seed}"`,
    '',
    ...columns([
      ['group', 'clusters', 'expected size'],
      ...groups.map(({ name, clusters, size }) => [
        name,
        String(clusters),
        size === null ? 'not given' : size.toLocaleString('en-GB'),
      ]),
    ]),
  ];
  if (periods.length > 1) {
    const arms = Object.keys(periods[0] ?? {});
    lines.push(
      '',
      ...columns([
        ['period', ...arms],
        ...periods.map((counts, period) => [
          String(period + 1),
          ...arms.map((arm) => String(counts[arm] ?? 0)),
        ]),
      ]),
    );
  }
  if (balance.length > 0) {
    const table = [
      ['mean of', ...groups.map(({ name }) => name), 'largest difference (SD)'],
      ...balance.map((row) => [
        row.name,
        ...row.means.map((mean) => (mean === null ? '-' : fixed(mean, 3))),
        fixed(row.difference),
      ]),
    ];
    // The names of sequences are long: they stand one below the other.
    lines.push('', ...columns(periods.length > 1 ? turned(table) : table));
  }
  lines.push('');
  if (constraint !== null) {
    const { possible, candidates, share, meanScore } = constraint;
    lines.push(
      candidates === null
        ? `Drawn from the best ${percent(share)} of about 10^${fixed(possible.log10, 1)} allocations`
        : `Drawn from the best ${candidates.toLocaleString('en-GB')} of ${(possible.count ?? 0).toLocaleString('en-GB')} allocations`,
      `Mean imbalance score ${fixed(meanScore.constrained, 3)}, without the constraint ${fixed(meanScore.complete, 3)}`,
    );
  }
  if (together !== null) {
    lines.push(
      `Two clusters share a group in ${percent(together.least.share)} to ${percent(together.most.share)} of the lists that could have been made (${percent(together.expected)} on average)`,
      ...pairs('are nearly always together', together.often),
      ...pairs('are nearly never together', together.seldom),
    );
  }
  lines.push(
    `Who knows all earlier groups guesses the next in ${percent(guess.share)} of clusters (knowing nothing: ${percent(guess.byWeight)})`,
    ...warnings.map((warning) => `WARNING: ${warning}`),
    '',
    ...columns([
      ['cluster', 'arm'],
      ...everListed(allocation).map((cluster) => [cluster.id, cluster.arms.join(', ')]),
    ]),
  );
  if (amendments.length > 0) lines.push('');
  amendments.forEach((amendment, i) => {
    const what =
      amendment.kind === 'add'
        ? `${amendment.clusters.map((cluster) => cluster.id).join(', ')} added (seed "${amendment.seed}")`
        : amendment.kind === 'withdraw'
          ? `${amendment.cluster} withdrawn`
          : `${amendment.cluster} merged into ${amendment.into}`;
    lines.push(`Amendment ${i + 1}, from ${amendment.from}: ${what}. Reason: ${amendment.reason}`);
  });
  lines.push('', `Checksum ${checksum}`);
  return lines.join('\n');
}
