import type { IncomingMessage } from 'node:http';
import type { Answer, Call, Route } from '../http.ts';
import { ok, paginate, refusal, requestHeaders } from './answers.ts';
import type { StoredFile } from './documents.ts';
import { MultipartError, multipartBoundary, readMultipart, readText } from './multipart.ts';
import { FILE_PURPOSES, MAXIMUM_FILE_BYTES } from './rules.ts';
import { freshId, type OpenaiSimulator, seconds } from './simulator.ts';

/** The Files API: create (streamed to disk), list, retrieve, delete, content. */
export function fileRoutes(simulator: OpenaiSimulator): Route[] {
  return [
    { operation: 'files.create', method: 'POST', path: '/v1/files', answer: (call) => createFile(simulator, call) },
    { operation: 'files.list', method: 'GET', path: '/v1/files', answer: (call) => listFiles(simulator, call) },
    {
      operation: 'files.retrieve',
      method: 'GET',
      path: '/v1/files/{id}',
      answer: (call) => withFile(simulator, call, async (file) => ok(fileView(file))),
    },
    {
      operation: 'files.delete',
      method: 'DELETE',
      path: '/v1/files/{id}',
      answer: (call) => withFile(simulator, call, (file) => deleteFile(simulator, file)),
    },
    {
      operation: 'files.content',
      method: 'GET',
      path: '/v1/files/{id}/content',
      answer: (call) => withFile(simulator, call, async (file) => contentOf(simulator, file)),
    },
  ];
}

/** A file as the API shows it. */
export function fileView(file: StoredFile) {
  return {
    object: 'file',
    id: file.id,
    purpose: file.purpose,
    filename: file.filename,
    bytes: file.bytes,
    created_at: seconds(file.createdAt),
    ...(file.expiresAt === null ? {} : { expires_at: seconds(file.expiresAt) }),
    status: 'processed',
  };
}

/** The refusal for a file name, purpose and size that the fine-tuning API does not take; null when they are fine. */
export function refuseFile(filename: string, purpose: string, bytes: number): Answer | null {
  if (bytes === 0) return refusal(400, 'File is empty.', { param: 'file' });
  if (purpose !== 'fine-tune' || filename.toLowerCase().endsWith('.jsonl')) return null;
  return refusal(400, `Invalid file format for Fine-Tuning API: "${filename}". Must be .jsonl.`, { param: 'file' });
}

/** A file that exists and has not expired by the simulated clock. */
export async function findFile(simulator: OpenaiSimulator, id: string): Promise<StoredFile | null> {
  const file = await simulator.documents.files.get(id);
  const expired = file?.expiresAt != null && file.expiresAt <= simulator.clock.now().getTime();
  return expired ? null : file;
}

/** A form as received: its file lies on disk under `token`, small fields are text. */
interface ReceivedForm {
  file: { token: string; bytes: number; filename: string } | null;
  tooLarge: boolean;
  fields: Map<string, string>;
}

/** Reads a form whose part `fileField` is streamed to disk; an answer where the body is no such form. */
export async function receiveForm(
  simulator: OpenaiSimulator,
  request: IncomingMessage,
  options: { fileField: string; limit: number },
): Promise<ReceivedForm | Answer> {
  const boundary = multipartBoundary(request.headers['content-type']);
  if (boundary === null) return refusal(400, 'Expected a multipart/form-data body with a boundary.');
  const form: ReceivedForm = { file: null, tooLarge: false, fields: new Map() };
  try {
    for await (const part of readMultipart(request as AsyncIterable<Buffer>, boundary)) {
      if (part.name !== options.fileField || form.file !== null) {
        form.fields.set(part.name, await readText(part));
        continue;
      }
      const received = await simulator.blobs.receive(part.body, options.limit);
      if (received === null) form.tooLarge = true;
      else form.file = { ...received, filename: part.filename ?? 'upload' };
    }
  } catch (error) {
    if (form.file !== null) await simulator.blobs.discard(form.file.token);
    if (error instanceof MultipartError) return refusal(400, `The multipart body cannot be read: ${error.message}.`);
    throw error;
  }
  return form;
}

async function createFile(simulator: OpenaiSimulator, call: Call): Promise<Answer> {
  const form = await receiveForm(simulator, call.request, { fileField: 'file', limit: MAXIMUM_FILE_BYTES });
  if ('status' in form) return form;
  if (form.tooLarge)
    return refusal(413, `File exceeds the maximum of ${MAXIMUM_FILE_BYTES} bytes. Use the Uploads API.`);
  if (form.file === null) return refusal(400, "'file' is a required property", { param: 'file' });
  const { token, bytes, filename } = form.file;
  const purpose = form.fields.get('purpose') ?? '';
  const lifetime = readLifetime(form.fields);
  const refused = refusePurpose(purpose, FILE_PURPOSES) ?? refuseFile(filename, purpose, bytes);
  if (refused !== null || lifetime === 'invalid') {
    await simulator.blobs.discard(token);
    return refused ?? refusal(400, "Invalid 'expires_after'.", { param: 'expires_after' });
  }
  const createdAt = simulator.clock.now().getTime();
  const expiresAt = lifetime === null ? null : createdAt + lifetime * 1000;
  const file = { id: freshId('file-'), filename, purpose, bytes, createdAt, expiresAt };
  await simulator.blobs.keep(token, file.id);
  await simulator.documents.files.put(file.id, file);
  return ok(fileView(file));
}

/** The refusal for a purpose that is missing or not among the known ones. */
export function refusePurpose(purpose: string, known: readonly string[]): Answer | null {
  if (known.includes(purpose)) return null;
  return refusal(400, `'${purpose}' is not one of ${known.map((name) => `'${name}'`).join(', ')} - 'purpose'`, {
    param: 'purpose',
  });
}

/** Seconds a file lives (3600 to 2592000), null when it was not asked for. */
function readLifetime(fields: Map<string, string>): number | null | 'invalid' {
  const anchor = fields.get('expires_after[anchor]');
  const given = fields.get('expires_after[seconds]');
  if (anchor === undefined && given === undefined) return null;
  const lifetime = Number(given);
  const usable = anchor === 'created_at' && Number.isInteger(lifetime) && lifetime >= 3600 && lifetime <= 2_592_000;
  return usable ? lifetime : 'invalid';
}

async function listFiles(simulator: OpenaiSimulator, call: Call): Promise<Answer> {
  const { searchParams } = call.url;
  const purpose = searchParams.get('purpose');
  const stored = await simulator.documents.files.list();
  const files = stored.filter((file) => purpose === null || file.purpose === purpose);
  const direction = searchParams.get('order') === 'asc' ? 1 : -1;
  files.sort((a, b) => direction * (a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)));
  const page = paginate(files, searchParams, { standard: 10_000, most: 10_000 });
  if ('status' in page) return page;
  const data = page.data.map(fileView);
  return ok({
    object: 'list',
    data,
    first_id: data[0]?.id ?? '',
    last_id: data.at(-1)?.id ?? '',
    has_more: page.hasMore,
  });
}

async function withFile(
  simulator: OpenaiSimulator,
  call: Call,
  answer: (file: StoredFile) => Promise<Answer>,
): Promise<Answer> {
  const id = call.parameters.get('id') ?? '';
  const file = await findFile(simulator, id);
  return file === null ? refusal(404, `No such File object: ${id}`, { param: 'id' }) : answer(file);
}

async function deleteFile(simulator: OpenaiSimulator, file: StoredFile): Promise<Answer> {
  await simulator.documents.files.delete(file.id);
  await simulator.blobs.remove(file.id);
  return ok({ object: 'file', id: file.id, deleted: true });
}

function contentOf(simulator: OpenaiSimulator, file: StoredFile): Answer {
  const headers = { ...requestHeaders(), 'content-type': 'application/octet-stream' };
  return {
    status: 200,
    headers: { ...headers, 'content-length': String(file.bytes) },
    body: simulator.blobs.read(file.id),
  };
}
