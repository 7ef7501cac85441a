import type { TrialAnalysis } from '../analysis/index.ts';
import type { OverrideReasons } from '../analysis/overrides/index.ts';
import { courseSection } from './course-section.ts';
import { equitySection } from './equity-section.ts';
import { html } from './escape.ts';
import { factorialSection } from './factorial-section.ts';
import { flowSection } from './flow-section.ts';
import { header, shortPrint } from './header.ts';
import { identitySection } from './identity-plot.ts';
import { integritySection } from './integrity-section.ts';
import { measuresSection } from './measure-section.ts';
import { methodsSection } from './methods.ts';
import { overrideSection } from './override-section.ts';
import { responseSection } from './response-section.ts';
import { figureStyle } from './style-figure.ts';
import { pageStyle } from './style-page.ts';
import { printStyle } from './style-print.ts';
import { tableStyle } from './style-table.ts';
import { verdictSection } from './verdict-section.ts';
import { warningList } from './warnings.ts';
import { instantText } from './words.ts';

/** What a report says besides the analysis. */
export interface ReportOptions {
  /** A remark below the head, such as the truth that was simulated. Plain text. */
  readonly note?: string | undefined;
  /** Why alerts were overridden, which is shown where it is given. */
  readonly overrides?: OverrideReasons | undefined;
  /** When the report was made, an ISO instant; left out by default, so that one analysis gives one file. */
  readonly generatedAt?: string | undefined;
}

/**
 * A report of a trial as one HTML file that needs nothing else: no network, no script, no fonts. The
 * same analysis gives the same bytes. Everything in the analysis is taken as untrusted text.
 *
 * @example
 * await writeFile('report.html', reportHtml(await analyze(trial, store)));
 */
export function reportHtml(analysis: TrialAnalysis, options: ReportOptions = {}): string {
  const { trial, asOf, warnings } = analysis;
  const { note, overrides, generatedAt } = options;
  return html`<!doctype html>
    <html lang="en-GB">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        />
        <title>${trial.title} · round ${trial.round}</title>
        ${pageStyle} ${tableStyle} ${figureStyle} ${printStyle}
      </head>
      <body>
        ${header(analysis, note)}
        <main>
          ${warningList(warnings)} ${verdictSection(analysis)} ${measuresSection(analysis)}
          ${factorialSection(analysis)} ${identitySection(analysis)} ${courseSection(analysis)}
          ${flowSection(analysis)} ${integritySection(analysis)} ${responseSection(analysis)}
          ${overrideSection(overrides)} ${equitySection(analysis)} ${methodsSection(analysis)}
        </main>
        <footer>
          ${trial.id}, round ${trial.round} · fingerprint ${shortPrint(trial.fingerprint)} · data as
          of
          ${instantText(asOf)}${
            generatedAt !== undefined && html` · report made ${instantText(generatedAt)}`
          }
        </footer>
      </body>
    </html> `.markup;
}
