import { z } from 'zod';
import { sha256 as hashBytes, hashOf } from '../domain/canonical.ts';
import type { Issue } from '../domain/finding.ts';
import { EXTENSIONS, type Location } from '../domain/media.ts';
import { readPlainText } from '../formats/plain-text.ts';
import { ImageUndecodableError, renderImages } from '../media/adapt.ts';
import { PagesUndrawableError, renderPages } from '../media/render-pages.ts';
import type { RenderedImage } from '../media/render-within.ts';
import { stripMetadata } from '../media/strip-metadata.ts';
import type { Adaptation, Rendition } from '../providers/provider.ts';
import { keys } from '../storage/keys.ts';
import { readJson } from '../storage/object-store.ts';
import type { Manifest } from './manifest.ts';
import type { Services } from './services.ts';

const keptFileSchema = z.strictObject({
  sha256: z.string(),
  mime: z.string(),
  bytes: z.int().nonnegative(),
  width: z.int().optional(),
  height: z.int().optional(),
  key: z.string(),
  kinds: z.array(z.string()),
});
const keptFilesSchema = z.array(keptFileSchema);

/** A file that was made of an asset, and where it is kept. */
export interface MadeFile {
  sha256: string;
  mime: string;
  bytes: number;
  width?: number | undefined;
  height?: number | undefined;
  at: Location;
  /** What was done besides what was wished: `recompressed`. */
  kinds: readonly string[];
  /** The bytes themselves, where they were made just now. */
  content: Uint8Array | null;
}

/** What was made of an asset's bytes: text, or files in their order. */
export type Made = { text: string } | { files: MadeFile[] };

interface Making {
  asset: { sha256: string; mime: string };
  adaptation: Extract<Adaptation, { take: 'stripped' | 'rendition' | 'text' }>;
}

/** Several images of one file take long to make: another attempt, or target, first looks whether they stand. Null = not yet. */
export async function findMade(
  services: Services,
  manifest: Manifest,
  { asset, adaptation }: Making,
): Promise<Made | null> {
  if (adaptation.take !== 'rendition' || !isSeveral(adaptation.rendition)) return null;
  const { list } = placesOf(manifest, asset.sha256, adaptation.rendition);
  const kept = await readJson(services.results, list, (value) => keptFilesSchema.parse(value));
  if (kept === null) return null;
  return { files: kept.map(({ key, ...file }) => ({ ...file, at: { store: 'results', key }, content: null })) };
}

/** Adapts a file's bytes; what is bad about them is an issue. Files are kept under what they were made from and how. */
export async function makeAdapted(
  services: Services,
  manifest: Manifest,
  { asset, adaptation, bytes }: Making & { bytes: Uint8Array },
): Promise<Made | Issue> {
  if (adaptation.take === 'text') return { text: readPlainText(bytes).text };
  const wish: Wish = adaptation.take === 'rendition' ? adaptation.rendition : 'stripped';
  const places = placesOf(manifest, asset.sha256, wish);
  const files: MadeFile[] = [];
  try {
    for await (const image of imagesOf(bytes, asset.mime, wish)) {
      const key = places.file(files.length, image.mime);
      await services.results.write(key, image.bytes);
      files.push(madeFile(image, { store: 'results', key }));
    }
  } catch (error) {
    // A structure that looked whole can hide a picture that is not: bad data, not a broken machine.
    if (error instanceof ImageUndecodableError || error instanceof PagesUndrawableError) return error.issue;
    throw error;
  }
  if (wish !== 'stripped' && isSeveral(wish)) await services.results.write(places.list, listOf(files));
  return { files };
}

type Wish = Rendition | 'stripped';

function isSeveral({ frames, pages }: Rendition): boolean {
  return frames !== undefined || pages !== undefined;
}

interface Places {
  list: string;
  file(index: number, mime: string): string;
}

function placesOf({ dataset, run }: Manifest, sha256: string, wish: Wish): Places {
  const name = `${sha256.slice(0, 32)}-${hashOf(wish).slice(0, 16)}`;
  const { rendition } = keys.work(dataset, run);
  return {
    list: rendition(`${name}.json`),
    file: (index, mime) => rendition(`${name}${index === 0 ? '' : `-${index + 1}`}.${EXTENSIONS[mime] ?? 'bin'}`),
  };
}

interface MadeImage {
  bytes: Uint8Array;
  mime: string;
  width?: number;
  height?: number;
  isRecompressed: boolean;
}

function imagesOf(bytes: Uint8Array, mime: string, wish: Wish): AsyncIterable<MadeImage> | Iterable<MadeImage> {
  if (wish === 'stripped') return strip(bytes, mime);
  if (wish.pages === undefined) return renderImages(bytes, wish);
  return renderPages(bytes, { pages: wish.pages, maxSide: wish.maxSide ?? PAGE_SIDE, ...fitted(wish) });
}

const PAGE_SIDE = 2048;

function fitted({ maxBytes }: Rendition): Pick<Rendition, 'maxBytes'> {
  return maxBytes === undefined ? {} : { maxBytes };
}

/** What cannot be taken apart is encoded anew: nothing that was to be left out may go along. */
function strip(bytes: Uint8Array, mime: string): Iterable<MadeImage> | AsyncIterable<RenderedImage> {
  const stripped = stripMetadata(bytes, mime);
  if (stripped === null) return renderImages(bytes, { format: mime === 'image/jpeg' ? 'jpeg' : 'png' });
  return [{ bytes: stripped, mime, isRecompressed: false }];
}

function madeFile({ bytes, mime, width, height, isRecompressed }: MadeImage, at: Location): MadeFile {
  const size = width === undefined || height === undefined ? {} : { width, height };
  const kinds = isRecompressed ? ['recompressed'] : [];
  return { sha256: hashBytes(bytes), mime, bytes: bytes.length, ...size, at, kinds, content: bytes };
}

function listOf(files: readonly MadeFile[]): string {
  const kept = files.map(({ at, content: _content, ...file }) => ({ ...file, key: 'key' in at ? at.key : '' }));
  return JSON.stringify(kept);
}
