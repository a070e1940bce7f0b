import { createHash } from 'node:crypto';

export interface PdfOptions {
  pages: number;
  /** Shown on each page; ASCII without parentheses and backslashes. */
  text?: string;
  /** Put into the catalog as they are, for example `/OpenAction …`. */
  catalog?: string;
  /** Encrypts (40-bit RC4, revision 2) with this user password; '' opens without asking. Page contents stay as they are. */
  userPassword?: string;
}

/** A small whole PDF 1.4 with a cross-reference table: catalog, page tree, one Helvetica, `pages` pages of 200 x 200 points. */
export function buildPdf({ pages, text = 'finedrop', catalog = '', userPassword }: PdfOptions): Buffer {
  const content = `BT /F1 18 Tf 20 100 Td (${text}) Tj ET`;
  const kids = Array.from({ length: pages }, (_, page) => `${5 + page} 0 R`);
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R ${catalog} >>`,
    `<< /Type /Pages /Count ${pages} /Kids [${kids.join(' ')}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    ...kids.map(
      () =>
        '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >> >>',
    ),
  ];
  return assemble(objects, userPassword === undefined ? '' : encryption(userPassword));
}

export interface PdfPageContent {
  /** Width and height in points. */
  size: string;
  /** Drawing operators; bytes are packed by zlib already. */
  content: string | Buffer;
  resources?: string;
}

/** Pages of any size and content. `extra` objects are numbered from 3 + 2 x pages on. */
export function buildPdfOf(pages: readonly PdfPageContent[], extra: readonly string[] = []): Buffer {
  const kids = pages.map((_, page) => `${3 + 2 * page} 0 R`);
  const objects = pages.flatMap(({ size, content, resources = '' }, page) => [
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${size}] /Contents ${4 + 2 * page} 0 R /Resources << ${resources} >> >>`,
    `<< ${typeof content === 'string' ? '' : '/Filter /FlateDecode'} /Length ${content.length} >>\nstream\n${typeof content === 'string' ? content : content.toString('latin1')}\nendstream`,
  ]);
  const head = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Count ${pages.length} /Kids [${kids.join(' ')}] >>`,
  ];
  return assemble([...head, ...objects, ...extra], '');
}

function assemble(objects: readonly string[], trailer: string): Buffer {
  let file = '%PDF-1.4\n';
  const offsets: number[] = [];
  for (const [index, object] of objects.entries()) {
    offsets.push(file.length);
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const start = file.length;
  file += `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R ${trailer} >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(file, 'latin1');
}

// ISO 32000-1, 7.6.3: the padding string, and algorithms 2 (key), 3 (O) and 4 (U) of revision 2.
const PADDING = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex');
const PERMISSIONS = -4;
const FILE_ID = Buffer.from('0123456789abcdef0123456789abcdef', 'hex');

function encryption(userPassword: string): string {
  const user = padded(userPassword);
  const owner = rc4(md5(padded('owner')).subarray(0, 5), user);
  const permissions = Buffer.alloc(4);
  permissions.writeInt32LE(PERMISSIONS);
  const key = md5(Buffer.concat([user, owner, permissions, FILE_ID])).subarray(0, 5);
  const check = rc4(key, PADDING);
  const id = FILE_ID.toString('hex');
  const entry = `/Filter /Standard /V 1 /R 2 /P ${PERMISSIONS} /O <${owner.toString('hex')}> /U <${check.toString('hex')}>`;
  return `/Encrypt << ${entry} >> /ID [<${id}> <${id}>]`;
}

function padded(password: string): Buffer {
  return Buffer.concat([Buffer.from(password, 'latin1'), PADDING]).subarray(0, 32);
}

function md5(bytes: Buffer): Buffer {
  return createHash('md5').update(bytes).digest();
}

function rc4(key: Buffer, bytes: Buffer): Buffer {
  const state = Array.from({ length: 256 }, (_, index) => index);
  const swap = (a: number, b: number): void => {
    [state[a], state[b]] = [state[b] ?? 0, state[a] ?? 0];
  };
  for (let i = 0, j = 0; i < 256; i += 1) {
    j = (j + (state[i] ?? 0) + (key[i % key.length] ?? 0)) & 255;
    swap(i, j);
  }
  let i = 0;
  let j = 0;
  return Buffer.from(
    bytes.map((byte) => {
      i = (i + 1) & 255;
      j = (j + (state[i] ?? 0)) & 255;
      swap(i, j);
      return byte ^ (state[((state[i] ?? 0) + (state[j] ?? 0)) & 255] ?? 0);
    }),
  );
}
