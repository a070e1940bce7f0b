import sharp from 'sharp';
import { composeMp3 } from '../formats/mp3-builder.ts';

/** A small picture whose bytes differ with `shade`. */
export function picture(format: 'png' | 'jpeg' | 'webp' | 'gif', shade: number = 0): Promise<Buffer> {
  const background = { r: shade % 256, g: 40, b: 90 };
  return sharp({ create: { width: 48, height: 32, channels: 3, background } })
    .toFormat(format)
    .toBuffer();
}

/** A second of silence. */
export function recording(): Buffer {
  return composeMp3(1, { kilobits: 32 });
}

/** A one-page PDF that shows a line of text (without brackets). */
export function pdfDocument(line: string): Buffer {
  const content = `BT /F1 16 Tf 60 760 Td (${line}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [4 0 R] /Count 1 >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
  ];
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const count = objects.length + 1;
  text += `xref\n0 ${count}\n0000000000 65535 f \n${table}trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}
