import type { Fact } from '../facts.ts';

const DOCS = 'docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning';
export const TUNING_PAGE = `${DOCS}/supervised-tuning`;
export const DATA_PAGE = `${DOCS}/supervised-tuning/prepare-data`;
export const IMAGE_PAGE = `${DOCS}/image`;
export const MEDIA_PAGES = `${DOCS}/image, /audio and /document`;
export const CONTINUING_PAGE = `${DOCS}/continuous-tuning`;
export const VIDEO_PAGE = `${DOCS}/video`;
/** "Last updated" of these pages, as stored. */
export const PAGES_READ = '2026-09-25';

export const API_REFERENCE = 'npm @google-cloud/aiplatform 7.4.0, google/cloud/aiplatform/v1/tuning_job.proto';
export const API_READ = '2026-11-01';

/** A fact that one of Google's pages states. */
export function page<T>(value: T, source: string, note?: string): Fact<T> {
  return { value, source, asOf: PAGES_READ, ...(note === undefined ? {} : { note }) };
}
