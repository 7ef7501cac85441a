import type { Identity, TrialAnalysis } from '../analysis/index.ts';
import { withoutIdentity } from '../analysis/text/summary.ts';
import { significant, whyNot } from '../analysis/text/words.ts';
import { around, axisBelow, tickText } from './axis.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { figure, label, stroke } from './figure.ts';
import { armLabel } from './look.ts';
import { details, table } from './table.ts';
import { at, number } from './words.ts';

const width = 440;
const left = 10;
const right = width - 16;
const rowHeight = 46;

/** How the effect on accepted alerts comes about: fewer alerts, better alerts, or both. */
export function identitySection({ trial, identities, verdicts, primary }: TrialAnalysis): Markup {
  if (primary.overTime !== null) {
    return html`<section aria-labelledby="identity">
      <h2 id="identity">Fewer alerts, or better alerts?</h2>
      <p>${withoutIdentity}</p>
    </section>`;
  }
  return html`<section aria-labelledby="identity">
    <h2 id="identity">Fewer alerts, or better alerts?</h2>
    <p class="lead">
      Accepted alerts per patient-day = alerts per patient-day × accepted per alert. An arm that
      drops alerts raises its acceptance without one more order, so the three are read together.
    </p>
    <div class="${identities.length > 1 ? 'pair' : ''}">
      ${identities.map((identity, i) =>
        identity.estimable
          ? html`<div>
              <h3>${armLabel(trial, identity.arm)}</h3>
              <div class="${identities.length === 1 ? 'pair' : ''}">
                <div>${identityPlot(identity, { id: `identity-${i + 1}` })}</div>
                <p>${identityText(identity)}</p>
              </div>
            </div>`
          : html`<div>
              <h3>${armLabel(trial, verdicts[i]?.arm ?? '')}</h3>
              <p class="reason">Not estimable: ${whyNot(identity)}.</p>
            </div>`,
      )}
    </div>
    ${
      identities.some((identity) => identity.estimable) &&
      details(
        'The numbers',
        table({
          caption: 'The identity in logarithms of ratios, arm over control',
          columns: [
            'Arm',
            'Alerts per patient-day',
            'Accepted per alert',
            'Accepted per patient-day',
          ],
          rows: identities.flatMap((identity) =>
            identity.estimable
              ? [
                  [
                    identity.arm,
                    number(identity.alertsPerDay, logText(identity.alertsPerDay)),
                    number(identity.acceptedPerAlert, logText(identity.acceptedPerAlert)),
                    number(identity.acceptedPerDay, logText(identity.acceptedPerDay)),
                  ],
                ]
              : [],
          ),
        }),
      )
    }
  </section>`;
}

function logText(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}

function factor(log: number): string {
  return `×\u00A0${significant(Math.exp(log))}`;
}

function change(log: number, noun: string): string {
  const percentage = 100 * (Math.exp(log) - 1);
  return `${significant(Math.abs(percentage), 2)} % ${percentage < 0 ? 'fewer' : 'more'} ${noun}`;
}

/** The identity in one sentence. */
function identityText(identity: Identity): string {
  const { arm, control, alertsPerDay, acceptedPerAlert, acceptedPerDay } = identity;
  return (
    `Compared with ${control}, ${arm} gave ${change(alertsPerDay, 'alerts per patient-day')} (${factor(alertsPerDay)}), ` +
    `and an alert was accepted ${factor(acceptedPerAlert).slice(2)} times as often: together ${change(acceptedPerDay, 'accepted alerts per patient-day')} (${factor(acceptedPerDay)}).`
  );
}

/** Three bars on one axis of ratios: the second begins where the first ends, the third is both. */
function identityPlot(identity: Identity, options: { readonly id: string }): Markup {
  const { alertsPerDay, acceptedPerAlert, acceptedPerDay } = identity;
  const bars = [
    { name: 'Alerts per patient-day', from: 0, to: alertsPerDay, log: alertsPerDay },
    {
      name: 'Accepted per alert',
      from: alertsPerDay,
      to: alertsPerDay + acceptedPerAlert,
      log: acceptedPerAlert,
    },
    { name: 'Accepted per patient-day', from: 0, to: acceptedPerDay, log: acceptedPerDay },
  ];
  const axis = around(
    [1, ...bars.flatMap(({ from, to }) => [Math.exp(from), Math.exp(to)])],
    'ratio',
    [left, right],
  );
  const x = (log: number): number => axis.place(Math.exp(log));
  const bottom = 6 + bars.length * rowHeight;
  return figure({
    id: options.id,
    title: `How accepted alerts per patient-day come about in ${identity.arm}`,
    description: identityText(identity),
    width,
    height: bottom + 40,
    body: [
      axisBelow(axis, {
        top: 4,
        y: bottom,
        range: [left, right],
        text: (value) => tickText(value),
      }),
      stroke([x(0), 4], [x(0), bottom], 'null-line'),
      bars.map(({ name, from, to, log }, i) => {
        const top = 24 + i * rowHeight;
        const total = i === 2;
        return html`${label(total ? `= ${name}` : `${i === 1 ? '× ' : ''}${name}`, { x: left, y: top - 6, as: 'name' })}${label(
            factor(log),
            { x: right, y: top - 6, anchor: 'end', as: 'value' },
          )}<rect
            class="${total ? 'bar total' : 'bar'}"
            x="${at(Math.min(x(from), x(to)))}"
            y="${top}"
            width="${at(Math.max(1.5, Math.abs(x(to) - x(from))))}"
            height="16"
          />${!total && stroke([x(to), top], [x(to), top + rowHeight + 16], 'joint')}`;
      }),
      label('Ratio, arm over control (log scale; 1 = as the control arm)', {
        x: (left + right) / 2,
        y: bottom + 33,
        anchor: 'middle',
        as: 'axis-title',
      }),
    ],
  });
}
