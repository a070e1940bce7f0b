import { writeZip } from '../../lib/formats/zip-write.ts';
import { readChat } from '../../lib/rows/chat.ts';
import { contextOf, TINY_PNG, TINY_PNG_URI } from '../rows/row-factories.ts';
import { dropped, proveExamples, type Told } from './told.ts';

const PNG = Buffer.from(TINY_PNG, 'base64');

const table = (...cells: readonly string[]) =>
  `prompt,completion,files\n${cells.map((cell) => `What is it?,An owl.,"${cell.replaceAll('"', '""')}"`).join('\n')}\n`;
const archive = (...names: readonly string[]) => writeZip(names.map((name) => ({ name, bytes: PNG })));
const uri = (data: string) => `data:image/png;base64,${data}`;

proveExamples('names', [
  dropped(() => ({
    files: {
      'train.csv': table(
        '"owl, day.png',
        '["owl.jpeg", 2]',
        'owl.jpeg, cat.png',
        'owl.jpeg,,cat.png',
        'owl.jpg',
        'OWL.jpeg',
        '0.png',
        'tour.mp4',
      ),
      'many.csv': table(Array.from({ length: 1001 }, (_, at) => `${at}.png`).join(',')),
      'media.zip': archive('owl.jpeg', 'cat.png', 'owl.jpeg, cat.png', '0.png'),
      'more.zip': archive('0.png'),
    },
  })),
  dropped(() => ({
    files: { 'train.csv': table('owl.png'), 'media.zip': archive('photos/owl.png') },
  })),
  dropped(() => ({
    files: {
      'train.csv': table(
        ` ${TINY_PNG_URI} `,
        `data:;base64,${TINY_PNG}`,
        'data:image/png,PNG',
        uri(''),
        uri('QQ'),
        uri('QR=='),
        uri('QU-D'),
        uri('QQ%3D%3D'),
        uri('QU JD'),
        uri('{base64_image}'),
      ),
      'chats.jsonl': `${JSON.stringify([
        { role: 'user', content: [{ type: 'image_url', image_url: ` ${TINY_PNG_URI}` }] },
        { role: 'assistant', content: 'An owl.' },
      ])}\n`,
    },
  })),
  largeData,
]);

/** 49 MiB of media in one chat. */
async function largeData(): Promise<readonly Told[]> {
  const url = uri(Buffer.alloc(49 * 1024 ** 2).toString('base64'));
  const chat = [
    { role: 'user', content: [{ type: 'image_url', image_url: { url } }] },
    { role: 'assistant', content: 'An owl.' },
  ];
  const context = contextOf([], { file: 'chats.jsonl' });
  return readChat(chat, { row: 1, line: 1, faults: [] }, context).findings;
}
