import type { Markup } from './escape.ts';
import { html } from './escape.ts';

/** The style of the drawings. */
export const figureStyle: Markup = html`<style>
  .figure {
    display: block;
    width: 100%;
    height: auto;
  }
  .figure text {
    fill: var(--ink);
    font-size: 12px;
    font-variant-numeric: tabular-nums;
    stroke: #fff;
    stroke-width: 3px;
    stroke-linejoin: round;
    paint-order: stroke;
  }
  .figure .name,
  .figure .value {
    font-weight: 600;
  }
  .figure .tick,
  .figure .day,
  .figure .axis-title,
  .figure .small,
  .figure .reason,
  .figure .null-line-label {
    fill: var(--soft);
    font-size: 11px;
  }
  .figure .margin-line-label {
    font-size: 11px;
    font-weight: 600;
  }
  .figure .reason {
    font-style: italic;
  }
  .figure .grid {
    stroke: #e6e9eb;
  }
  .figure .rule {
    stroke: #8b949c;
  }
  .figure .null-line {
    stroke: #6b747c;
  }
  .figure .margin-line {
    stroke: #1d2329;
    stroke-width: 1.5;
    stroke-dasharray: 5 3;
  }
  .figure .beyond {
    fill: #fbeee4;
  }
  .figure .interval {
    stroke: var(--arm);
    stroke-width: 3.5;
    stroke-linecap: round;
  }
  .figure .interval-end {
    fill: var(--arm);
  }
  .figure .marker {
    stroke: #fff;
    stroke-width: 1;
  }
  .figure .naive {
    stroke: #6b747c;
    stroke-width: 1.2;
  }
  .figure .naive-end {
    fill: #6b747c;
  }
  .figure .bar {
    fill: #9fb4c4;
  }
  .figure .total {
    fill: #2f5673;
  }
  .figure .joint {
    stroke: #6b747c;
    stroke-dasharray: 2 2;
  }
  .figure .weekend {
    fill: #f1f3f4;
  }
  .figure .daily .marker {
    stroke: none;
    opacity: 0.5;
  }
  .figure .weekly {
    stroke: var(--arm);
    stroke-width: 2.6;
  }
  .figure .course {
    fill: none;
    stroke: var(--arm);
    stroke-width: 2;
  }
  .figure .cell {
    fill: var(--arm);
    fill-opacity: 0.26;
  }
  .figure .cell.control {
    fill-opacity: 0.1;
  }
  .figure .washout {
    fill: #fff;
    fill-opacity: 0.6;
  }
  .figure .hatch {
    stroke: #6b747c;
    stroke-width: 0.8;
  }
  .figure .band {
    fill: #4d4d4d;
    fill-opacity: 0.12;
  }
  .figure .level {
    stroke: #4d4d4d;
    stroke-width: 1.6;
    stroke-dasharray: 5 3;
  }
  .figure .box {
    fill: #fff;
    stroke: #8b949c;
  }
  .figure .flow-line {
    stroke: #6b747c;
  }
  .figure .flow-head {
    fill: #6b747c;
  }
  @media (max-width: 560px) {
    .figure .tick,
    .figure .day,
    .figure .small {
      font-size: 12px;
    }
  }
</style>`;
