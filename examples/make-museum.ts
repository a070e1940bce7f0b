/**
 * Makes the example drop `examples/museum` from drawings in this file and texts and recordings in `museum-sources`.
 * Run it by hand after a change: npx tsx examples/make-museum.ts
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { formatCsvRecord } from '../lib/formats/csv.ts';
import { writeZip } from '../lib/formats/zip-write.ts';
import { DRAWINGS, type DrawingName, drawing } from './museum-drawings.ts';
import { chats, LINKED_FILE, rows } from './museum-rows.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const SOURCES = join(HERE, 'museum-sources');
const DROP = join(HERE, 'museum');
const SIDE = 320;

await makeMuseum();

async function makeMuseum(): Promise<void> {
  await mkdir(DROP, { recursive: true });
  const sunDial = await draw('sundial', 'png', 96);
  await writeFile(
    join(DROP, 'train.csv'),
    table(rows({ dataUri: `data:image/png;base64,${sunDial.toString('base64')}` })),
  );
  await writeFile(
    join(DROP, 'chats.jsonl'),
    chats({ dataUri: `data:image/jpeg;base64,${(await draw('moon', 'jpeg', 96)).toString('base64')}` }),
  );
  await writeFile(join(DROP, 'media.zip'), writeZip(await archive()));
  // A loose file beside the archive, and one that the demo serves as a link.
  await writeFile(join(DROP, 'map.webp'), await draw('map', 'webp'));
  await writeFile(join(HERE, 'museum-sources', LINKED_FILE), await draw('telescope', 'png'));
}

function table(records: readonly (readonly string[])[]): string {
  return records.map((record) => formatCsvRecord(record)).join('');
}

async function archive(): Promise<{ name: string; bytes: Uint8Array }[]> {
  const source = (name: string) => readFile(join(SOURCES, name));
  return [
    { name: 'owl.png', bytes: await draw('owl', 'png') },
    { name: 'pyramid.png', bytes: await draw('pyramid', 'png') },
    { name: 'ship.jpg', bytes: await draw('ship', 'jpeg') },
    { name: 'Mask.jpeg', bytes: await draw('mask', 'jpeg') },
    { name: 'amphora.webp', bytes: await draw('amphora', 'webp') },
    // Named .png by mistake, as scanners do: its bytes are JPEG.
    { name: 'coin.png', bytes: await draw('coin', 'jpeg') },
    { name: 'pendulum.gif', bytes: await pendulum() },
    { name: 'clip_01/frame1.png', bytes: await draw('pendulum-left', 'png', 160) },
    { name: 'clip_01/frame2.png', bytes: await draw('pendulum-middle', 'png', 160) },
    { name: 'clip_01/frame10.png', bytes: await draw('pendulum-right', 'png', 160) },
    { name: 'audio/owl.mp3', bytes: await source('audio-owl.mp3') },
    { name: 'audio/ship.mp3', bytes: await source('audio-ship.mp3') },
    { name: 'guide.pdf', bytes: guide() },
    { name: 'welcome.txt', bytes: await source('welcome.txt') },
    { name: 'label-amphora.txt', bytes: await source('label-amphora.txt') },
    { name: '__MACOSX/._owl.png', bytes: Buffer.from('a leftover of another system') },
  ];
}

async function draw(name: DrawingName, format: 'png' | 'jpeg' | 'webp', side: number = SIDE): Promise<Buffer> {
  const image = sharp(Buffer.from(drawing(DRAWINGS[name])))
    .resize(side, side)
    .flatten({ background: '#f6f1e7' });
  if (format === 'png') return image.png({ compressionLevel: 9 }).toBuffer();
  return format === 'jpeg' ? image.jpeg({ quality: 85 }).toBuffer() : image.webp({ quality: 80 }).toBuffer();
}

/** An animated GIF of three frames. */
async function pendulum(): Promise<Buffer> {
  const frames = await Promise.all(
    (['pendulum-left', 'pendulum-middle', 'pendulum-right'] as const).map((name) => draw(name, 'png', 160)),
  );
  return sharp(frames, { join: { animated: true } })
    .gif({ delay: [300, 300, 300], loop: 0 })
    .toBuffer();
}

/** A two-page PDF, written by hand: its text is the museum's guide. */
function guide(): Buffer {
  const pages = [
    [
      'The Lantern Museum',
      'Room 1: the owl clock, 1891',
      'Room 2: amphora and coin, about 480 BC',
      'Room 3: painted mask',
    ],
    [
      'Room 4: pyramid, a model of 1902',
      'Room 5: the oil ship',
      'Roof: telescope and sundial',
      'Tickets: 6 euros, children free',
    ],
  ];
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${pages.map((_, index) => `${4 + index * 2} 0 R`).join(' ')}] /Count ${pages.length} >>`,
  ];
  objects.push('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>');
  for (const [index, lines] of pages.entries()) {
    const content = `BT /F1 16 Tf 60 760 Td 24 TL ${lines.map((line) => `(${line}) Tj T*`).join(' ')} ET`;
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${5 + index * 2} 0 R >>`,
    );
    objects.push(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
  }
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}
