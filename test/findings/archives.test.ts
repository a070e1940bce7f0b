import {
  type BuiltArchive,
  type BuiltEntry,
  buildZip,
  extraField,
  uint64,
  unicodePath,
} from '../formats/zip-builder.ts';
import { TINY_PNG } from '../rows/row-factories.ts';
import { dropped, type Mistake, proveExamples } from './told.ts';

const PNG = Buffer.from(TINY_PNG, 'base64');
const OWL: BuiltEntry = { name: 'owl.png', bytes: PNG };
const MEBIBYTE = 1024 ** 2;

/** Only the claim is large: nothing is unpacked before it is refused. */
const claiming = (bytes: number): BuiltEntry => ({
  ...OWL,
  zip64: true,
  central: { extra: extraField(1, Buffer.concat([uint64(bytes), uint64(20), uint64(0)])) },
});

/** The archive as a whole is wrong. */
const refused = (entries: readonly BuiltEntry[], options: BuiltArchive = {}): Mistake =>
  dropped(() => ({
    files: {
      'train.csv': 'prompt,completion,files\nWhat is it?,An owl.,owl.png\n',
      'media.zip': buildZip(entries, options),
    },
  }));

const WRONG_ENTRIES: readonly BuiltEntry[] = [
  { ...OWL, name: 'secret.png', central: { flags: 1 } },
  { ...OWL, name: 'packed.png', method: 9 },
  { name: 'zeros.png', bytes: Buffer.alloc(2 * MEBIBYTE), method: 8 },
  { ...OWL, name: 'size.png', central: { size: 9 } },
  { ...OWL, name: 'sum.png', central: { crc32: 1 }, local: { crc32: 1 } },
  { ...OWL, name: 'two.png', local: { size: 1 } },
  { ...OWL, name: '../climb.png' },
  { ...OWL, name: 'link.png', externalAttributes: 0o120777 * 65536 },
  { ...OWL, name: 'photos\\slash.png' },
  { ...OWL, name: Buffer.from([0x82, 0x74, 0x82, 0x2e, 0x70, 0x6e, 0x67]) },
  { ...OWL, name: 'zero\u200bwidth.png', utf8Flag: true },
];
const NAMES = [
  'owl.png',
  'secret.png',
  'packed.png',
  'zeros.png',
  'size.png',
  'sum.png',
  'two.png',
  '../climb.png',
  'link.png',
  'photos/slash.png',
  'été.png',
  'zero\u200bwidth.png',
];

proveExamples('archives', [
  dropped(() => ({
    files: {
      'train.csv': `prompt,completion,files\n${NAMES.map((name) => `What is it?,An owl.,"${name}"`).join('\n')}\n`,
      'media.zip': buildZip([OWL, ...WRONG_ENTRIES]),
    },
  })),
  dropped(() => ({
    files: { 'train.csv': 'prompt,completion\nWhat is it?,An owl.\n', 'media.zip': buildZip([OWL]).subarray(0, 60) },
  })),
  refused([{ ...OWL, name: 'owl\r.png' }]),
  refused([OWL, OWL]),
  refused([OWL], { zip64: true, end64: { count: 2 ** 40, countHere: 2 ** 40 } }),
  refused([{ ...OWL, name: 'day.png', gap: Buffer.alloc(13 * MEBIBYTE) }, claiming(513 * MEBIBYTE)]),
  refused([claiming(1024 * MEBIBYTE)]),
  refused([OWL, { ...OWL, name: 'copy.png', withoutLocal: true, central: { localOffset: 0 } }]),
  refused([OWL], { prefix: Buffer.from('#!/bin/sh') }),
  refused([{ ...OWL, extra: unicodePath(Buffer.from('owl.png'), 'evil.exe') }]),
  refused([OWL, { ...OWL, name: 'far.png', gap: Buffer.alloc(200_000) }]),
]);
