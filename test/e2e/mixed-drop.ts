import { writeZip } from '../../lib/formats/zip-write.ts';
import { pdfDocument, picture, recording } from './media.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import type { DropFiles } from './workspace.ts';

export const GIF_ROW = 11;
export const TEXT_FILE_ROW = 14;
/** Rows that only Vertex takes: a recording, a document, a picture with a recording. */
export const VERTEX_ONLY_ROWS: readonly number[] = [12, 13, 15];
export const MIXED_ROWS = 17;

/** A drop with every kind of file and rows without any; 17 sound rows. */
export async function mixedDrop(): Promise<DropFiles> {
  const pictures = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((shade) => picture('png', shade)));
  const archive = [
    ...pictures.map((bytes, index) => ({ name: `owl-${index + 1}.png`, bytes })),
    { name: 'ship.jpg', bytes: await picture('jpeg') },
    { name: 'map.webp', bytes: await picture('webp') },
    { name: 'pendulum.gif', bytes: await picture('gif') },
    { name: 'sound/owl.mp3', bytes: recording() },
    { name: 'guide.pdf', bytes: pdfDocument('Room one: the owl clock') },
    { name: 'label.txt', bytes: Buffer.from('Oil lamp, about 480 BC.') },
  ];
  const rows = [
    ...pictures.map((_, index) => ['Which owl is this?', `Owl number ${index + 1}.`, `owl-${index + 1}.png`]),
    ['What is this?', 'A ship.', 'ship.jpg'],
    ['What is this?', 'A map.', 'map.webp'],
    ['How does it move?', 'From left to right.', 'pendulum.gif'],
    ['Write down what you hear.', 'Hoo.', 'sound/owl.mp3'],
    ['What is in room one?', 'The owl clock.', 'guide.pdf'],
    ['How old is it?', 'About 2,500 years.', 'label.txt'],
    ['Is this its call?', 'Yes, that is the call of this owl.', 'owl-1.png,sound/owl.mp3'],
    ...plainRows(2),
  ];
  return { 'train.csv': csv([HEADER, ...rows]), 'media.zip': writeZip(archive) };
}
