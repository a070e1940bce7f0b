import type { Finding, Severity, Where } from '../domain/finding.ts';
import type { Report } from '../domain/report.ts';
import { html, type Markup } from './html-markup.ts';
import { badge, fileLink, firstFew, section, type Tone } from './html-parts.ts';
import { adjustmentLines } from './html-targets.ts';
import { asSentence, counted, number } from './html-words.ts';

const ADJUSTED = 'ADJUSTED';
const SHOWN_PER_CODE = 8;

interface Group {
  severity: Severity;
  code: string;
  findings: Finding[];
  /** How many of this code there are besides, in findings.jsonl only. */
  unseen: number;
}

/** All findings but adjustments: by severity, then by code, with their places. */
export function findingsSection(report: Report, findings: readonly Finding[]): Markup {
  const groups = groupFindings(
    report,
    findings.filter(({ code }) => code !== ADJUSTED),
  );
  const unlisted = unlistedCodes(report, findings);
  const parts = SEVERITIES.map(({ severity, title, tone, total }) => {
    const ofSeverity = groups.filter((group) => group.severity === severity);
    if (ofSeverity.length === 0) return html``;
    return html`<h3>${title} ${badge(number(total(report)), tone)}</h3>
${ofSeverity.map(groupMarkup)}`;
  });
  const none =
    report.findings.errors === 0
      ? [
          html`<p>Nothing was refused.</p>
`,
        ]
      : [];
  const partly = findings.some(({ severity, target }) => severity === 'error' && target !== null)
    ? [
        html`<p class="soft">An error refuses its row. One that names a target only keeps the row from that target.</p>
`,
      ]
    : [];
  return section('findings', 'What was refused and why', [...none, ...partly, ...parts, ...unlisted]);
}

const SEVERITIES: readonly { severity: Severity; title: string; tone: Tone; total: (report: Report) => number }[] = [
  { severity: 'error', title: 'Errors', tone: 'bad', total: ({ findings }) => findings.errors },
  { severity: 'warning', title: 'Warnings', tone: 'care', total: ({ findings }) => findings.warnings },
  {
    severity: 'info',
    title: 'Notes',
    tone: 'plain',
    total: ({ findings }) => findings.infos - (findings.byCode[ADJUSTED] ?? 0),
  },
];

function groupFindings({ findings: { byCode } }: Report, findings: readonly Finding[]): Group[] {
  const groups = new Map<string, Group>();
  for (const finding of findings) {
    const { severity, code } = finding;
    const key = `${severity} ${code}`;
    const group = groups.get(key) ?? { severity, code, findings: [], unseen: 0 };
    group.findings.push(finding);
    groups.set(key, group);
  }
  const sorted = [...groups.values()].sort((left, right) => (left.code < right.code ? -1 : 1));
  for (const [code, total] of Object.entries(byCode)) {
    const ofCode = sorted.filter((group) => group.code === code);
    const seen = ofCode.reduce((sum, group) => sum + group.findings.length, 0);
    const last = ofCode.at(-1);
    if (last !== undefined) last.unseen = Math.max(0, total - seen);
  }
  return sorted;
}

function groupMarkup({ code, findings, unseen }: Group): Markup {
  const hint = sharedHint(findings);
  const listed = firstFew(
    findings.map((finding) => findingMarkup(finding, hint === null)),
    {
      shown: SHOWN_PER_CODE,
      wrap: (items) => html`<ul class="findings">${items}</ul>
`,
      more: (left) => `Show ${left} more`,
    },
  );
  return html`<div class="group"><h4><code>${code}</code> × ${number(findings.length + unseen)}</h4>
${
  hint === null
    ? null
    : html`<p class="hint" dir="auto">${asSentence(hint, [])}</p>
`
}${listed}${
  unseen === 0
    ? null
    : html`<p class="soft">and ${number(unseen)} more in ${fileLink('findings.jsonl')}</p>
`
}</div>
`;
}

/** The hint that all findings of a code share is said once. */
function sharedHint(findings: readonly Finding[]): string | null {
  const hints = new Set(findings.map(({ hint }) => hint));
  const [hint] = hints;
  return findings.length > 1 && hints.size === 1 && hint !== undefined ? hint : null;
}

function findingMarkup({ where, message, hint, target }: Finding, withHint: boolean): Markup {
  const words = target === null ? placeWords(where) : [...placeWords(where), html`${target} only`];
  const place = words.map((word, index) => html`${index === 0 ? null : ' · '}<span>${word}</span>`);
  return html`<li><p class="place">${place}</p><div><p class="message" dir="auto">${message}</p>${withHint && hint !== undefined ? html`<p class="hint" dir="auto">${hint}</p>` : null}</div></li>
`;
}

/** Names keep to themselves: one written from right to left would turn the whole place around. */
function placeWords({ file, sheet, entry, row, line, column, part }: Where): Markup[] {
  const words: (Markup | null)[] = [
    file === undefined ? null : html`<bdi>${file}</bdi>`,
    sheet === undefined ? null : html`sheet <bdi>${sheet}</bdi>`,
    entry === undefined ? null : html`entry <bdi>${entry}</bdi>`,
    row === undefined ? null : html`row ${number(row)}`,
    line === undefined ? null : html`line ${number(line)}`,
    column === undefined ? null : html`column <bdi>${column}</bdi>`,
    part === undefined ? null : html`part ${number(part)}`,
  ];
  return words.filter((word) => word !== null);
}

/** Codes that were counted and of which no finding is at hand. */
function unlistedCodes({ findings: { byCode } }: Report, findings: readonly Finding[]): Markup[] {
  const seen = new Set(findings.map(({ code }) => code));
  const codes = Object.entries(byCode).filter(([code, count]) => code !== ADJUSTED && count > 0 && !seen.has(code));
  if (codes.length === 0) return [];
  const listed = codes.map(([code, count]) => html`<li><code>${code}</code> × ${number(count)}</li>`);
  return [
    html`<h3>Only in ${fileLink('findings.jsonl')}</h3>
<ul class="names">${listed}</ul>
`,
  ];
}

/** What was changed for each target, and where. */
export function adjustedSection(report: Report, findings: readonly Finding[]): Markup {
  const adjusted = findings.filter(({ code }) => code === ADJUSTED);
  const total = Math.max(adjusted.length, report.findings.byCode[ADJUSTED] ?? 0);
  const lines = adjustmentLines(report.targets);
  if (lines.length === 0 && total === 0) return html``;
  const places = html`<ul class="findings">${adjusted.map((finding) => findingMarkup(finding, true))}</ul>
`;
  const unseen = total - adjusted.length;
  const more =
    unseen === 0
      ? null
      : html`<p class="soft">and ${number(unseen)} more in ${fileLink('findings.jsonl')}</p>
`;
  const listed =
    adjusted.length === 0
      ? html`${more}`
      : html`<details><summary>Show where (${counted(total, 'note')})</summary>
${places}${more}</details>
`;
  return section('adjusted', 'What was adjusted', [
    html`<p>Your files are as they were: targets got changed copies.</p>
<div class="columns">${lines}</div>
`,
    listed,
  ]);
}
