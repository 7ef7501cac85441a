import type { Markup } from './escape.ts';
import { html } from './escape.ts';

/** The style of the tables. */
export const tableStyle: Markup = html`<style>
  .scroll {
    overflow-x: auto;
  }
  table {
    margin: 8px 0 14px;
    min-width: min(100%, 24em);
    border-collapse: collapse;
    font-size: 0.85em;
    line-height: 1.35;
    font-variant-numeric: tabular-nums;
    overflow-wrap: normal;
  }
  caption {
    padding: 4px 0;
    color: var(--soft);
    text-align: left;
  }
  th,
  td {
    padding: 5px 12px 5px 0;
    border-bottom: 1px solid var(--line);
    text-align: left;
    vertical-align: top;
  }
  th {
    font-weight: 600;
    max-width: 24em;
    overflow-wrap: break-word;
    min-width: 5.5em;
  }
  td .reason {
    display: inline-block;
    min-width: 14em;
    font-size: inherit;
  }
  .withheld {
    color: var(--soft);
    font-style: italic;
  }
</style>`;
