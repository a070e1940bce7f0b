import { z } from 'zod';
import { issueSchema } from './finding.ts';

export const mediaKindSchema = z.enum(['image', 'audio', 'document']);
export type MediaKind = z.infer<typeof mediaKindSchema>;

export const originSchema = z.enum(['archive', 'drop', 'link', 'data-uri', 'object']);
export type Origin = z.infer<typeof originSchema>;

/** What a row says about a file, and where that file is expected. `part` counts the row's references from 1. */
export const mediaReferenceSchema = z.strictObject({
  /** Unique within its example; messages name it. */
  id: z.string(),
  part: z.int().positive(),
  column: z.string().optional(),
  origin: originSchema,
  /** Key of the asset record that will hold the file: `a<archive>:<entry>`, `d:<key>`, `l:<sha256 of the URL>`, `u:<sha256>`, `o:<uri>`. */
  record: z.string(),
  /** As people read it: `media.zip!owl.png`, a link without secrets, `data:image/png`. */
  name: z.string(),
  /** The MIME type that the row claims (data URI, `file` part), registered name. */
  declaredMime: z.string().optional(),
});
export type MediaReference = z.infer<typeof mediaReferenceSchema>;

/** One media file, known by the sha256 of its bytes. */
export const assetSchema = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  kind: mediaKindSchema,
  mime: z.string(),
  bytes: z.int().nonnegative(),
  width: z.int().positive().optional(),
  height: z.int().positive().optional(),
  /** Images: `rgb`, `rgba`, `gray`, `gray-alpha`, `palette`, `cmyk`. */
  colors: z.string().optional(),
  bitDepth: z.int().positive().optional(),
  /** Images: 1 unless animated. */
  frames: z.int().positive().optional(),
  /** EXIF orientation 1..8. */
  orientation: z.int().min(1).max(8).optional(),
  /** Images: EXIF, XMP, IPTC or comments go along. Absent where none do. */
  metadata: z.literal(true).optional(),
  pages: z.int().positive().optional(),
  seconds: z.number().nonnegative().optional(),
  /** Plain text: how many characters. */
  characters: z.int().nonnegative().optional(),
});
export type Asset = z.infer<typeof assetSchema>;

/** Where an asset's bytes are: a whole object, or an entry of an archive in the inbox. */
export const locationSchema = z.union([
  z.strictObject({ store: z.enum(['inbox', 'results']), key: z.string(), etag: z.string().optional() }),
  /** `entry` is the archive reader's own description, so that the bytes are found without the directory. */
  z.strictObject({ archive: z.int().nonnegative(), entry: z.looseObject({ index: z.int().nonnegative() }) }),
]);
export type Location = z.infer<typeof locationSchema>;

/** What `collect` and `fetch` write for each distinct file: the asset and its bytes' place, or why it cannot be used. */
export const assetRecordSchema = z.strictObject({
  record: z.string(),
  asset: assetSchema.nullable(),
  at: locationSchema.nullable(),
  /** An `error` makes every row that names the file unusable; warnings are told at each row. */
  issues: z.array(issueSchema),
});
export type AssetRecord = z.infer<typeof assetRecordSchema>;

/** File extension (without dot) by registered MIME type, for names that finedrop gives. */
export const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'audio/mpeg': 'mp3',
  'application/pdf': 'pdf',
  'text/plain': 'txt',
};

/** The kinds of files a drop may hold, by registered MIME type (the seed's eight endings). */
export const ACCEPTED_MIME: Readonly<Record<string, MediaKind>> = {
  'image/png': 'image',
  'image/jpeg': 'image',
  'image/webp': 'image',
  'image/gif': 'image',
  'audio/mpeg': 'audio',
  'application/pdf': 'document',
  'text/plain': 'document',
};

/** The content-addressed name of a media file: `<sha256>.<ext>`. */
export function mediaFileName(media: { sha256: string; mime: string }): string {
  return `${media.sha256}.${EXTENSIONS[media.mime] ?? 'bin'}`;
}
