import type { TrialAnalysis } from '../analysis/index.ts';
import { scheduleWords } from '../analysis/text/list.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { armLabel } from './look.ts';
import { dayText, instantText } from './words.ts';

const determinations: Readonly<
  Record<TrialAnalysis['trial']['governance']['determination'], string>
> = {
  'quality-improvement': 'Quality improvement',
  'research-with-consent': 'Research with consent',
  'research-with-waiver': 'Research with a waiver of consent',
  synthetic: 'Synthetic data',
};

/** The head of the page: what was tried, when, on whom, on what grounds, and by which protocol. */
export function header(analysis: TrialAnalysis, note?: string): Markup {
  const { trial, asOf, final, stoppedAt, list } = analysis;
  const { governance } = trial;
  const state =
    stoppedAt === null
      ? final
        ? 'Over; every answer is in'
        : 'Running'
      : `Stopped on ${instantText(stoppedAt)}`;
  const facts: readonly (readonly [string, string])[] = [
    ['Dates', `${dayText(trial.start)} to ${dayText(trial.end)} (${trial.timeZone})`],
    ['State', `${state}; analysed as of ${instantText(asOf)}`],
    ['Randomised', `By ${trial.unit}${listWords(list)}`],
    [
      'Determination',
      `${determinations[governance.determination]}; reference: ${governance.reference}`,
    ],
    ['Owner', governance.owner],
    ['Opt-out', governance.optOut],
    ['Protocol', `${trial.id}, round ${trial.round}; fingerprint ${shortPrint(trial.fingerprint)}`],
  ];
  return html`${
      governance.determination === 'synthetic' &&
      html`<p class="banner" role="note">
        <strong>Synthetic data</strong> None of this happened in a hospital.
      </p>`
    }
    <header>
      <p class="eyebrow">Randomised trial of an alert · Round ${trial.round}</p>
      <h1>${trial.title}</h1>
      <dl class="facts">
        ${facts.map(
          ([name, value]) =>
            html`<div>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
      <ul class="arms">
        ${trial.arms.map(
          ({ name, weight, description }) =>
            html`<li>
              ${armLabel(trial, name)}${name === trial.control && ' (control)'}, weight
              ${weight}${description !== null && html`: ${description}`}
            </li>`,
        )}
      </ul>
      ${note !== undefined && html`<p class="note"><strong>Note.</strong> ${note}</p>`}
    </header>`;
}

function listWords(list: TrialAnalysis['list']): string {
  if (list === null) return '';
  const { schedule } = list;
  return `, from a list made before the start${schedule === null ? '' : `. ${scheduleWords(schedule)}`}`;
}

/** The beginning of a fingerprint, enough to tell protocols apart by eye. */
export function shortPrint(fingerprint: string): string {
  return fingerprint.slice(0, 12);
}
