import { range } from '../domain/money.ts';
import type { Report, TargetReport } from '../domain/report.ts';
import { plainText } from './plain-text.ts';

/** The end of a run for people: the verdict, a line for each target, and where to look. */
export function summaryText(report: Report, folder: string): string {
  const { rows, findings } = report;
  const simulated = report.simulated ? ' (simulated)' : '';
  const lines = [
    `${report.dataset}: ${report.status}${simulated}`,
    report.status === 'duplicate'
      ? `  this state of the drop was run before; nothing was submitted and nothing paid. ${report.message}`
      : `  ${report.message}`,
    `  rows: ${rows.total} read, ${rows.accepted} accepted, ${rows.rejected} refused; findings: ${findings.errors} errors, ${findings.warnings} warnings`,
    ...report.targets.flatMap((target) => targetLines(target, report.message)),
    ...(report.missing === undefined
      ? []
      : ['  missing:', ...report.missing.slice(0, 20).map((name) => `    ${name}`)]),
    `  report: ${folder}/report.html`,
  ];
  if (rows.rejected > 0)
    lines.push(`  refused rows: ${folder}/rejected (mend them there and drop that file beside the original)`);
  return `${plainText(lines.join('\n'))}\n`;
}

function targetLines(target: TargetReport, said: string): string[] {
  const { name, model, status, rows, job } = target;
  const message = target.message !== undefined && said.includes(target.message) ? undefined : target.message;
  const adopted = job?.adopted === true ? ', existed already: not paid again' : '';
  const tuned = job?.tunedModel == null ? '' : ` -> ${job.tunedModel}`;
  const before = rows.trainedBefore === undefined ? '' : ` (${rows.trainedBefore} trained before)`;
  const cost = target.estimatedCost === null ? '' : `, about ${range(target.estimatedCost)}`;
  const head = `  ${name} (${model}): ${status}, ${rows.accepted} rows, ${rows.adjusted} adjusted, ${rows.excluded} excluded${before}${cost}`;
  const detail =
    job === null
      ? message === undefined
        ? []
        : [`    ${message}`]
      : [`    job ${job.id}${tuned}${adopted}${message === undefined ? '' : `: ${message}`}`];
  return [head, ...detail, ...promotionLines(target)];
}

/** Whether the tuned model became the current one, and why. What is said of a run must hold later too: a person may have moved the pointer since. */
function promotionLines({ promotion }: TargetReport): string[] {
  if (promotion === undefined) return [];
  const { promoted, reason } = promotion;
  return [`    promoted: ${promoted ? 'yes' : 'no'}; ${reason}`];
}
