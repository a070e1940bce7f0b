import type { Issue } from '../domain/finding.ts';
import { type Location, type MediaKind, mediaFileName } from '../domain/media.ts';
import type { Adaptation, PreparedFile, PreparedMedia, Provider } from '../providers/provider.ts';
import { readBytes } from '../storage/object-store.ts';
import type { AcceptedRow, FoundMedia } from './accept-rows.ts';
import { findMade, type Made, type MadeFile, makeAdapted } from './adapt-file.ts';
import type { Manifest, RunTarget } from './manifest.ts';
import { readAssets } from './read-assets.ts';
import type { Services } from './services.ts';
import type { StagedMedia } from './staged-media.ts';

const ROWS_PER_WINDOW = 64;
const BYTES_PER_WINDOW = 48 * 1024 * 1024;
/** A PDF of a few bytes can have pages of a hundred megabytes: what is made beyond this is read again when its line is written. */
const MADE_BYTES_PER_WINDOW = 64 * 1024 * 1024;

/** The media of a few rows, adapted for one target and, where lines carry them, in memory. */
export interface PreparedWindow {
  mediaOf(row: AcceptedRow): { media: ReadonlyMap<string, PreparedMedia> } | { excluded: Issue[] };
  /** The reference that an exclusion is about, when it is about one. */
  culprit(row: AcceptedRow, issue: Issue): FoundMedia | undefined;
  adjustments(row: AcceptedRow): { kind: string; media: FoundMedia }[];
  /** What is to be said at a reference besides. */
  remarks(row: AcceptedRow): { issue: Issue; media: FoundMedia }[];
  /** What the row's files are for this target: a PDF whose pages were drawn is images. */
  kinds(row: AcceptedRow): MediaKind[];
  /** Bytes of a prepared file, for lines that carry them. */
  bytes(sha256: string): Promise<Buffer>;
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
  // A check writes no lines: the bytes that they would carry need not be read.
  const isCarried = provider.media === 'inline' && manifest.command !== 'check';
  const contents = keptContents(services, isCarried);
  const { made, wanted } = await findStanding(services, manifest, { adaptations, isCarried });
  for await (const { sha256, bytes } of readAssets(services, manifest, wanted)) {
    const standing = adaptations.get(sha256);
    if (standing === undefined) continue;
    const { media, adaptation } = standing;
    if (adaptation.take === 'none' || adaptation.take === 'as-is') {
      contents.keep(sha256, bytes);
      continue;
    }
    const result = await makeAdapted(services, manifest, { asset: media.asset, adaptation, bytes });
    if ('code' in result) adaptations.set(sha256, { media, adaptation: { take: 'none', issue: result } });
    else made.set(sha256, contents.keepMade(result));
  }
  return window(adaptations, made, contents);
}

/** What was made before, and which assets are still to be read. */
async function findStanding(
  services: Services,
  manifest: Manifest,
  { adaptations, isCarried }: { adaptations: Adaptations; isCarried: boolean },
): Promise<{ made: Map<string, Made>; wanted: Map<string, Location> }> {
  const made = new Map<string, Made>();
  const wanted = new Map<string, Location>();
  for (const [sha256, { media, adaptation }] of adaptations) {
    const isIdle = adaptation.take === 'none' || (adaptation.take === 'as-is' && !isCarried);
    if (isIdle) continue;
    const { asset, at } = media;
    const standing = adaptation.take === 'as-is' ? null : await findMade(services, manifest, { asset, adaptation });
    if (standing === null) wanted.set(sha256, at);
    else made.set(sha256, standing);
  }
  return { made, wanted };
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

type Contents = ReturnType<typeof keptContents>;

/** Bytes for the lines: in memory, or, of what was made and is too much, where it was kept. */
function keptContents(services: Services, isCarried: boolean) {
  const contents = new Map<string, Uint8Array>();
  let madeBytes = 0;
  const keepMade = (result: Made): Made => {
    for (const { sha256, content } of 'files' in result ? result.files : []) {
      if (!isCarried || content === null || madeBytes + content.length > MADE_BYTES_PER_WINDOW) continue;
      madeBytes += content.length;
      contents.set(sha256, content);
    }
    return withoutContent(result);
  };
  return {
    keep: (sha256: string, bytes: Uint8Array) => contents.set(sha256, bytes),
    keepMade,
    read: async (sha256: string, at: Location | undefined): Promise<Buffer> => {
      const bytes = contents.get(sha256) ?? (at && 'key' in at ? await readBytes(services.results, at.key) : null);
      if (bytes === null) throw new Error(`[convert] a line names the file ${sha256}, which was not prepared.`);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
  };
}

function withoutContent(result: Made): Made {
  return 'text' in result ? result : { files: result.files.map((file) => ({ ...file, content: null })) };
}

function window(adaptations: Adaptations, made: ReadonlyMap<string, Made>, contents: Contents): PreparedWindow {
  const places = new Map<string, StagedMedia>();
  const prepare = (media: FoundMedia): PreparedMedia | Issue => {
    const adaptation = adaptations.get(media.asset.sha256)?.adaptation ?? { take: 'none', issue: notPrepared(media) };
    if (adaptation.take === 'none') return adaptation.issue;
    const prepared = preparedMedia(media, adaptation, made.get(media.asset.sha256));
    for (const [file, at] of prepared.files) {
      const { mime, bytes, sha256 } = file;
      places.set(sha256, { name: mediaFileName(file), mime, bytes, sha256, at });
    }
    return prepared.media;
  };
  const filesOf = (row: AcceptedRow) => row.media.map(prepare).flatMap((one) => ('as' in one ? listed(one) : []));
  return {
    mediaOf: (row) => {
      const prepared = row.media.map((media) => [media.reference.id, prepare(media)] as const);
      const excluded = [...new Set(prepared.flatMap(([, one]) => ('as' in one ? [] : [one])))];
      if (excluded.length > 0) return { excluded };
      return { media: new Map(prepared.flatMap(([id, one]) => ('as' in one ? [[id, one] as const] : []))) };
    },
    culprit: (row, issue) => row.media.find((media) => prepare(media) === issue),
    adjustments: (row) =>
      row.media.flatMap((media) => {
        const prepared = prepare(media);
        return 'as' in prepared ? prepared.kinds.map((kind) => ({ kind, media })) : [];
      }),
    remarks: (row) =>
      row.media.flatMap((media) => {
        const adaptation = adaptations.get(media.asset.sha256)?.adaptation;
        return (adaptation?.take === 'rendition' ? (adaptation.issues ?? []) : []).map((issue) => ({ issue, media }));
      }),
    kinds: (row) => [...new Set(filesOf(row).map(({ kind }) => kind))],
    bytes: (sha256) => contents.read(sha256, places.get(sha256)?.at),
    size: (sha256) => places.get(sha256)?.bytes ?? 0,
    staged: (files) => files.flatMap((sha256) => places.get(sha256) ?? []),
  };
}

function listed(prepared: PreparedMedia): readonly PreparedFile[] {
  if (prepared.as === 'text') return [];
  return prepared.as === 'files' ? prepared.files : [prepared];
}

interface Prepared {
  media: PreparedMedia;
  files: [PreparedFile, Location][];
}

/** What stands in a reference's place: text, the file itself, or what was made of it. */
function preparedMedia(
  media: FoundMedia,
  adaptation: Exclude<Adaptation, { take: 'none' }>,
  made: Made | undefined,
): Prepared {
  const { asset, at, reference } = media;
  const name = reference.name.slice(reference.name.lastIndexOf('!') + 1);
  const wished = adaptation.take === 'as-is' ? [] : adaptation.kinds;
  if (made === undefined) {
    const file: PreparedFile = { as: 'file', kinds: wished, name, ...assetFacts(asset) };
    return { media: file, files: [[file, at]] };
  }
  if ('text' in made) return { media: { as: 'text', kinds: wished, name, text: made.text }, files: [] };
  const kinds = [...new Set([...wished, ...made.files.flatMap((file) => file.kinds)])];
  const files = made.files.map((file, index): [PreparedFile, Location] => {
    const numbered = made.files.length > 1 ? `${name} (${index + 1})` : name;
    return [{ as: 'file', kinds, name: numbered, ...madeFacts(asset, file, adaptation.take) }, file.at];
  });
  const [first, ...others] = files.map(([file]) => file);
  const isOne = first !== undefined && others.length === 0;
  return { media: isOne ? first : { as: 'files', kinds, name, files: files.map(([file]) => file) }, files };
}

type FileFacts = Omit<PreparedFile, 'as' | 'kinds' | 'name'>;

function assetFacts({
  sha256,
  kind,
  mime,
  bytes,
  width,
  height,
  pages,
  seconds,
  frames,
}: FoundMedia['asset']): FileFacts {
  return { sha256, kind, mime, bytes, ...defined({ width, height, pages, seconds, frames }) };
}

/** A picture that was only stripped keeps its size and frames; everything else that is made is one still image. */
function madeFacts(asset: FoundMedia['asset'], file: MadeFile, take: Adaptation['take']): FileFacts {
  const { sha256, mime, bytes, width, height } = file;
  const own = { sha256, mime, bytes, ...defined({ width, height }) };
  return take === 'stripped' ? { ...assetFacts(asset), ...own } : { kind: 'image', ...own, frames: 1 };
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
