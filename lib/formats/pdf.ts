import type { Fault } from './fault.ts';
import { describeWithPdfium, type PdfiumFacts } from './pdfium.ts';

/** What a PDF holds. With a fault, `pages` is 0 unless they could be counted. */
export interface PdfFacts {
  pages: number;
  encrypted: boolean;
  /** What would act in a viewer: `JavaScript`, `Launch`, `EmbeddedFile`. */
  active: string[];
  fault: Fault | null;
  warnings: Fault[];
}

const HEADER_WITHIN = 1024;
const END_WITHIN = 1024;
const ACTIVE = ['JavaScript', 'Launch', 'EmbeddedFile'];

/** Opens a PDF (no page of it is read or drawn) to count its pages and see whether it is encrypted, damaged or active. */
export async function readPdfFacts(bytes: Uint8Array): Promise<PdfFacts> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!file.subarray(0, HEADER_WITHIN).includes('%PDF-')) return refused(noHeader());
  const described = await describeWithPdfium(file);
  if (described.state === 'encrypted') return { ...refused(encrypted()), encrypted: true };
  const isWhole = file.subarray(-END_WITHIN).includes('%%EOF');
  if (described.state === 'broken') return refused(isWhole ? broken() : cut());
  const active = activeParts(file, described);
  const warnings = [...(isWhole ? [] : [noEnd()]), ...(active.length > 0 ? [activeWarning(active)] : [])];
  const fault = described.pages === 0 ? noPages() : null;
  return { pages: described.pages, encrypted: false, active, fault, warnings };
}

function refused(fault: Fault): PdfFacts {
  return { pages: 0, encrypted: false, active: [], fault, warnings: [] };
}

// Names in compressed objects are not seen here; of scripts and attachments the library knows as well.
function activeParts(file: Buffer, { scripts, attachments }: PdfiumFacts): string[] {
  const found = ACTIVE.filter((name) => file.includes(`/${name}`));
  if (scripts > 0 && !found.includes('JavaScript')) found.push('JavaScript');
  if (attachments > 0 && !found.includes('EmbeddedFile')) found.push('EmbeddedFile');
  return found;
}

function noHeader(): Fault {
  return { code: 'MEDIA_BROKEN', message: 'this is no PDF: its header (%PDF-) is missing', hint: 'Export it again.' };
}

function encrypted(): Fault {
  return {
    code: 'PDF_ENCRYPTED',
    message: 'the PDF is encrypted',
    hint: 'Save it without a password and restrictions: qpdf --decrypt in.pdf out.pdf',
  };
}

function broken(): Fault {
  return {
    code: 'MEDIA_BROKEN',
    message: 'the PDF cannot be opened: its structure is damaged',
    hint: 'Export or download it again.',
  };
}

function cut(): Fault {
  return {
    code: 'MEDIA_TRUNCATED',
    message: 'the PDF is cut: its end mark (%%EOF) is missing and it cannot be opened',
    hint: 'Copy or download it again.',
  };
}

function noPages(): Fault {
  return { code: 'PDF_NO_PAGES', message: 'the PDF has no pages', hint: 'Export it again.' };
}

function noEnd(): Fault {
  return {
    code: 'PDF_NO_END',
    message: "the PDF's end mark (%%EOF) is missing; it may be cut",
    hint: 'Copy or download it again.',
  };
}

function activeWarning(active: readonly string[]): Fault {
  const message = `the PDF holds active content (${active.join(', ')}); it is never run here`;
  return { code: 'PDF_ACTIVE', message, hint: 'Print it to a new PDF to be rid of it.' };
}
