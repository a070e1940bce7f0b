import { sha256 } from '../domain/canonical.ts';
import type { Issue } from '../domain/finding.ts';
import { ACCEPTED_MIME, type Asset } from '../domain/media.ts';
import { readImageFacts } from '../formats/image-header.ts';
import { readMp3Facts } from '../formats/mp3.ts';
import { readPdfFacts } from '../formats/pdf.ts';
import { readPlainText } from '../formats/plain-text.ts';
import { mimeOfExtension, registeredMime, type Sniffed, sniff } from '../formats/sniff.ts';
import { loadSharp, PIXEL_LIMIT, STRICT } from './sharp.ts';

export interface InspectOptions {
  /** The file's name as the user gave it; '' for data URIs. Only a hint: bytes decide. */
  name: string;
  /** The type that a server or row declared. */
  declaredMime?: string;
  /** `decode`: images are decoded once, since headers pass truncated files. */
  verify: 'decode' | 'structure';
}

export interface Inspected {
  asset: Asset | null;
  issues: Issue[];
}

/** Says what a file is by its bytes, and whether it can be trained on: type, size, completeness. Never throws for bad bytes. */
export async function inspectMedia(bytes: Uint8Array, options: InspectOptions): Promise<Inspected> {
  if (bytes.length === 0)
    return refused({ code: 'MEDIA_EMPTY', message: 'the file is empty (0 bytes)', hint: 'Upload it again.' });
  const sniffed = sniff(bytes);
  const refusal = refuseType(sniffed, options.name);
  if (refusal !== null || sniffed === null) return refusal ?? refused(UNKNOWN_TYPE);
  const facts = await readFacts(bytes, acceptedMime(sniffed), options);
  const issues = [...facts.issues, ...mismatches(facts.mime, options)];
  if (issues.some(({ severity }) => severity === 'error')) return { asset: null, issues };
  const { issues: _issues, mime, ...described } = facts;
  return {
    asset: { sha256: sha256(bytes), kind: ACCEPTED_MIME[mime] ?? 'document', mime, bytes: bytes.length, ...described },
    issues,
  };
}

const UNKNOWN_TYPE: Omit<Issue, 'severity'> = {
  code: 'MEDIA_TYPE_UNSUPPORTED',
  message: 'the file is of no type that we know',
  hint: 'Use .png, .jpg, .webp or .gif images, .mp3 audio, .pdf or .txt documents.',
};

type Facts = Pick<Asset, 'mime'> & Partial<Omit<Asset, 'mime' | 'sha256' | 'kind' | 'bytes'>> & { issues: Issue[] };

function refused(issue: Omit<Issue, 'severity'>): Inspected {
  return { asset: null, issues: [{ ...issue, severity: 'error' }] };
}

/** HTML in a text file is text, with a warning; anywhere else it is a page in place of a file. */
function acceptedMime({ kind, mime }: Sniffed): string {
  return kind === 'text' || mime === 'text/html' ? 'text/plain' : mime;
}

function refuseType(sniffed: Sniffed | null, name: string): Inspected | null {
  if (sniffed === null) return refused(UNKNOWN_TYPE);
  if (sniffed.kind === 'video') {
    return refused({
      code: 'VIDEO_UNSUPPORTED',
      message: 'this is a video; no target takes video files',
      hint: 'Give its frames as images in a folder of the archive: ffmpeg -i clip.mp4 -vf fps=1 clip_01/%04d.png, then name "clip_01/" in the row.',
    });
  }
  const isText = name === '' || /\.(?:txt|text|md)$/i.test(name);
  if (sniffed.mime === 'text/html' && !isText) {
    const hint = 'The link or file gives HTML, often a login or error page; use a direct link to the file.';
    return refused({ code: 'MEDIA_IS_WEB_PAGE', message: 'this is a web page, not a media file', hint });
  }
  if (sniffed.mime === 'image/svg+xml')
    return refused({
      ...UNKNOWN_TYPE,
      message: 'SVG is not accepted: it is a program, not a picture',
      hint: 'Export it as PNG.',
    });
  if (ACCEPTED_MIME[acceptedMime(sniffed)] !== undefined) return null;
  return refused({ ...UNKNOWN_TYPE, message: `files of type ${sniffed.mime} are not accepted` });
}

function readFacts(bytes: Uint8Array, mime: string, options: InspectOptions): Promise<Facts> {
  if (mime.startsWith('image/')) return imageFacts(bytes, mime, options);
  if (mime.startsWith('audio/')) return audioFacts(bytes, mime);
  return mime === 'application/pdf' ? pdfFacts(bytes, mime) : textFacts(bytes);
}

type Told = {
  fault: { code: string; message: string; hint?: string } | null;
  warnings: readonly { code: string; message: string; hint?: string }[];
};

function issuesOf({ fault, warnings }: Told): Issue[] {
  const told = warnings.map((warning): Issue => ({ ...warning, severity: 'warning' }));
  return fault === null ? told : [{ ...fault, severity: 'error' }, ...told];
}

async function imageFacts(bytes: Uint8Array, mime: string, { verify }: InspectOptions): Promise<Facts> {
  const facts = readImageFacts(bytes, mime);
  const issues = issuesOf(facts);
  const { width, height, colors, bitDepth, frames, orientation } = facts;
  if (width * height > PIXEL_LIMIT) issues.push(tooManyPixels(width, height));
  const isSound = issues.every(({ severity }) => severity !== 'error');
  if (isSound && verify === 'decode') issues.push(...(await decode(bytes)));
  return { mime, ...(isSound ? { width, height, colors, bitDepth, frames, orientation } : {}), issues };
}

function tooManyPixels(width: number, height: number): Issue {
  return {
    code: 'MEDIA_PIXELS',
    severity: 'error',
    message: `the image has ${width} x ${height} pixels; more than ${PIXEL_LIMIT / 1_000_000} million are not decoded`,
    hint: 'Scale it down: no provider uses more than about 2,000 pixels a side.',
  };
}

/** A header can be whole while the picture is cut: decoding small (shrink-on-load) still reads every byte of it. */
async function decode(bytes: Uint8Array): Promise<Issue[]> {
  const DECODED_SIDE = 32;
  const sharp = await loadSharp();
  try {
    await sharp(bytes, STRICT)
      .resize(DECODED_SIDE, DECODED_SIDE, { fit: 'inside', kernel: 'nearest', fastShrinkOnLoad: true })
      .raw()
      .toBuffer();
    return [];
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    return [
      {
        code: 'MEDIA_BROKEN',
        severity: 'error',
        message: `the image cannot be decoded: ${why}`,
        hint: 'Export or download it again.',
      },
    ];
  }
}

async function audioFacts(bytes: Uint8Array, mime: string): Promise<Facts> {
  if (mime !== 'audio/mpeg') return { mime, issues: [] };
  const facts = await readMp3Facts(bytes);
  return { mime, seconds: facts.seconds, issues: issuesOf(facts) };
}

async function pdfFacts(bytes: Uint8Array, mime: string): Promise<Facts> {
  const facts = await readPdfFacts(bytes);
  return { mime, ...(facts.pages > 0 ? { pages: facts.pages } : {}), issues: issuesOf(facts) };
}

async function textFacts(bytes: Uint8Array): Promise<Facts> {
  const facts = readPlainText(bytes);
  return { mime: 'text/plain', characters: facts.text.length, issues: issuesOf(facts) };
}

function mismatches(mime: string, { name, declaredMime }: InspectOptions): Issue[] {
  const byName = mimeOfExtension(name);
  const declared = declaredMime === undefined ? null : registeredMime(declaredMime);
  const issues: Issue[] = [];
  if (byName !== null && byName !== mime) issues.push(mismatch(`its name says ${byName}, its bytes are ${mime}`));
  // Servers that do not know say so with these two.
  const isVague = declared === 'application/octet-stream' || declared === 'binary/octet-stream';
  if (declared !== null && declared !== '' && !isVague && declared !== mime)
    issues.push(mismatch(`it was declared as ${declared}, its bytes are ${mime}`));
  return issues;
}

function mismatch(what: string): Issue {
  return {
    code: 'MEDIA_TYPE_MISMATCH',
    severity: 'warning',
    message: `${what}; the bytes count`,
    hint: 'Name the file by its real type to be rid of this warning.',
  };
}
