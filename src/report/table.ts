import type { Markup, Part } from './escape.ts';
import { html } from './escape.ts';

/** A table with a caption. The first cell of a row is its heading. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Part[])[];
}

/** A table that scrolls sideways where the page is narrow. */
export function table({ caption, columns, rows }: Table): Markup {
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([heading, ...cells]) =>
            html`<tr>
              <th scope="row">${heading}</th>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Something to be opened by those who want it; `print` says whether paper shows it too. */
export function details(
  summary: string,
  body: Part,
  { print = true }: { readonly print?: boolean } = {},
): Markup {
  return html`<details class="${print ? 'printed' : 'screen-only'}">
    <summary>${summary}</summary>
    ${body}
  </details>`;
}
