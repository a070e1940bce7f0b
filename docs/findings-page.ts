import type { FindingCode } from './finding-codes/finding-code.ts';
import { FINDING_GROUPS } from './finding-codes.ts';

/** `docs/findings.md`: every code with its severity, what it means, such a finding, and what to do. */
export function findingsPage(): string {
  const head = `# Findings

Made from \`docs/finding-codes/\` and \`lib/rows/codes.ts\` by \`npm run docs\`.

A finding is one thing worth telling: a line of \`findings.jsonl\` with a code, a severity, its place (file, sheet, row, line, part), a message and mostly a hint.
An *error* refuses what it stands at: the row, the file, the target or the drop. A *warning* lets it pass and should be looked at. An *info* only tells what was done.
Codes stay the same from version to version; the wording of messages may not.
Each example is a place and a message, as \`test/findings/\` gets them from a small drop in which just this is wrong.
`;
  const sections = Object.values(FINDING_GROUPS).map(
    ({ title, about, codes }) =>
      `## ${title}\n\n${about}\n\n| code | severity | what it means | for example | what to do |\n|---|---|---|---|---|\n${Object.entries(codes).map(row).join('')}`,
  );
  return [head, ...sections].join('\n');
}

function row([code, { severity, summary, example, remedy }]: [string, FindingCode]): string {
  return `| \`${code}\` | ${severity} | ${cell(summary)} | ${cell(verbatim(example))} | ${cell(remedy)} |\n`;
}

/** Text that Markdown leaves alone, backticks in it as well. */
function verbatim(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
