import { sha256 as hashBytes, hashOf } from '../domain/canonical.ts';
import type { Issue } from '../domain/finding.ts';
import { EXTENSIONS, type Location, mediaFileName } from '../domain/media.ts';
import { readPlainText } from '../formats/plain-text.ts';
import { ImageUndecodableError, renderImage } from '../media/adapt.ts';
import type { Adaptation, PreparedMedia, Provider, Rendition } from '../providers/provider.ts';
import { keys } from '../storage/keys.ts';
import type { AcceptedRow, FoundMedia } from './accept-rows.ts';
import type { Manifest, RunTarget } from './manifest.ts';
import { readAssets } from './read-assets.ts';
import type { Services } from './services.ts';
import type { StagedMedia } from './staged-media.ts';

const ROWS_PER_WINDOW = 64;
const BYTES_PER_WINDOW = 48 * 1024 * 1024;

/** The media of a few rows, adapted for one target and, where lines carry them, in memory. */
export interface PreparedWindow {
  mediaOf(row: AcceptedRow): { media: ReadonlyMap<string, PreparedMedia> } | { excluded: Issue[] };
  /** The reference that an exclusion is about, when it is about one. */
  culprit(row: AcceptedRow, issue: Issue): FoundMedia | undefined;
  adjustments(row: AcceptedRow): { kind: string; media: FoundMedia }[];
  /** Bytes of a prepared file, for lines that carry them. */
  bytes(sha256: string): Buffer;
  /** How many bytes that would be. */
  size(sha256: string): number;
  staged(sha256: readonly string[]): StagedMedia[];
}

/** Rows in stretches whose media fit in memory together. A single row may be larger than a stretch. */
export function* windowsOf(rows: readonly AcceptedRow[]): Generator<AcceptedRow[]> {
  let window: AcceptedRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = row.media.reduce((sum, { asset }) => sum + asset.bytes, 0);
    if (window.length > 0 && (window.length >= ROWS_PER_WINDOW || bytes + size > BYTES_PER_WINDOW)) {
      yield window;
      window = [];
      bytes = 0;
    }
    window.push(row);
    bytes += size;
  }
  if (window.length > 0) yield window;
}

interface Wishes {
  provider: Provider;
  target: RunTarget;
  rows: readonly AcceptedRow[];
}

/** Reads what the rows' lines need, each distinct file once, and adapts it. */
export async function prepareWindow(
  services: Services,
  manifest: Manifest,
  { provider, target, rows }: Wishes,
): Promise<PreparedWindow> {
  const adaptations = adaptAll(provider, target, rows);
  const made = new Map<string, Made>();
  const wanted = new Map<string, Location>();
  for (const { media, adaptation } of adaptations.values()) {
    // A check writes no lines: the bytes that they would carry need not be read.
    const isCarried = provider.media === 'inline' && manifest.command !== 'check';
    const isNeeded = adaptation.take === 'as-is' ? isCarried : adaptation.take !== 'none';
    if (isNeeded) wanted.set(media.asset.sha256, media.at);
  }
  for await (const { sha256, bytes } of readAssets(services, manifest, wanted)) {
    const standing = adaptations.get(sha256);
    if (standing === undefined) continue;
    const result = await make(services, manifest, { sha256, bytes, adaptation: standing.adaptation });
    if ('code' in result) adaptations.set(sha256, { ...standing, adaptation: { take: 'none', issue: result } });
    else made.set(sha256, result);
  }
  return window(provider, adaptations, made);
}

type Adaptations = Map<string, { media: FoundMedia; adaptation: Adaptation }>;

function adaptAll(provider: Provider, target: RunTarget, rows: readonly AcceptedRow[]): Adaptations {
  const adaptations: Adaptations = new Map();
  for (const media of rows.flatMap((row) => row.media)) {
    const { sha256 } = media.asset;
    if (!adaptations.has(sha256)) adaptations.set(sha256, { media, adaptation: provider.adapt(media.asset, target) });
  }
  return adaptations;
}

/** What was made of an asset's bytes: themselves, another image, or text. */
type Made =
  | { text: string }
  | { sha256: string; bytes: Uint8Array; mime: string; width?: number; height?: number; at: Location | null };

async function make(
  services: Services,
  manifest: Manifest,
  { sha256, bytes, adaptation }: { sha256: string; bytes: Uint8Array; adaptation: Adaptation },
): Promise<Made | Issue> {
  if (adaptation.take === 'text') return { text: readPlainText(bytes).text };
  if (adaptation.take !== 'rendition') return { sha256, bytes, mime: '', at: null };
  return makeRendition(services, manifest, { sha256, bytes, rendition: adaptation.rendition });
}

/** Renditions are kept under what they were made from and how: a second target or attempt finds them. */
async function makeRendition(
  services: Services,
  manifest: Manifest,
  { sha256, bytes, rendition }: { sha256: string; bytes: Uint8Array; rendition: Rendition },
): Promise<Made | Issue> {
  const image = await renderImage(bytes, rendition).catch(undecodable);
  if ('code' in image) return image;
  const name = `${sha256.slice(0, 32)}-${hashOf(rendition).slice(0, 16)}.${EXTENSIONS[image.mime] ?? 'bin'}`;
  const key = keys.work(manifest.dataset, manifest.run).rendition(name);
  await services.results.write(key, image.bytes);
  return { ...image, sha256: hashBytes(image.bytes), at: { store: 'results', key } };
}

/** A structure that looked whole can hide a picture that is not: bad data, not a broken machine. */
function undecodable(error: unknown): Issue {
  if (error instanceof ImageUndecodableError) return error.issue;
  throw error;
}

function window(provider: Provider, adaptations: Adaptations, made: ReadonlyMap<string, Made>): PreparedWindow {
  const contents = new Map<string, Uint8Array>();
  const places = new Map<string, StagedMedia>();
  const keep = (file: PreparedFile, result: MadeFile | undefined, media: FoundMedia) => {
    if (result !== undefined && provider.media === 'inline') contents.set(file.sha256, result.bytes);
    const { mime, bytes, sha256 } = file;
    places.set(sha256, { name: mediaFileName(file), mime, bytes, sha256, at: result?.at ?? media.at });
  };
  const prepare = (media: FoundMedia): PreparedMedia | Issue => {
    const adaptation = adaptations.get(media.asset.sha256)?.adaptation ?? { take: 'none', issue: notPrepared(media) };
    if (adaptation.take === 'none') return adaptation.issue;
    const kinds = adaptation.take === 'as-is' ? [] : adaptation.kinds;
    const result = made.get(media.asset.sha256);
    const name = media.reference.name.slice(media.reference.name.lastIndexOf('!') + 1);
    if (result !== undefined && 'text' in result) return { as: 'text', kinds, name, text: result.text };
    const file = preparedFile(media, adaptation.take === 'rendition' ? result : undefined);
    keep(file, result, media);
    return { as: 'file', kinds, name, ...file };
  };
  return {
    mediaOf: (row) => {
      const prepared = row.media.map((media) => [media.reference.id, prepare(media)] as const);
      const excluded = [...new Set(prepared.flatMap(([, one]) => ('as' in one ? [] : [one])))];
      if (excluded.length > 0) return { excluded };
      return { media: new Map(prepared.flatMap(([id, one]) => ('as' in one ? [[id, one] as const] : []))) };
    },
    culprit: (row, issue) => row.media.find((media) => prepare(media) === issue),
    adjustments: (row) => row.media.flatMap((media) => kindsOf(adaptations, media).map((kind) => ({ kind, media }))),
    bytes: (sha256) => {
      const bytes = contents.get(sha256);
      if (bytes === undefined) throw new Error(`[convert] a line names the file ${sha256}, which was not prepared.`);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    size: (sha256) => places.get(sha256)?.bytes ?? 0,
    staged: (files) => files.flatMap((sha256) => places.get(sha256) ?? []),
  };
}

type MadeFile = Exclude<Made, { text: string }>;
type PreparedFile = Omit<Extract<PreparedMedia, { as: 'file' }>, 'as' | 'kinds' | 'name'>;

function kindsOf(adaptations: Adaptations, { asset }: FoundMedia): readonly string[] {
  const adaptation = adaptations.get(asset.sha256)?.adaptation;
  return adaptation !== undefined && 'kinds' in adaptation ? adaptation.kinds : [];
}

function preparedFile({ asset }: FoundMedia, rendition: MadeFile | undefined): PreparedFile {
  const { sha256, kind, mime, bytes, width, height, pages, seconds, frames } = asset;
  const original = { sha256, kind, mime, bytes, ...defined({ width, height, pages, seconds, frames }) };
  return rendition === undefined ? original : { ...original, ...renditionFacts(rendition) };
}

function renditionFacts(made: MadeFile): {
  sha256: string;
  mime: string;
  bytes: number;
  frames: 1;
  width?: number;
  height?: number;
} {
  const { sha256, mime, bytes, width, height } = made;
  return { sha256, mime, bytes: bytes.length, frames: 1, ...defined({ width, height }) };
}

/** Leaves out what is not known, so that an optional field is absent rather than undefined. */
function defined<T extends Record<string, number | undefined>>(record: T): { [K in keyof T]?: number } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: number;
  };
}

function notPrepared({ reference }: FoundMedia): Issue {
  return {
    code: 'MEDIA_MISSING',
    severity: 'error',
    message: `"${reference.name}" could not be prepared`,
    hint: 'Run again; if it stays so, save the file anew.',
  };
}
