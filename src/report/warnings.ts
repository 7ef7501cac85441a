import type { Markup } from './escape.ts';
import { html } from './escape.ts';

/** Warnings, told by a word and a sign and not by colour alone. */
export function warningList(warnings: readonly string[]): Markup | undefined {
  if (warnings.length === 0) return undefined;
  return html`<ul class="warnings">
    ${warnings.map((warning) => html`<li><strong>Warning.</strong> ${warning}</li>`)}
  </ul>`;
}
