import type { JobPlan, PlannedTarget } from '../domain/job-plan.ts';
import { dollars, range, span } from '../domain/money.ts';
import { plainText } from './plain-text.ts';

const HEAD = ['target', 'model', 'rows', 'tokens', 'epochs', '$ per million', 'cost'];

/** A plan for people: the targets side by side, the sum, and what stands in the way. */
export function planText(plan: JobPlan): string {
  const rows = plan.targets.map(rowOf);
  const widths = HEAD.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const lineOf = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
  const reasons = new Map<string, string[]>();
  for (const { name, verdict, message } of plan.targets)
    if (verdict === 'refused' && message !== undefined) reasons.set(message, [...(reasons.get(message) ?? []), name]);
  const lines = [
    `${plan.dataset}: plan ${plan.plan}${plan.simulated ? ' (simulated)' : ''}`,
    lineOf(HEAD),
    ...rows.map(lineOf),
    `  together: ${range(plan.cost)}${limitsOf(plan)}`,
    ...[...reasons].map(([message, names]) => `  refused for ${names.join(', ')}: ${message}`),
    ...(plan.held === null ? [] : [`  held: ${plan.held}`]),
  ];
  return `${plainText(lines.join('\n'))}\n`;
}

function rowOf({
  name,
  model,
  verdict,
  rows,
  billed,
  epochs,
  usdPerMillionTokens,
  cost,
  job,
}: PlannedTarget): string[] {
  if (verdict === 'refused') return [name, model, '', '', '', '', 'refused'];
  return [
    name,
    model,
    rows.validation === 0 ? `${rows.train}` : `${rows.train} + ${rows.validation}`,
    span(billed),
    span(epochs),
    usdPerMillionTokens === null ? 'not published' : usdPerMillionTokens.toFixed(2),
    job === null ? range(cost) : `nothing: it has job ${job}`,
  ];
}

function limitsOf({ budget: { usd, usdPerDay, approve } }: JobPlan): string {
  const limits = [
    ...(usd === null ? [] : [`${dollars(usd)} a run`]),
    ...(usdPerDay === null ? [] : [`${dollars(usdPerDay)} a day`]),
    ...(approve ? ['approval'] : []),
  ];
  return limits.length === 0 ? '' : ` (limits: ${limits.join(', ')})`;
}
