import { sniffContainer } from './sniff-containers.ts';
import { SIGNATURES, type Sniffed } from './sniff-signatures.ts';
import { sniffText } from './sniff-text.ts';

export { mimeOfExtension, registeredMime } from './mime.ts';
export type { Sniffed };

const LATEST_PDF_HEADER = 1024;

/** Tells a file's type from its bytes (give at least the first 4 KiB); null when nothing fits. A guess at the outside: only a reader knows if it is whole. */
export function sniff(bytes: Uint8Array): Sniffed | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64 * 1024));
  if (head.length === 0) return null;
  return sniffSignature(head) ?? sniffContainer(head) ?? sniffText(head) ?? sniffLatePdf(head);
}

function sniffSignature(head: Buffer): Sniffed | null {
  const found = SIGNATURES.find(({ at, magic }) => head.subarray(at, at + magic.length).equals(magic));
  return found?.is ?? null;
}

// PDF readers look for the header in the first 1,024 bytes (ISO 32000-1, implementation note 13); behind text it is but a mention of PDF.
function sniffLatePdf(head: Buffer): Sniffed | null {
  const isPdf = head.subarray(0, LATEST_PDF_HEADER).includes('%PDF-');
  return isPdf ? { kind: 'document', mime: 'application/pdf', extension: 'pdf' } : null;
}
