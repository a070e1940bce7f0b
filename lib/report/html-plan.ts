import type { JobPlan, PlannedTarget } from '../domain/job-plan.ts';
import { span } from '../domain/money.ts';
import { html, type Markup } from './html-markup.ts';
import { section } from './html-parts.ts';
import { dollars } from './html-words.ts';

/** What the jobs cost, with the arithmetic: a line for each target, and the sum of those that are not paid yet. */
export function planSection(plan: JobPlan | null): Markup {
  const targets = plan?.targets.filter(({ verdict }) => verdict !== 'refused') ?? [];
  if (plan === null || targets.length === 0) return html``;
  return section('plan', 'What it costs', [
    html`<table><thead><tr><th scope="col">Target</th><th scope="col">Tokens</th><th scope="col">Epochs</th><th scope="col">USD a million</th><th scope="col">Cost</th></tr></thead>
<tbody>${targets.map(row)}</tbody>
<tfoot><tr><th scope="row" colspan="4">Together${limits(plan)}</th><td>${plan.cost === null ? 'unknown' : dollars(plan.cost)}</td></tr></tfoot></table>
<p class="soft">An estimate, not a bill. Tokens of one epoch, times epochs, times the price; <code>plan.json</code> holds it as data.</p>
`,
  ]);
}

function row({ name, billed, epochs, usdPerMillionTokens, cost, job }: PlannedTarget): Markup {
  const price = usdPerMillionTokens === null ? 'not published' : usdPerMillionTokens.toFixed(2);
  const told = cost === null ? 'unknown' : dollars(cost);
  return html`<tr><th scope="row">${name}</th><td>${span(billed)}</td><td>${span(epochs)}</td><td>${price}</td><td>${job === null ? told : html`<span class="soft">paid already (${told})</span>`}</td></tr>
`;
}

function limits({ budget: { usd, usdPerDay } }: JobPlan): string {
  const told = [
    ...(usd === null ? [] : [`at most ${dollars({ low: usd, high: usd })} a run`]),
    ...(usdPerDay === null ? [] : [`at most ${dollars({ low: usdPerDay, high: usdPerDay })} a day`]),
  ];
  return told.length === 0 ? '' : ` (${told.join(', ')})`;
}
