import type { TrialAnalysis } from '../analysis/index.ts';
import type { Finding } from '../analysis/text/findings.ts';
import { findingsOf } from '../analysis/text/findings.ts';
import type { Markup, Part } from './escape.ts';
import { html } from './escape.ts';
import { table } from './table.ts';
import { capital } from './words.ts';

const signs: Readonly<Record<Finding['state'], string>> = {
  fine: '✓',
  note: '•',
  warning: '✕',
  unknown: '–',
};

/** What was looked at before an effect is believed, as a checklist. */
export function integritySection(analysis: TrialAnalysis): Markup | undefined {
  const findings = findingsOf(analysis);
  if (findings.length === 0) return undefined;
  return html`<section aria-labelledby="integrity">
    <h2 id="integrity">Whether the trial ran as it was meant to</h2>
    <p class="lead">
      ✓ nothing found; • found, worth knowing; ✕ found, and among the warnings at the top; – cannot
      be judged.
    </p>
    <div class="checklist">
      ${table({
        caption: 'What was looked at, from every event of the ledger',
        columns: ['Looked at', 'Found', 'What to do'],
        rows: findings.map(({ lookedAt, found, advice, state }): readonly Part[] => [
          html`<span class="check">${signs[state]}</span> ${lookedAt}`,
          `${capital(found)}.`,
          todo(state, advice),
        ]),
      })}
    </div>
  </section>`;
}

function todo(state: Finding['state'], advice: Finding['advice']): string {
  if (state === 'warning') return 'See the warning at the top.';
  return advice ?? (state === 'unknown' ? '–' : 'Nothing.');
}
