import type { ArmFlow, TrialAnalysis } from '../analysis/index.ts';
import { count, percent } from '../analysis/text/words.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { figure, stroke } from './figure.ts';
import { lookOf, marker } from './look.ts';
import { at, unitWord } from './words.ts';
import { block, sizeOf, wrap } from './wrap.ts';

const gap = 12;
const leading = 16;
const padding = 10;

/** A line of a box: its text, and whether it stands out. */
interface Line {
  readonly text: string;
  readonly as?: 'name' | 'small' | undefined;
}

/** The width of a column: five and six arms still fit the page side by side. */
function columnFor(arms: number): number {
  return arms > 4 ? 152 : 214;
}

/** How wide the diagram has to be for its letters to be read. */
export function flowWidth(arms: number): number {
  return arms > 2 ? Math.round(0.85 * arms * (columnFor(arms) + gap)) : 0;
}

/** What a row of boxes says of an arm. */
type Stage = (arm: ArmFlow, place: number) => readonly Line[];

/**
 * The flow of units and events after CONSORT: what was randomised, how it was split, what each arm
 * saw and did; at the side what was not random and is not counted.
 */
export function flowDiagram(analysis: TrialAnalysis): Markup {
  const { trial, arms, notRandomized } = analysis;
  const column = columnFor(arms.length);
  const width = Math.max(2, arms.length) * (column + gap) - gap + 2;
  const { list } = analysis;
  // In a design over time a unit stands in several arms.
  const units =
    list === null
      ? arms.reduce((total, each) => total + each.units, 0)
      : list.clusters - list.withoutData;
  const lost = notRandomized.reduce((total, each) => total + each.alerts, 0);
  const top = [
    { text: `${count(units)} ${unitWord(units, trial.unit)} randomised`, as: 'name' },
    { text: 'with an event or a patient-day', as: 'small' },
    ...(list === null
      ? []
      : [{ text: `of ${count(list.clusters)} on the list`, as: 'small' as const }]),
  ] as const;
  // Unit summaries without a ledger say nothing of what was not random.
  const unknown = notRandomized.length === 0 && analysis.days.length === 0;
  const side: readonly Line[] = [
    {
      text: unknown ? 'Not random: not known' : `${count(lost)} alerts not random, not counted`,
      as: 'name',
    },
    ...notRandomized.map(({ reason, alerts }) => ({ text: `${count(alerts)}: ${reason}` })),
  ];
  const trunk = box(top, { x: 1, y: 1, column });
  const aside = box(side, { x: 1 + column + gap, y: 1, column });
  const bus = 1 + Math.max(trunk.height, aside.height) + 18;
  const stages = stagesOf(analysis);
  const centre = (i: number): number => 1 + i * (column + gap) + column / 2;
  let y = bus + 18;
  const rows = stages.map((stage, s) => {
    const lines = arms.map((arm, i) => stage(arm, i));
    const height = Math.max(...lines.map((each) => heightOf(each, column)));
    const drawn = lines.map((each, i) => [
      s > 0 && arrow(centre(i), y - 18, y),
      box(each, { x: 1 + i * (column + gap), y, height, column }).body,
      s === 0 &&
        marker(lookOf(trial, arms[i]?.arm ?? ''), centre(i) + column / 2 - 13, y + height - 15, 70),
    ]);
    y += height + 18;
    return drawn;
  });
  return figure({
    id: 'flow',
    title: 'Flow of units and events',
    description:
      `${count(units)} ${unitWord(units, trial.unit)} randomised. ` +
      arms.map((arm) => flowText(arm, trial.unit)).join(' ') +
      (unknown ? '' : ` ${count(lost)} alerts were not random and are not counted.`),
    width,
    height: y - 16,
    body: [
      trunk.body,
      aside.body,
      stroke([centre(0), 1 + trunk.height], [centre(0), bus], 'flow-line'),
      stroke(
        [1 + column, 1 + trunk.height / 2],
        [1 + column + gap, 1 + trunk.height / 2],
        'flow-line',
      ),
      stroke([centre(0), bus], [centre(Math.max(0, arms.length - 1)), bus], 'flow-line'),
      arms.map((_, i) => arrow(centre(i), bus, bus + 18)),
      rows,
    ],
  });
}

/** The flow of an arm as a sentence. */
function flowText(arm: ArmFlow, unit: string): string {
  return (
    `${arm.arm}: ${count(arm.units)} ${unitWord(arm.units, unit)}, ${count(arm.patients)} patients, ${count(arm.patientDays)} patient-days, ` +
    `${count(arm.alerts)} alerts shown, of which ${count(arm.accepted)} accepted, ${count(arm.dismissed)} dismissed, ${count(arm.ignored)} ignored.`
  );
}

function stagesOf({ trial, sampleRatio, list }: TrialAnalysis): readonly Stage[] {
  const source = list === null ? 'by weight' : 'from such lists';
  return [
    (arm, i) => {
      const expected = sampleRatio.estimable ? sampleRatio.arms[i]?.expected : undefined;
      return [
        { text: arm.arm === trial.control ? `${arm.arm} (control)` : arm.arm, as: 'name' },
        { text: `${count(arm.units)} ${unitWord(arm.units, trial.unit)}` },
        ...(expected === undefined
          ? []
          : [{ text: `${count(expected)} expected ${source}`, as: 'small' as const }]),
        ...(list === null || list.schedule === null
          ? []
          : [{ text: 'in some of the periods', as: 'small' as const }]),
      ];
    },
    (arm) => [
      { text: `${count(arm.patients)} ${unitWord(arm.patients, 'patient')}` },
      { text: `${count(arm.patientDays)} patient-days` },
    ],
    (arm) => [
      { text: `${count(arm.alerts)} alerts shown` },
      { text: `in ${count(arm.openings)} openings of a chart`, as: 'small' },
      ...(arm.silent > 0
        ? [{ text: `${count(arm.silent)} more were silent`, as: 'small' as const }]
        : []),
    ],
    (arm) => {
      const both = arm.accepted + arm.dismissed + arm.ignored - arm.alerts;
      const share = (part: number): string =>
        arm.alerts > 0 ? ` (${percent(part / arm.alerts)})` : '';
      return [
        { text: `${count(arm.accepted)} accepted${share(arm.accepted)}` },
        { text: `${count(arm.dismissed)} dismissed${share(arm.dismissed)}` },
        { text: `${count(arm.ignored)} ignored${share(arm.ignored)}` },
        ...(both > 0
          ? [{ text: `${count(both)} both accepted and dismissed`, as: 'small' as const }]
          : []),
      ];
    },
  ];
}

function heightOf(lines: readonly Line[], column: number): number {
  const room = column - 2 * padding;
  return (
    2 * padding +
    leading * lines.reduce((n, { text, as }) => n + wrap(text, room, sizeOf(as)).length, 0) -
    4
  );
}

function box(
  lines: readonly Line[],
  place: {
    readonly x: number;
    readonly y: number;
    readonly column: number;
    readonly height?: number;
  },
): { readonly body: Markup; readonly height: number } {
  const { x, y, column, height = heightOf(lines, column) } = place;
  let line = y + padding + 11;
  const drawn = lines.map(({ text, as }) => {
    const one = block(text, {
      x: x + padding,
      y: line,
      width: column - 2 * padding,
      as,
      leading,
    });
    line += one.height;
    return one.body;
  });
  return {
    body: html`<rect
        class="box"
        x="${at(x)}"
        y="${at(y)}"
        width="${column}"
        height="${at(height)}"
        rx="3"
      />${drawn}`,
    height,
  };
}

function arrow(x: number, from: number, to: number): Markup {
  return html`${stroke([x, from], [x, to], 'flow-line')}<path
      class="flow-head"
      d="M${at(x)},${at(to)}l-3.5,-6h7z"
    />`;
}
