/** What the PDF library says of a file that it could open. */
export interface PdfiumFacts {
  state: 'open';
  pages: number;
  scripts: number;
  attachments: number;
}

type Described = PdfiumFacts | { state: 'encrypted' } | { state: 'broken' };

type LoadPdfium = typeof import('@hyzyla/pdfium')['PDFiumModule'];
type Pdfium = Awaited<ReturnType<LoadPdfium>>;

/** Exported by the WebAssembly module, missing in the package's types (2.1.13). */
interface Inspection {
  _FPDF_CloseDocument(document: number): void;
  _FPDF_GetSecurityHandlerRevision(document: number): number;
  _FPDFDoc_GetJavaScriptActionCount(document: number): number;
  _FPDFDoc_GetAttachmentCount(document: number): number;
}

const PASSWORD_NEEDED = 4;
const UNKNOWN_SECURITY = 5;
const NOT_ENCRYPTED = -1;
/** WebAssembly memory never shrinks; after a file of this size a fresh instance is cheaper than what it holds. */
const LARGE_FILE = 64 * 1024 * 1024;

let instance: Promise<Pdfium & Inspection> | null = null;
let queue: Promise<unknown> = Promise.resolve();

/**
 * Opens a file in the one PDFium instance, one at a time. PDFium runs as WebAssembly, loaded when first asked for: a hostile file can end
 * the instance (then the next call makes another), but reach nothing outside.
 */
export function describeWithPdfium(file: Uint8Array): Promise<Described> {
  const described = queue.then(() => describe(file));
  queue = described.catch(() => undefined);
  return described;
}

async function describe(file: Uint8Array): Promise<Described> {
  instance ??= load();
  const pdfium = await instance;
  try {
    return withDocument(pdfium, file);
  } catch {
    // A trap (out of memory, unreachable code) leaves the instance in no state to go on with.
    instance = null;
    return { state: 'broken' };
  } finally {
    if (file.length > LARGE_FILE) instance = null;
  }
}

function withDocument(pdfium: Pdfium & Inspection, file: Uint8Array): Described {
  const memory = pdfium.wasmExports.malloc(file.length);
  if (memory === 0) throw new Error('PDFium has no memory for the file');
  pdfium.HEAPU8.set(file, memory);
  try {
    const document = pdfium._FPDF_LoadMemDocument(memory, file.length, 0);
    if (document === 0) return refusal(pdfium._FPDF_GetLastError());
    const described = facts(pdfium, document);
    pdfium._FPDF_CloseDocument(document);
    return described;
  } finally {
    pdfium.wasmExports.free(memory);
  }
}

function facts(pdfium: Pdfium & Inspection, document: number): Described {
  // Files that open without a password can be encrypted all the same; providers refuse them.
  if (pdfium._FPDF_GetSecurityHandlerRevision(document) !== NOT_ENCRYPTED) return { state: 'encrypted' };
  return {
    state: 'open',
    pages: pdfium._FPDF_GetPageCount(document),
    scripts: pdfium._FPDFDoc_GetJavaScriptActionCount(document),
    attachments: pdfium._FPDFDoc_GetAttachmentCount(document),
  };
}

function refusal(error: number): Described {
  return { state: error === PASSWORD_NEEDED || error === UNKNOWN_SECURITY ? 'encrypted' : 'broken' };
}

async function load(): Promise<Pdfium & Inspection> {
  const { PDFiumModule } = await import('@hyzyla/pdfium');
  const pdfium = await PDFiumModule({});
  pdfium._FPDF_InitLibraryWithConfig({
    version: 2,
    m_pIsolate: null,
    m_pUserFontPaths: null,
    m_v8EmbedderSlot: 0,
    m_pPlatform: null,
  });
  if (!canInspect(pdfium))
    throw new Error('[pdf] this version of @hyzyla/pdfium does not export what is needed. Install 2.1.');
  return pdfium;
}

function canInspect(pdfium: Pdfium): pdfium is Pdfium & Inspection {
  return (
    '_FPDF_GetSecurityHandlerRevision' in pdfium &&
    '_FPDFDoc_GetJavaScriptActionCount' in pdfium &&
    '_FPDFDoc_GetAttachmentCount' in pdfium
  );
}
