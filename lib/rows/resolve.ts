import { sha256 } from '../domain/canonical.ts';
import { excerpt } from '../domain/excerpt.ts';
import type { Origin } from '../domain/media.ts';
import { type DataUri, parseDataUri } from '../formats/data-uri.ts';
import { registeredMime } from '../formats/mime.ts';
import { ROW_CODES, type RowCode, rowIssue } from './codes.ts';
import { type DropEntry, expandFrames, findEntry, type MatchStep } from './drop-index.ts';
import { baseName, cleanPath, folderOf, hasVideoEnding } from './entry-name.ts';
import { MOST_REFERENCES } from './files-cell.ts';
import { checkLink } from './link.ts';
import { ambiguousIssue, framesIssue, missingIssue, videoIssue } from './media-issues.ts';
import { checkObject } from './object-uri.ts';
import type { WrittenReference } from './reference.ts';
import type { RowDraft } from './row.ts';

// The bytes that fit as base64 into the longest cell that readers hand over (64 MiB).
const DATA_BYTES = 48 * 1024 * 1024;
const LONGEST_NAME = 1024;

/** Finds what a reference of the row means and returns the ids of its media, in order: several for a folder of frames, none when refused. */
export function resolveReference(draft: RowDraft, written: WrittenReference, at: { column?: string } = {}): string[] {
  const adder = adderFor(draft, at);
  switch (written.kind) {
    case 'link':
      return resolveLink(draft, written.url, adder);
    case 'data-uri':
      return resolveData(draft, written.text, adder);
    case 'object':
      return resolveObject(draft, written.uri, adder);
    case 'name':
      return resolveName(draft, written.name, adder);
  }
}

interface Media {
  origin: Origin;
  record: string;
  name: string;
  /** What the row says, as far as it identifies the row. */
  written: string;
  declaredMime?: string;
}

interface Adder {
  add(media: Media): string[];
  /** Tells an issue of the next reference; `isRefused` counts that reference as read. */
  tell(code: RowCode, message: string, options: { hint?: string | undefined; isRefused: boolean }): void;
}

function adderFor(draft: RowDraft, at: { column?: string }): Adder {
  const tell: Adder['tell'] = (code, message, { hint, isRefused }) => {
    draft.tell(rowIssue(code, message, hint), { column: at.column, part: draft.parts + 1 });
    if (isRefused) draft.parts += 1;
  };
  const add: Adder['add'] = ({ written, ...media }) => {
    if (draft.references.length >= MOST_REFERENCES) return tooMany(draft, tell);
    draft.parts += 1;
    const id = `r${draft.parts}`;
    draft.written.set(id, written);
    draft.references.push({ id, part: draft.parts, ...at, ...media });
    return [id];
  };
  return { add, tell };
}

function tooMany(draft: RowDraft, tell: Adder['tell']): string[] {
  if (draft.parts <= MOST_REFERENCES) {
    const hint = 'Give fewer files with one prompt.';
    tell('FILES_TOO_MANY', `the row names more than ${MOST_REFERENCES} files`, { hint, isRefused: true });
    draft.parts = MOST_REFERENCES + 1;
  }
  draft.errors += 1;
  return [];
}

function resolveLink(draft: RowDraft, url: string, { add, tell }: Adder): string[] {
  const checked = checkLink(url, draft.context.links);
  if ('issue' in checked) {
    const { code, message, hint } = checked.issue;
    tell(code as RowCode, message, { hint, isRefused: true });
    return [];
  }
  const { record, name } = checked.link;
  if (hasVideoEnding(new URL(checked.link.url).pathname)) {
    tell('VIDEO_UNSUPPORTED', ...videoIssue(name, baseName(new URL(checked.link.url).pathname)));
    return [];
  }
  const ids = add({ origin: 'link', record, name, written: record });
  if (ids.length > 0) draft.links.set(record, checked.link.url);
  return ids;
}

function resolveData(draft: RowDraft, text: string, { add, tell }: Adder): string[] {
  const parsed = parseDataUri(text, { maxBytes: DATA_BYTES });
  if ('fault' in parsed) {
    const { code, message, hint } = parsed.fault;
    tell(knownCode(code), message, { hint, isRefused: true });
    return [];
  }
  for (const { code, message, hint } of parsed.warnings) tell(knownCode(code), message, { hint, isRefused: false });
  const mime = registeredMime(parsed.mime);
  if (mime.startsWith('video/')) {
    tell('VIDEO_UNSUPPORTED', ...videoIssue(`data:${mime}`, 'clip.mp4'));
    return [];
  }
  return add(dataMedia(draft, parsed, mime));
}

function dataMedia(draft: RowDraft, { bytes }: DataUri, mime: string): Media {
  const record = `u:${draft.context.saveData(bytes, mime)}`;
  return { origin: 'data-uri', record, name: `data:${mime}`, written: record, declaredMime: mime };
}

/** A code that the reader of data URIs may gain later still has a place in the table. */
function knownCode(code: string): RowCode {
  return Object.hasOwn(ROW_CODES, code) ? (code as RowCode) : 'DATA_URI_HEADER';
}

function resolveObject(draft: RowDraft, uri: string, { add, tell }: Adder): string[] {
  const checked = checkObject(uri, draft.context.objects.buckets);
  if ('issue' in checked) {
    const { code, message, hint } = checked.issue;
    tell(code as RowCode, message, { hint, isRefused: true });
    return [];
  }
  const { key } = checked.object;
  if (hasVideoEnding(key)) {
    tell('VIDEO_UNSUPPORTED', ...videoIssue(checked.uri, baseName(key)));
    return [];
  }
  const record = `o:${checked.uri}`;
  return add({ origin: 'object', record, name: checked.uri, written: record });
}

function resolveName(draft: RowDraft, name: string, adder: Adder): string[] {
  if (hasVideoEnding(name.trim())) {
    adder.tell('VIDEO_UNSUPPORTED', ...videoIssue(name, baseName(cleanPath(name))));
    return [];
  }
  const lookup = name.length > LONGEST_NAME ? { missing: [] } : findEntry(draft.context.index, name);
  if ('found' in lookup) {
    tellInexact(name, lookup, adder);
    return adder.add(entryMedia(lookup.found, name));
  }
  if ('ambiguous' in lookup) {
    adder.tell('MEDIA_AMBIGUOUS', ...ambiguousIssue(name, lookup.ambiguous));
    return [];
  }
  const frames = name.length > LONGEST_NAME ? null : expandFrames(draft.context.index, name);
  if (frames) return resolveFrames(draft, { name, frames }, adder);
  draft.missing.add(name.slice(0, LONGEST_NAME));
  adder.tell('MEDIA_MISSING', ...missingIssue(name, lookup.missing, draft.context.index));
  return [];
}

function tellInexact(
  name: string,
  lookup: { found: DropEntry; inexact: string | null; step: MatchStep },
  adder: Adder,
) {
  if (lookup.inexact === null) return;
  const isPlain = lookup.step === 'path' || lookup.step === 'wrapper';
  const message = `"${excerpt(name)}" was taken to be "${excerpt(entryName(lookup.found))}", found ${lookup.inexact}`;
  adder.tell(isPlain ? 'MEDIA_NAME_FOLDER' : 'MEDIA_NAME_INEXACT', message, { isRefused: false });
}

function resolveFrames(
  draft: RowDraft,
  { name, frames }: { name: string; frames: DropEntry[] },
  adder: Adder,
): string[] {
  const refusal = framesIssue(name, frames, MOST_REFERENCES - draft.references.length);
  if (refusal) {
    const [code, message, options] = refusal;
    adder.tell(code, message, options);
    return [];
  }
  const folder = folderOf(cleanPath(frames[0]?.name ?? ''));
  const asked = cleanPath(name).replace(/\/$/, '');
  const written = /[*?]/.test(baseName(asked)) ? folderOf(asked) : asked;
  if (folder !== written) {
    const message = `"${excerpt(name)}" was taken to be the images of the folder "${excerpt(folder)}/"`;
    adder.tell('MEDIA_NAME_FOLDER', message, { isRefused: false });
  }
  const prefix = written === '' ? '' : `${written}/`;
  return frames.flatMap((frame) => adder.add(entryMedia(frame, `${prefix}${baseName(frame.name)}`)));
}

function entryMedia(entry: DropEntry, written: string): Media {
  return { origin: entry.origin, record: entry.record, name: entryName(entry), written: `n:${shortened(written)}` };
}

/** An entry as people read it: `media.zip!owl.png`, or a loose file's name. */
function entryName(entry: DropEntry): string {
  return entry.origin === 'archive' ? `${entry.container}!${entry.name}` : entry.name;
}

function shortened(name: string): string {
  return name.length > LONGEST_NAME ? sha256(name) : name;
}
