import type { ListState, TrialAnalysis } from '../analysis/index.ts';
import { methodWords } from '../analysis/text/list.ts';
import { count, significant } from '../analysis/text/words.ts';
import type { Markup, Part } from './escape.ts';
import { html } from './escape.ts';
import { shortPrint } from './header.ts';
import { table } from './table.ts';
import { warningList } from './warnings.ts';
import { capital, dayText, number, unitWord } from './words.ts';

/** How the list of a trial was made, and what became of it. */
export function listPart({ list, trial }: TrialAnalysis): Markup | undefined {
  if (list === null) return undefined;
  const { clusters, withoutData, seed, checksum, amendments, diagnostics } = list;
  const late = amendments.reduce((n, each) => n + (each.kind === 'add' ? each.clusters : 0), 0);
  return html`<p>
      <strong>The list.</strong> Before the start ${count(clusters - late)}
      ${unitWord(clusters - late, trial.unit)} were allocated by ${methodWords(list, trial.unit)}.
      Seed “${seed}”, checksum ${shortPrint(checksum)}.
      ${
        withoutData === 0
          ? `Every ${trial.unit} of the list has data.`
          : `${count(withoutData)} of ${count(clusters)} ${withoutData === 1 ? 'has' : 'have'} no data so far.`
      }
    </p>
    ${
      amendments.length > 0 &&
      html`<p>Amendments, each kept with its reason:</p>
        <ul>
          ${amendments.map((each) => html`<li>${amendmentText(each, trial.unit)}</li>`)}
        </ul>`
    }
    ${warningList(diagnostics.warnings)}`;
}

const changes: Readonly<Record<ListState['amendments'][number]['kind'], string>> = {
  add: 'added, allocated given those before',
  withdraw: 'withdrawn',
  merge: 'made part of another',
};

function amendmentText(
  { from, kind, clusters, reason }: ListState['amendments'][number],
  unit: string,
): string {
  return `From ${dayText(from)}: ${count(clusters)} ${unitWord(clusters, unit)} ${changes[kind]} (${reason}).`;
}

/** How alike the groups of the list were when it was made. */
export function balanceTable({ list, trial }: TrialAnalysis): Markup | undefined {
  if (list === null) return undefined;
  const { groups, balance } = list.diagnostics;
  const isSized = groups.some(({ size }) => size !== null);
  const group = list.schedule === null ? 'arm' : 'sequence';
  return table({
    caption: `The list when it was made: ${trial.unit}s by ${group}${balance.length > 0 ? ', and the mean of each covariate over them (of a category its share)' : ''}`,
    columns: [
      '',
      ...groups.map(({ name }) => name),
      ...(balance.length > 0 ? ['Largest difference, in standard deviations'] : []),
    ],
    rows: [
      countsRow(
        capital(`${trial.unit}s`),
        groups.map(({ clusters }) => clusters),
      ),
      ...(isSized
        ? [
            countsRow(
              'Expected size, in all',
              groups.map(({ size }) => size),
            ),
          ]
        : []),
      ...balance.map(({ name, means, difference }): readonly Part[] => [
        name,
        ...means.map((mean) => (mean === null ? '–' : number(mean, significant(mean)))),
        number(difference, difference.toFixed(2)),
      ]),
    ].map((row) => (balance.length > 0 && row.length < groups.length + 2 ? [...row, '–'] : row)),
  });
}

function countsRow(name: string, values: readonly (number | null)[]): readonly Part[] {
  return [
    name,
    ...values.map((value) => (value === null ? 'not given' : number(value, count(value)))),
  ];
}
