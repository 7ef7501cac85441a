import type { Markup } from './escape.ts';
import { html } from './escape.ts';

/** The style on paper: A4, what is folded opened, nothing that scrolls. */
export const printStyle: Markup = html`<style>
  @page {
    size: A4;
    margin: 14mm 12mm;
  }
  @media print {
    * {
      print-color-adjust: exact;
      -webkit-print-color-adjust: exact;
    }
    body {
      padding: 0;
      max-width: none;
      font-size: 10.5pt;
    }
    h2,
    h3,
    caption {
      break-after: avoid;
    }
    .pair {
      grid-template-columns: 1fr 1fr;
      gap: 8px 16px;
    }
    .figure,
    tr,
    .facts div,
    .terms div {
      break-inside: avoid;
    }
    .figure .tick,
    .figure .day,
    .figure .small,
    .figure .axis-title {
      font-size: 12.5px;
    }
    .scroll {
      overflow: visible;
    }
    .scroll > div {
      min-width: 0 !important;
    }
    table {
      font-size: 8pt;
    }
    th,
    td {
      padding-right: 7px;
      min-width: 0;
    }
    details.screen-only,
    summary {
      display: none;
    }
    details.printed::details-content {
      content-visibility: visible;
      block-size: auto;
      height: auto;
      display: block;
    }
  }
</style>`;
