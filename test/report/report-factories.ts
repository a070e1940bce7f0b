import type { Finding } from '../../lib/domain/finding.ts';
import { type Report, reportSchema, type TargetReport } from '../../lib/domain/report.ts';
import type { ReportExtras } from '../../lib/report/html.ts';

export const NO_EXTRAS: ReportExtras = { findings: [], rejected: [], samples: [] };

/** A finished run of 1,280 rows; whatever a test is about is given to it. */
export function reportOf(parts: Partial<Report> = {}): Report {
  return reportSchema.parse({
    schemaVersion: 1,
    finedrop: '0.1.0',
    dataset: 'museum',
    run: '3f0c9a1d5b7e2c48',
    command: 'run',
    status: 'completed',
    simulated: false,
    startedAt: '2026-11-23T09:00:00Z',
    finishedAt: '2026-11-23T09:00:07Z',
    message: 'jobs succeeded at openai.',
    inputs: [],
    rows: { total: 1280, accepted: 1266, rejected: 14, train: 1140, validation: 126 },
    media: { references: 0, assets: 0, bytes: 0, deduplicated: 0, byKind: {} },
    findings: { errors: 0, warnings: 0, infos: 0, byCode: {} },
    targets: [],
    ...parts,
  });
}

/** A target whose job succeeded. */
export function targetOf(parts: Partial<TargetReport> = {}): TargetReport {
  return {
    name: 'openai',
    provider: 'openai',
    model: 'gpt-4o-2024-08-06',
    status: 'succeeded',
    rows: { accepted: 1022, adjusted: 130, excluded: 244, train: 920, validation: 102 },
    tokens: { train: 2187321, validation: 20111 },
    estimatedCost: { currency: 'USD', low: 121.4, high: 1640.22 },
    adjustments: {},
    files: { train: 'openai/train.jsonl' },
    job: jobOf(),
    simulated: false,
    ...parts,
  };
}

export function jobOf(parts: Partial<NonNullable<TargetReport['job']>> = {}): NonNullable<TargetReport['job']> {
  const key = '9c1e'.repeat(10);
  return { id: 'ftjob-abc', key, state: 'succeeded', providerState: null, tunedModel: null, adopted: false, ...parts };
}

export function findingOf(parts: Partial<Finding> = {}): Finding {
  return { code: 'MEDIA_MISSING', severity: 'error', where: {}, message: 'no file', target: null, ...parts };
}

/** What a reader sees of a page: its text without tags and style, entities decoded. */
export function textOf(page: string): string {
  return decode(page.replace(/<style>[\s\S]*?<\/style>/, '').replaceAll(/<[^>]*>/g, ''));
}

/** The text under a heading, up to the next of its kind. */
export function sectionOf(page: string, id: string): string {
  const start = page.indexOf(`<section aria-labelledby="${id}">`);
  return start < 0 ? '' : textOf(page.slice(start, page.indexOf('</section>', start)));
}

/** Every value of an attribute, decoded. */
export function attributes(page: string, name: string): string[] {
  return [...page.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g'))].map(([, value]) => decode(value ?? ''));
}

function decode(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
