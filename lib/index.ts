export type { Example } from './domain/example.ts';
export type { Finding } from './domain/finding.ts';
export type { JobSpec } from './domain/job-spec.ts';
export type { Lock, Report } from './domain/report.ts';
export { type LocalResult, runLocal } from './engines/local.ts';
export type { LocalOptions } from './engines/local-options.ts';
export { UsageError } from './engines/usage-error.ts';
