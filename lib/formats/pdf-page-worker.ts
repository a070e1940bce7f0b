/**
 * What runs in the thread that draws pages, as text: so that bundles, tests and sources all start it in the same way. It is
 * told where PDFium lies, and answers each question: `{ open: bytes, memory }` with `{ pages }`, `{ page, side, mostScale }` with
 * `{ width, height, data }` (RGBA on white), `{ close: true }` with `{}`; any of them with `{ broken }`.
 */
export const PDF_PAGE_WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const [WITH_ANNOTATIONS, AS_RGBA, WHITE] = [0x01, 0x10, 0xffffffff];

// A page can hold an image of gigabytes: PDFium is told that there is no more memory before the machine says so.
let mostMemory = Infinity;
const grow = WebAssembly.Memory.prototype.grow;
WebAssembly.Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength + pages * 65536 > mostMemory) throw new RangeError('the page needs too much memory');
  return grow.call(this, pages);
};

const loading = import(workerData.pdfium).then(async ({ PDFiumModule }) => {
  const library = await PDFiumModule({ print: () => {}, printErr: () => {} });
  library._FPDF_InitLibrary();
  return library;
});
loading.catch(() => {});
let memory = 0;
let document = 0;

parentPort.on('message', async (question) => {
  try {
    const answer = answerTo(await loading, question);
    parentPort.postMessage(answer, answer.data === undefined ? [] : [answer.data.buffer]);
  } catch (error) {
    parentPort.postMessage({ broken: String(error) });
  }
});

function answerTo(library, question) {
  if (question.open !== undefined) return open(library, question);
  return question.close ? close(library) : draw(library, question);
}

function open(library, { open: file, memory: most }) {
  mostMemory = most;
  memory = library.wasmExports.malloc(file.length);
  if (memory === 0) throw new Error('no memory for the file');
  library.HEAPU8.set(file, memory);
  document = library._FPDF_LoadMemDocument(memory, file.length, 0);
  if (document === 0) throw new Error('not opened');
  return { pages: library._FPDF_GetPageCount(document) };
}

function close(library) {
  library._FPDF_CloseDocument(document);
  library.wasmExports.free(memory);
  return {};
}

function draw(library, { page: number, side, mostScale }) {
  const page = library._FPDF_LoadPage(document, number);
  if (page === 0) throw new Error('no such page');
  const [width, height] = [library._FPDF_GetPageWidthF(page), library._FPDF_GetPageHeightF(page)];
  const scale = Math.min(side / Math.max(width, height), mostScale);
  const pixels = (length) => Math.min(side, Math.max(1, Math.round(length * scale) || 1));
  const [columns, rows] = [pixels(width), pixels(height)];
  const bitmap = library._FPDFBitmap_Create(columns, rows, 0);
  if (bitmap === 0) throw new Error('no memory for the page');
  library._FPDFBitmap_FillRect(bitmap, 0, 0, columns, rows, WHITE);
  library._FPDF_RenderPageBitmap(bitmap, page, 0, 0, columns, rows, 0, WITH_ANNOTATIONS | AS_RGBA);
  const start = library._FPDFBitmap_GetBuffer(bitmap);
  const data = library.HEAPU8.slice(start, start + columns * rows * 4);
  library._FPDFBitmap_Destroy(bitmap);
  library._FPDF_ClosePage(page);
  return { width: columns, height: rows, data };
}
`;
