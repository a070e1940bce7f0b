import { sha256 } from '../domain/canonical.ts';
import type { Issue } from '../domain/finding.ts';
import { ACCEPTED_MIME, type Asset } from '../domain/media.ts';
import type { Fault } from '../formats/fault.ts';
import { readImageFacts } from '../formats/image-header.ts';
import { readMp3Facts } from '../formats/mp3.ts';
import { readPdfFacts } from '../formats/pdf.ts';
import { readPlainText } from '../formats/plain-text.ts';
import { sniff } from '../formats/sniff.ts';
import { decodeImage } from './decode.ts';
import { type MediaHints, mismatchIssues, refuseText, refuseType } from './media-type.ts';
import { PIXEL_LIMIT } from './sharp.ts';

export interface InspectOptions extends MediaHints {
  /** `decode`: images are decoded once, since headers pass truncated files. */
  verify: 'decode' | 'structure';
}

export interface Inspected {
  asset: Asset | null;
  issues: Issue[];
}

type Facts = Partial<Omit<Asset, 'mime' | 'sha256' | 'kind' | 'bytes'>> & { issues: Issue[] };

/** Says what a file is by its bytes, and whether it can be trained on: type, size, completeness. Never throws for bad bytes. */
export async function inspectMedia(bytes: Uint8Array, options: InspectOptions): Promise<Inspected> {
  if (bytes.length === 0) return { asset: null, issues: [EMPTY] };
  const sniffed = sniff(bytes);
  const refusal = refuseType(sniffed, options);
  if (refusal !== null || sniffed === null) return { asset: null, issues: refusal === null ? [] : [refusal] };
  const mime = sniffed.kind === 'text' ? 'text/plain' : sniffed.mime;
  const { issues: found, ...described } = await readFacts(bytes, mime, options);
  if (found.some(isError)) return { asset: null, issues: found };
  const issues = [...found, ...mismatchIssues(mime, options)];
  const kind = ACCEPTED_MIME[mime] ?? 'document';
  return { asset: { sha256: sha256(bytes), kind, mime, bytes: bytes.length, ...described }, issues };
}

const EMPTY: Issue = {
  code: 'MEDIA_EMPTY',
  severity: 'error',
  message: 'the file is empty (0 bytes)',
  hint: 'Upload it again.',
};

function isError({ severity }: Issue): boolean {
  return severity === 'error';
}

function readFacts(bytes: Uint8Array, mime: string, options: InspectOptions): Promise<Facts> | Facts {
  if (mime.startsWith('image/')) return imageFacts(bytes, mime, options);
  if (mime === 'audio/mpeg') return audioFacts(bytes);
  return mime === 'application/pdf' ? pdfFacts(bytes) : textFacts(bytes, options);
}

/** Structure first, then the pixel limit, and only then a decoder. */
async function imageFacts(bytes: Uint8Array, mime: string, { verify }: InspectOptions): Promise<Facts> {
  const facts = readImageFacts(bytes, mime);
  const { width, height, colors, bitDepth, frames, orientation } = facts;
  const metadata = facts.hasMetadata ? { metadata: true as const } : {};
  const issues = issuesOf(facts);
  if (width * height > PIXEL_LIMIT) issues.push(tooManyPixels(width, height));
  if (!issues.some(isError) && verify === 'decode') issues.push(...(await decodeImage(bytes, mime)));
  return {
    ...(issues.some(isError) ? {} : { width, height, colors, bitDepth, frames, orientation, ...metadata }),
    issues,
  };
}

function tooManyPixels(width: number, height: number): Issue {
  return {
    code: 'MEDIA_PIXELS',
    severity: 'error',
    message: `the image has ${width} x ${height} pixels; more than ${PIXEL_LIMIT / 1_000_000} million are not decoded`,
    hint: 'Scale it down: no provider uses more than about 2,000 pixels a side.',
  };
}

async function audioFacts(bytes: Uint8Array): Promise<Facts> {
  const facts = await readMp3Facts(bytes);
  return { seconds: facts.seconds, issues: issuesOf(facts) };
}

async function pdfFacts(bytes: Uint8Array): Promise<Facts> {
  const facts = await readPdfFacts(bytes);
  return { ...(facts.pages > 0 ? { pages: facts.pages } : {}), issues: issuesOf(facts) };
}

function textFacts(bytes: Uint8Array, options: InspectOptions): Facts {
  const facts = readPlainText(bytes);
  const refusal = facts.fault === null ? refuseText(facts.text, options) : null;
  if (refusal !== null) return { issues: [refusal] };
  return { characters: facts.text.length, issues: issuesOf(facts) };
}

function issuesOf({ fault, warnings }: { fault: Fault | null; warnings: readonly Fault[] }): Issue[] {
  const told = warnings.map((warning): Issue => ({ ...warning, severity: 'warning' }));
  return fault === null ? told : [{ ...fault, severity: 'error' }, ...told];
}
