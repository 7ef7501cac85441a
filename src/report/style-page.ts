import type { Markup } from './escape.ts';
import { html } from './escape.ts';

/** The style of the text: dark on white, system fonts, one column on a telephone. */
export const pageStyle: Markup = html`<style>
  :root {
    --ink: #1d2329;
    --soft: #515a63;
    --line: #d5dade;
    --tint: #f4f6f7;
    color-scheme: light;
  }
  * {
    box-sizing: border-box;
  }
  body {
    margin: 0 auto;
    padding: 24px 32px 64px;
    max-width: 1040px;
    background: #fff;
    color: var(--ink);
    font:
      16px/1.5 system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      'Noto Sans',
      'Liberation Sans',
      sans-serif;
    overflow-wrap: anywhere;
    -webkit-text-size-adjust: 100%;
  }
  h1 {
    margin: 0 0 16px;
    font-size: 29px;
    line-height: 1.2;
    letter-spacing: -0.01em;
    text-wrap: balance;
  }
  h2 {
    margin: 48px 0 10px;
    padding-top: 12px;
    border-top: 2px solid var(--ink);
    font-size: 21px;
    line-height: 1.25;
  }
  h3 {
    margin: 0 0 4px;
    font-size: 1.06em;
    line-height: 1.3;
  }
  section > h3 {
    margin-top: 20px;
  }
  p {
    margin: 0 0 10px;
    max-width: 75ch;
  }
  .banner {
    margin: 0 0 20px;
    padding: 9px 14px;
    max-width: none;
    border: 2px dashed #8a6100;
    background: #fff6dc;
  }
  .banner strong {
    margin-right: 8px;
    letter-spacing: 0.05em;
    text-transform: uppercase;
  }
  .eyebrow,
  .role {
    color: var(--soft);
    font-size: 0.82em;
    font-weight: 600;
    letter-spacing: 0.06em;
    text-transform: uppercase;
  }
  .eyebrow {
    margin-bottom: 4px;
  }
  .role {
    display: block;
  }
  .lead,
  .definition {
    color: var(--soft);
  }
  .facts {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 290px), 1fr));
    gap: 10px 28px;
    margin: 0 0 16px;
    font-size: 0.91em;
  }
  .facts dt,
  .terms dt {
    color: var(--soft);
    font-size: 0.82em;
  }
  .facts dd,
  .terms dd {
    margin: 0;
  }
  .arms {
    margin: 0 0 16px;
    padding: 0;
    list-style: none;
    font-size: 0.91em;
  }
  .arm {
    display: inline-flex;
    align-items: baseline;
    gap: 5px;
    font-weight: 600;
  }
  .swatch {
    flex: none;
    transform: translateY(2px);
  }
  .legend .arm {
    margin-right: 18px;
    font-size: 0.91em;
  }
  .note {
    padding: 9px 14px;
    border-left: 3px solid var(--line);
    background: var(--tint);
    max-width: none;
    white-space: pre-line;
  }
  .verdicts {
    display: grid;
    gap: 16px;
  }
  .verdict {
    display: grid;
    grid-template-columns: 44px minmax(0, 1fr);
    gap: 18px;
    padding: 18px 20px 10px;
    border: 1px solid var(--line);
    border-left: 8px solid var(--tone);
    background: var(--tint);
    break-inside: avoid;
  }
  .adopt {
    --tone: #00684a;
  }
  .harm {
    --tone: #a83c00;
  }
  .discard {
    --tone: #6b3a5b;
  }
  .keep-testing {
    --tone: #005a8f;
  }
  .inconclusive {
    --tone: #5a6168;
  }
  .sign circle {
    fill: var(--tone);
  }
  .sign path {
    fill: none;
    stroke: #fff;
    stroke-width: 2.4;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .verdict h3 {
    font-size: 22px;
    line-height: 1.2;
  }
  .verdict .word {
    margin-right: 10px;
    color: var(--tone);
    font-size: 30px;
    font-weight: 750;
    letter-spacing: 0.01em;
  }
  .meaning {
    font-size: 1.06em;
  }
  .verdict ul {
    margin: 0 0 10px;
    padding-left: 20px;
  }
  .warnings {
    margin: 12px 0;
    padding: 0;
    list-style: none;
  }
  .warnings li {
    margin-bottom: 6px;
    padding: 8px 14px;
    border: 1px solid #a83c00;
    border-left-width: 6px;
  }
  .measure {
    margin: 0 0 20px;
    padding: 18px 0 10px;
    border-top: 1px solid var(--line);
  }
  .pair {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 410px), 1fr));
    gap: 12px 40px;
    margin: 12px 0;
  }
  .stack {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 12px;
  }
  .small,
  .aside,
  .reason {
    color: var(--soft);
    font-size: 0.91em;
  }
  .reason {
    font-style: italic;
  }
  details {
    margin: 8px 0 4px;
    font-size: 0.91em;
  }
  summary {
    color: #005a8f;
    cursor: pointer;
  }
  data {
    white-space: nowrap;
  }
  .terms {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 290px), 1fr));
    gap: 10px 28px;
    font-size: 0.91em;
  }
  .terms dt {
    color: var(--ink);
    font-weight: 600;
  }
  code {
    font-family: ui-monospace, 'DejaVu Sans Mono', monospace;
    font-size: 0.9em;
  }
  footer {
    margin-top: 36px;
    color: var(--soft);
    font-size: 0.85em;
  }
  @media (max-width: 560px) {
    body {
      padding: 14px 16px 40px;
    }
    h1 {
      font-size: 23px;
    }
    .verdict {
      grid-template-columns: minmax(0, 1fr);
      gap: 8px;
      padding: 14px;
    }
    .verdict .word {
      display: block;
      font-size: 26px;
    }
  }
</style>`;
