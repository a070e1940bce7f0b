import fc from 'fast-check';
import { parseBuffer } from 'music-metadata';
import { describe, expect, it } from 'vitest';
import { readMp3Facts } from '../../lib/formats/mp3.ts';
import { sniff } from '../../lib/formats/sniff.ts';
import { composeMp3, id3Tag, MP3_FRAME_SECONDS, silentFrame } from './mp3-builder.ts';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');

function infoFrame(name: 'Xing' | 'Info', frames: number): Buffer {
  const frame = silentFrame();
  frame.write(name, 36, 'latin1');
  frame.writeUInt32BE(1, 40);
  frame.writeUInt32BE(frames, 44);
  return frame;
}

const frames = (count: number): Buffer => Buffer.concat(Array<Buffer>(count).fill(silentFrame()));
const id3v1 = Buffer.concat([latin('TAG'), Buffer.alloc(125)]);
const ape = Buffer.concat([latin('APETAGEX'), Buffer.from([0xd0, 7, 0, 0, 32, 0, 0, 0]), Buffer.alloc(16)]);

describe('readMp3Facts', () => {
  it.each<[string, Buffer, number]>([
    ['bare frames', frames(100), 100],
    ['frames behind a tag', Buffer.concat([id3Tag(3000), frames(100)]), 100],
    ['frames behind two tags', Buffer.concat([id3Tag(30), id3Tag(40), frames(100)]), 100],
    ['frames behind a tag and zeros', Buffer.concat([id3Tag(30), Buffer.alloc(500), frames(100)]), 100],
    ['frames before an ID3v1 tag', Buffer.concat([frames(100), id3v1]), 100],
    ['frames before an APE and an ID3v1 tag', Buffer.concat([frames(100), ape, id3v1]), 100],
    ['changing bit rates', Buffer.concat([silentFrame(32), silentFrame(320), silentFrame(64), silentFrame(128)]), 4],
    ['frames behind a Xing header', Buffer.concat([infoFrame('Xing', 100), frames(100)]), 100],
    ['frames behind an Info header', Buffer.concat([infoFrame('Info', 100), frames(100)]), 100],
    ['just three frames', frames(3), 3],
  ])('counts %s', async (_, bytes, count) => {
    const facts = await readMp3Facts(bytes);
    expect(facts).toEqual({ seconds: expect.closeTo(count * MP3_FRAME_SECONDS, 9), fault: null, warnings: [] });
    expect(sniff(bytes)?.mime).toBe('audio/mpeg');
  });

  it.each([1, 5, 60])('agrees with music-metadata about %i s', async (seconds) => {
    for (const options of [{}, { kilobits: 64 as const }, { tagBytes: 2000 }]) {
      const bytes = composeMp3(seconds, options);
      const oracle = await parseBuffer(bytes, 'audio/mpeg', { duration: true });
      const facts = await readMp3Facts(bytes);
      expect(facts.seconds).toBeCloseTo(oracle.format.duration ?? -1, 1);
      expect(facts.seconds).toBeCloseTo(seconds, 1);
    }
  });

  it.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'MEDIA_BROKEN'],
    ['two frames', frames(2), 'MEDIA_BROKEN'],
    ['a tag alone', id3Tag(500), 'MEDIA_BROKEN'],
    ['a tag that claims 256 MB', Buffer.concat([id3Tag(10, 0xfffffff), frames(100)]), 'MEDIA_TRUNCATED'],
    ['noise', Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251)), 'MEDIA_BROKEN'],
    ['sync words without end', Buffer.alloc(100_000, 0xff), 'MEDIA_BROKEN'],
    [
      'frames of three streams',
      Buffer.concat([silentFrame(), latin('\xff\xf3\x40\x04'), Buffer.alloc(200), silentFrame()]),
      'MEDIA_BROKEN',
    ],
    ['a renamed WAV', Buffer.concat([latin('RIFF\x24\0\0\0WAVEfmt '), Buffer.alloc(5000, 7)]), 'MEDIA_BROKEN'],
  ])('refuses %s', async (_, bytes, code) => {
    const { seconds, fault } = await readMp3Facts(bytes);
    expect([seconds, fault?.code]).toEqual([0, code]);
  });

  it.each<[string, Buffer, string, number]>([
    ['junk in between', Buffer.concat([frames(50), Buffer.alloc(999, 1), frames(50)]), 'MP3_JUNK', 100],
    ['junk at the end', Buffer.concat([frames(50), Buffer.alloc(999, 1)]), 'MP3_JUNK', 50],
    ['a cut last frame', frames(50).subarray(0, -10), 'MP3_LAST_FRAME', 49],
    ['less than its header promises', Buffer.concat([infoFrame('Xing', 1000), frames(100)]), 'MP3_SHORTER', 100],
  ])('warns of %s', async (_, bytes, code, count) => {
    const { seconds, fault, warnings } = await readMp3Facts(bytes);
    expect(fault).toBeNull();
    expect(warnings.map((warning) => warning.code)).toEqual([code]);
    expect(seconds).toBeCloseTo(count * MP3_FRAME_SECONDS, 9);
  });

  it('answers for bytes flipped, cut and added, with a length that the file can hold', async () => {
    const sample = Buffer.concat([id3Tag(100), infoFrame('Xing', 20), frames(20), ape, id3v1]);
    const change = fc.tuple(fc.nat(sample.length - 1), fc.nat(500), fc.uint8Array({ maxLength: 8 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        let bytes = sample;
        for (const [at, cut, added] of changes)
          bytes = Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + cut)]);
        const { seconds, fault } = await readMp3Facts(bytes);
        if (fault !== null) expect(fault.code).toMatch(/^MEDIA_/);
        expect(seconds).toBeLessThan(20);
      }),
      { seed: 42, numRuns: 500 },
    );
  });

  it('searches megabytes of false starts in linear time', async () => {
    const bytes = Buffer.alloc(8 * 1024 * 1024, latin('\xff\xfb\x90\x04'));
    const before = process.cpuUsage();
    await readMp3Facts(bytes);
    await readMp3Facts(Buffer.concat([frames(3), Buffer.alloc(8 * 1024 * 1024, latin('\xff\xfb\x90\x04\0'))]));
    expect(process.cpuUsage(before).user).toBeLessThan(10_000_000);
  });
});
