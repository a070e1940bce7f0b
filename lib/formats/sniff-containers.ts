import { isLayerThreeHeader } from './mp3-frame.ts';
import type { Sniffed } from './sniff-signatures.ts';

/** Formats whose kind is told by something further in: RIFF, MP4, Matroska, Ogg, ZIP, MPEG audio, BMP. */
export function sniffContainer(head: Buffer): Sniffed | null {
  return (
    sniffRiff(head) ??
    sniffMp4(head) ??
    sniffMatroska(head) ??
    sniffOgg(head) ??
    sniffZip(head) ??
    sniffAudio(head) ??
    sniffBitmap(head)
  );
}

function text(head: Buffer, at: number, length: number): string {
  return head.toString('latin1', at, at + length);
}

function is(kind: Sniffed['kind'], mime: string, extension: string): Sniffed {
  return { kind, mime, extension };
}

const RIFF_FORMS: Readonly<Record<string, Sniffed>> = {
  'RIFF WEBP': is('image', 'image/webp', 'webp'),
  'RIFF WAVE': is('audio', 'audio/wav', 'wav'),
  'RF64 WAVE': is('audio', 'audio/wav', 'wav'),
  'RIFF AVI ': is('video', 'video/x-msvideo', 'avi'),
  'FORM AIFF': is('audio', 'audio/aiff', 'aiff'),
  'FORM AIFC': is('audio', 'audio/aiff', 'aiff'),
};

function sniffRiff(head: Buffer): Sniffed | null {
  return RIFF_FORMS[`${text(head, 0, 4)} ${text(head, 8, 4)}`] ?? null;
}

const HEIC = is('image', 'image/heic', 'heic');
const AVIF = is('image', 'image/avif', 'avif');
const MP4 = is('video', 'video/mp4', 'mp4');
const QUICKTIME = is('video', 'video/quicktime', 'mov');
const M4A = is('audio', 'audio/mp4', 'm4a');

/** By brand (ISO 14496-12); a brand that tells nothing, such as `mif1`, leaves the word to the compatible ones. */
const BRANDS: Readonly<Record<string, Sniffed>> = {
  avif: AVIF,
  avis: AVIF,
  heic: HEIC,
  heix: HEIC,
  heim: HEIC,
  hevc: HEIC,
  hevx: HEIC,
  'qt  ': QUICKTIME,
  'M4A ': M4A,
  'M4B ': M4A,
  'M4P ': M4A,
  '3gp4': is('video', 'video/3gpp', '3gp'),
  '3gp5': is('video', 'video/3gpp', '3gp'),
};
const OLD_QUICKTIME = ['moov', 'mdat', 'wide', 'pnot'];
const MOST_BRANDS = 32;

function sniffMp4(head: Buffer): Sniffed | null {
  if (head.length < 12) return null;
  const box = text(head, 4, 4);
  if (OLD_QUICKTIME.includes(box)) return QUICKTIME;
  if (box !== 'ftyp') return null;
  const end = Math.min(head.readUInt32BE(0), head.length, 16 + MOST_BRANDS * 4);
  const brands = [text(head, 8, 4)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(text(head, at, 4));
  const known = brands.find((brand) => BRANDS[brand] !== undefined);
  if (known !== undefined) return BRANDS[known] ?? MP4;
  return brands.includes('mif1') || brands.includes('msf1') ? HEIC : MP4;
}

function sniffMatroska(head: Buffer): Sniffed | null {
  if (head.length < 4 || head.readUInt32BE(0) !== 0x1a45dfa3) return null;
  const isWebm = head.subarray(0, 64).includes('webm');
  return isWebm ? is('video', 'video/webm', 'webm') : is('video', 'video/matroska', 'mkv');
}

function sniffOgg(head: Buffer): Sniffed | null {
  if (text(head, 0, 4) !== 'OggS') return null;
  const isVideo = head.subarray(0, 4096).includes('theora');
  return isVideo ? is('video', 'video/ogg', 'ogv') : is('audio', 'audio/ogg', 'ogg');
}

const OFFICE = 'application/vnd.openxmlformats-officedocument';

function sniffZip(head: Buffer): Sniffed | null {
  const magic = text(head, 0, 4);
  if (magic === 'PK\x05\x06') return is('archive', 'application/zip', 'zip');
  if (magic !== 'PK\x03\x04') return null;
  const names = head.subarray(0, 8192);
  const isOffice = names.includes('[Content_Types].xml') || names.includes('_rels/.rels');
  if (isOffice && names.includes('word/')) return is('document', `${OFFICE}.wordprocessingml.document`, 'docx');
  if (isOffice && names.includes('xl/')) return is('document', `${OFFICE}.spreadsheetml.sheet`, 'xlsx');
  if (isOffice && names.includes('ppt/')) return is('document', `${OFFICE}.presentationml.presentation`, 'pptx');
  return is('archive', 'application/zip', 'zip');
}

function sniffAudio(head: Buffer): Sniffed | null {
  const start = text(head, 0, 3) === 'ID3' && head.length >= 10 ? 10 + syncsafe(head, 6) : 0;
  const audio = head.subarray(start);
  // An ID3 tag may stand before FLAC or AAC as well; a tag longer than what we see is an MP3's.
  if (start > 0 && text(audio, 0, 4) === 'fLaC') return is('audio', 'audio/flac', 'flac');
  if (isAdts(audio)) return is('audio', 'audio/aac', 'aac');
  return start > 0 || isLayerThreeHeader(audio, 0) ? is('audio', 'audio/mpeg', 'mp3') : null;
}

function syncsafe(head: Buffer, at: number): number {
  return [0, 1, 2, 3].reduce((size, index) => size * 128 + ((head[at + index] ?? 0) & 0x7f), 0);
}

function isAdts(audio: Buffer): boolean {
  const rate = ((audio[2] ?? 0xff) >> 2) & 0xf;
  return audio.length >= 7 && audio[0] === 0xff && ((audio[1] ?? 0) & 0xf6) === 0xf0 && rate < 13;
}

function sniffBitmap(head: Buffer): Sniffed | null {
  const isBitmap =
    head.length >= 18 && text(head, 0, 2) === 'BM' && head.readUInt32LE(6) === 0 && head.readUInt32LE(14) <= 124;
  return isBitmap ? is('image', 'image/bmp', 'bmp') : null;
}
