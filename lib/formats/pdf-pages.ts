import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { PDF_PAGE_WORKER } from './pdf-page-worker.ts';

export interface PdfPages {
  /** At most so many, from the first on. */
  pages: number;
  /** Longest side in pixels. */
  side: number;
  /** How long all pages together may take to be drawn. */
  seconds?: number;
  /** Bytes that PDFium may hold, the file included. */
  memory?: number;
}

/** A page as pixels: four bytes each (red, green, blue, and nothing), rows without gaps. */
export interface PdfPage {
  width: number;
  height: number;
  data: Uint8Array;
}

/** The pages could not be drawn: `slow` = not in the time they have, `broken` = PDFium gave up, or wanted too much memory. */
export class PdfPagesError extends Error {
  override name = 'PdfPagesError';
  readonly reason: 'slow' | 'broken';
  constructor(reason: 'slow' | 'broken', cause?: unknown) {
    super(`[pdf] the pages cannot be drawn (${reason}).`, { cause });
    this.reason = reason;
  }
}

/** 300 dots per inch: what a small page holds is not clearer beyond. */
const MOST_SCALE = 300 / 72;
/** A page of a book takes a tenth of a second; one of nested forms can take for ever. */
const DRAWING_SECONDS = 30;
const MOST_MEMORY = 768 * 1024 * 1024;
/** WebAssembly memory never shrinks; after a file of this size a fresh thread is cheaper than what it holds. */
const LARGE_FILE = 64 * 1024 * 1024;

let running: Worker | null = null;
let lastTurn: Promise<void> = Promise.resolve();

/**
 * Draws pages on white, as a viewer shows them, one after another, in a thread of its own that is ended when they take too long or too
 * much memory: no file can hold up or end more than itself. One file at a time. Throws {@link PdfPagesError}.
 */
export async function* drawPdfPages(file: Uint8Array, wish: PdfPages): AsyncGenerator<PdfPage> {
  const release = await takeTurn();
  const worker = await take().catch((error: unknown) => {
    release();
    throw error;
  });
  worker.ref();
  const conversation = converse(worker, (wish.seconds ?? DRAWING_SECONDS) * 1000);
  let isSound = false;
  try {
    const { pages } = (await conversation.ask({ open: file, memory: wish.memory ?? MOST_MEMORY })) as { pages: number };
    for (let page = 0; page < Math.min(pages, wish.pages); page += 1) {
      yield (await conversation.ask({ page, side: wish.side, mostScale: MOST_SCALE })) as PdfPage;
    }
    await conversation.ask({ close: true });
    isSound = file.length <= LARGE_FILE;
  } finally {
    // After a trap, or in the midst of a file, the thread is in no state to go on with.
    if (!isSound) await end(worker);
    worker.unref();
    release();
  }
}

/** Waits until everybody who asked before has ended. */
async function takeTurn(): Promise<() => void> {
  const before = lastTurn;
  let release = () => {};
  lastTurn = new Promise((resolve) => {
    release = resolve;
  });
  await before;
  return release;
}

interface Conversation {
  ask(question: object): Promise<object>;
}

/** Questions and answers take turns; only the time that the thread takes for its answers is counted. */
function converse(worker: Worker, milliseconds: number): Conversation {
  let left = milliseconds;
  return {
    ask: async (question) => {
      const asked = performance.now();
      const answer = await answerOf(worker, question, left);
      left -= performance.now() - asked;
      if ('broken' in answer) throw new PdfPagesError('broken', answer.broken);
      return answer;
    },
  };
}

function answerOf(worker: Worker, question: object, milliseconds: number): Promise<object> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => {
      clearTimeout(timer);
      worker.off('message', hear).off('error', fail).off('exit', fail);
      done();
    };
    const hear = (answer: object) => settle(() => resolve(answer));
    const fail = (cause: unknown) => settle(() => reject(new PdfPagesError('broken', cause)));
    const timer = setTimeout(() => settle(() => reject(new PdfPagesError('slow'))), Math.max(1, milliseconds));
    worker.on('message', hear).on('error', fail).on('exit', fail);
    worker.postMessage(question);
  });
}

async function take(): Promise<Worker> {
  running ??= await start();
  return running;
}

async function start(): Promise<Worker> {
  // Only the thread uses it; to name it here is what makes bundles bring it along.
  await import('@hyzyla/pdfium');
  // The package lies beside bundles as well; what it gives to CommonJS is made for browsers (2.1.13), so the thread imports this file.
  const pdfium = pathToFileURL(createRequire(import.meta.url).resolve('@hyzyla/pdfium/dist/index.esm.js')).href;
  const worker = new Worker(PDF_PAGE_WORKER, {
    eval: true,
    workerData: { pdfium },
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  // Whoever asks hears of it; while nobody does, the thread is only not taken again.
  worker.on('error', () => forget(worker)).on('exit', () => forget(worker));
  return worker;
}

function forget(worker: Worker): void {
  if (running === worker) running = null;
}

async function end(worker: Worker): Promise<void> {
  forget(worker);
  await worker.terminate();
}
