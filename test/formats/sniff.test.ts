import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { mimeOfExtension, registeredMime, sniff } from '../../lib/formats/sniff.ts';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const padded = (text: string): Buffer => Buffer.concat([latin(text), Buffer.alloc(64)]);
const box = (brands: string): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, 8 + brands.length]), latin(`ftyp${brands}`)]);

describe('sniff', () => {
  it.each([
    ['png', 'image/png', 'png'],
    ['jpeg', 'image/jpeg', 'jpg'],
    ['webp', 'image/webp', 'webp'],
    ['gif', 'image/gif', 'gif'],
    ['tiff', 'image/tiff', 'tiff'],
    ['avif', 'image/avif', 'avif'],
  ] as const)('knows a real %s', async (format, mime, extension) => {
    const image = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } });
    expect(sniff(await image.toFormat(format).toBuffer())).toEqual({ kind: 'image', mime, extension });
  });

  it.each<[string, Buffer, string]>([
    ['BMP', Buffer.concat([latin('BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0'), Buffer.alloc(40)]), 'image image/bmp'],
    ['HEIC', box('heic\0\0\0\0mif1heic'), 'image image/heic'],
    ['HEIC under a vague brand', box('mif1\0\0\0\0mif1heic'), 'image image/heic'],
    ['AVIF under a vague brand', box('mif1\0\0\0\0mif1avif'), 'image image/avif'],
    [
      'SVG',
      latin('<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'),
      'image image/svg+xml',
    ],
    ['SVG without a head', latin('  <svg width="1"/>'), 'image image/svg+xml'],
    ['MP3 with an ID3 tag', latin('ID3\x03\0\0\0\0\x0f\x76rest'), 'audio audio/mpeg'],
    ['MP3 without one', padded('\xff\xfb\x90\x64'), 'audio audio/mpeg'],
    ['MP3 of MPEG-2', padded('\xff\xf3\x40\xc4'), 'audio audio/mpeg'],
    ['WAV', latin('RIFF\x24\0\0\0WAVEfmt '), 'audio audio/wav'],
    ['Ogg', padded('OggS\0\x02\0\0\0\0\0\0\0\0vorbis'), 'audio audio/ogg'],
    ['Ogg video', padded('OggS\0\x02\0\0\0\0\0\0\0\0\x80theora'), 'video video/ogg'],
    ['FLAC', padded('fLaC\0\0\0\x22'), 'audio audio/flac'],
    ['FLAC behind ID3', latin('ID3\x03\0\0\0\0\0\x02xxfLaC\0\0'), 'audio audio/flac'],
    ['M4A', box('M4A \0\0\0\0M4A mp42'), 'audio audio/mp4'],
    ['AAC', padded('\xff\xf1\x50\x80'), 'audio audio/aac'],
    ['PDF', latin('%PDF-1.7\n'), 'document application/pdf'],
    ['PDF behind a byte order mark', Buffer.from('\ufeff%PDF-1.7\n'), 'document application/pdf'],
    ['PDF behind junk', Buffer.concat([Buffer.alloc(100), latin('%PDF-1.7\n')]), 'document application/pdf'],
    ['old Office', padded('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'), 'document application/x-ole-storage'],
    ['ZIP', latin('PK\x03\x04\x14\0\0\0\0\0 0.png'), 'archive application/zip'],
    ['an empty ZIP', padded('PK\x05\x06'), 'archive application/zip'],
    [
      'DOCX',
      latin('PK\x03\x04 [Content_Types].xml PK\x03\x04 word/document.xml'),
      'document application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
    [
      'XLSX',
      latin('PK\x03\x04 [Content_Types].xml PK\x03\x04 xl/workbook.xml'),
      'document application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ],
    ['gzip', padded('\x1f\x8b\x08'), 'archive application/gzip'],
    ['tar', Buffer.concat([Buffer.alloc(257), latin('ustar\0'), Buffer.alloc(249)]), 'archive application/x-tar'],
    ['MP4', box('isom\0\0\x02\0isomiso2avc1mp41'), 'video video/mp4'],
    ['MOV', box('qt  \0\0\0\0qt  '), 'video video/quicktime'],
    ['WebM', padded('\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm'), 'video video/webm'],
    ['Matroska', padded('\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska'), 'video video/matroska'],
    ['AVI', latin('RIFF\x24\0\0\0AVI LIST'), 'video video/x-msvideo'],
    ['HTML', latin('\n<!DOCTYPE html><html>'), 'text text/html'],
    ['HTML without a doctype', latin('<HTML><body>'), 'text text/html'],
    ['text', Buffer.from('Grüße\n\tan alle 😀'), 'text text/plain'],
    ['text with a byte order mark', Buffer.from('\ufeffhi'), 'text text/plain'],
    ['text cut within a character', Buffer.from('aäé').subarray(0, 4), 'text text/plain'],
    ['text in UTF-16LE', Buffer.from('\ufeffhi', 'utf16le'), 'text text/plain'],
    ['text in UTF-16BE', Buffer.from('\ufeffhi', 'utf16le').swap16(), 'text text/plain'],
    ['text in Latin-1, for its reader to refuse', latin('Die Stra\xdfe nach M\xfcnchen ist lang'), 'text text/plain'],
    ['text about PDF', latin('the header is %PDF-1.7'), 'text text/plain'],
    ['text about pictures', latin('I drew an <svg> here'), 'text text/plain'],
    ['text that begins with BM', latin('BMW builds cars, and here is a longer line'), 'text text/plain'],
  ])('knows %s', (_, bytes, expected) => {
    const found = sniff(bytes);
    expect(`${found?.kind} ${found?.mime}`).toBe(expected);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(100)],
    ['noise', latin('\x01\x02\x03\xfe\x80\x81')],
    ['text with a NUL', latin('hello\0world')],
    ['frame headers of a forbidden bit rate', padded('\xff\xfb\xf0\x64')],
  ])('knows nothing of %s', (_, bytes) => {
    expect(sniff(bytes)).toBeNull();
  });

  it('answers for any bytes, in bounds', () => {
    const starts = fc.constantFrom(
      '',
      'ID3',
      'RIFF',
      'PK\x03\x04',
      '\0\0\0\x20ftyp',
      'BM',
      '\xff\xfb',
      '\x1a\x45\xdf\xa3',
      '<',
    );
    fc.assert(
      fc.property(starts, fc.uint8Array({ maxLength: 40 }), (start, rest) => {
        const found = sniff(Buffer.concat([latin(start), rest]));
        if (found !== null) expect(found.mime).toMatch(/^[a-z]+\/[a-z0-9.+-]+$/);
      }),
      { seed: 42, numRuns: 1000 },
    );
  });

  it('is quick on megabytes of comments', () => {
    const before = performance.now();
    sniff(Buffer.from('<!-- '.repeat(400_000)));
    sniff(Buffer.from('<!---->'.repeat(400_000)));
    sniff(Buffer.from('<?xml ?> '.repeat(400_000)));
    expect(performance.now() - before).toBeLessThan(1000);
  });
});

describe('registeredMime', () => {
  it.each([
    ['image/jpg', 'image/jpeg'],
    ['IMAGE/JPG; charset=binary', 'image/jpeg'],
    ['image/pjpeg', 'image/jpeg'],
    ['image/x-png', 'image/png'],
    ['audio/mp3', 'audio/mpeg'],
    ['audio/x-mp3', 'audio/mpeg'],
    ['audio/mpeg3', 'audio/mpeg'],
    ['application/x-pdf', 'application/pdf'],
    [' text/plain ;charset=utf-8', 'text/plain'],
    ['made/up', 'made/up'],
    ['', ''],
  ])('calls %j %j', (name, mime) => {
    expect(registeredMime(name)).toBe(mime);
  });
});

describe('mimeOfExtension', () => {
  it.each([
    ['0.png', 'image/png'],
    ['dir.d/Photo.JPG', 'image/jpeg'],
    ['a.tar.gz', 'application/gzip'],
    ['README.md', 'text/plain'],
    ['README', null],
    ['x.constructor', null],
    ['.', null],
    ['', null],
  ])('of %j is %j', (name, mime) => {
    expect(mimeOfExtension(name)).toBe(mime);
  });
});
