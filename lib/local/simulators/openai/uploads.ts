import { z } from 'zod';
import { type Answer, type Call, type Route, readJson } from '../http.ts';
import { ok, refusal } from './answers.ts';
import type { StoredPart, StoredUpload } from './documents.ts';
import { fileView, receiveForm, refuseFile, refusePurpose } from './files.ts';
import { MAXIMUM_PART_BYTES, MAXIMUM_UPLOAD_BYTES, UPLOAD_LIFETIME_MS, UPLOAD_PURPOSES } from './rules.ts';
import { freshId, type OpenaiSimulator, seconds } from './simulator.ts';

const BODY_LIMIT = 1024 * 1024;

const uploadRequest = z.strictObject({
  filename: z.string().min(1).max(1024),
  purpose: z.string(),
  bytes: z.number().int().min(1).max(MAXIMUM_UPLOAD_BYTES),
  mime_type: z.string().min(1),
  expires_after: z
    .strictObject({ anchor: z.literal('created_at'), seconds: z.number().int().min(3600).max(2_592_000) })
    .optional(),
});

const completion = z.strictObject({
  part_ids: z.array(z.string()).min(1).max(10_000),
  md5: z
    .string()
    .regex(/^[0-9a-f]{32}$/i)
    .optional(),
});

/** The Uploads API: create, parts of at most 64 MB streamed to disk, complete, cancel. */
export function uploadRoutes(simulator: OpenaiSimulator): Route[] {
  const path = '/v1/uploads';
  return [
    { operation: 'uploads.create', method: 'POST', path, answer: (call) => createUpload(simulator, call) },
    {
      operation: 'uploads.parts.create',
      method: 'POST',
      path: `${path}/{id}/parts`,
      answer: (call) => withPending(simulator, call, (upload) => addPart(simulator, call, upload)),
    },
    {
      operation: 'uploads.complete',
      method: 'POST',
      path: `${path}/{id}/complete`,
      answer: (call) => withPending(simulator, call, (upload) => completeUpload(simulator, call, upload)),
    },
    {
      operation: 'uploads.cancel',
      method: 'POST',
      path: `${path}/{id}/cancel`,
      answer: (call) => withPending(simulator, call, (upload) => cancelUpload(simulator, upload)),
    },
  ];
}

function uploadView(upload: StoredUpload, file: ReturnType<typeof fileView> | null) {
  return {
    object: 'upload',
    id: upload.id,
    filename: upload.filename,
    bytes: upload.bytes,
    purpose: upload.purpose,
    status: upload.status,
    created_at: seconds(upload.createdAt),
    expires_at: seconds(upload.createdAt + UPLOAD_LIFETIME_MS),
    ...(file === null ? {} : { file }),
  };
}

async function createUpload(simulator: OpenaiSimulator, call: Call): Promise<Answer> {
  const body = await readJson(call.request, BODY_LIMIT);
  const parsed = uploadRequest.safeParse(body?.value);
  if (!parsed.success) return refuseBody(parsed.error);
  const { filename, purpose, bytes } = parsed.data;
  const refused = refusePurpose(purpose, UPLOAD_PURPOSES) ?? refuseFile(filename, purpose, bytes);
  if (refused !== null) return refused;
  const createdAt = simulator.clock.now().getTime();
  const id = freshId('upload_');
  const upload: StoredUpload = { id, filename, purpose, bytes, createdAt, status: 'pending', fileId: null };
  await simulator.documents.uploads.put(id, upload);
  return ok(uploadView(upload, null));
}

function refuseBody(error: z.ZodError): Answer {
  const issue = error.issues[0];
  const param = issue?.path.join('.') || null;
  return refusal(400, `Invalid request body${param === null ? '' : ` at '${param}'`}: ${issue?.message}.`, { param });
}

async function withPending(
  simulator: OpenaiSimulator,
  call: Call,
  answer: (upload: StoredUpload) => Promise<Answer>,
): Promise<Answer> {
  const id = call.parameters.get('id') ?? '';
  const upload = await simulator.documents.uploads.get(id);
  if (upload === null) return refusal(404, `No such Upload object: ${id}`, { param: 'upload_id' });
  const expired = upload.createdAt + UPLOAD_LIFETIME_MS <= simulator.clock.now().getTime();
  const status = upload.status === 'pending' && expired ? 'expired' : upload.status;
  if (status === 'pending') return answer(upload);
  return refusal(400, `Upload ${id} is ${status}, expected it to be pending.`, { param: 'upload_id' });
}

async function addPart(simulator: OpenaiSimulator, call: Call, upload: StoredUpload): Promise<Answer> {
  const form = await receiveForm(simulator, call.request, { fileField: 'data', limit: MAXIMUM_PART_BYTES });
  if ('status' in form) return form;
  if (form.tooLarge) return refusal(413, `A part may have at most ${MAXIMUM_PART_BYTES} bytes.`, { param: 'data' });
  if (form.file === null) return refusal(400, "'data' is a required property", { param: 'data' });
  const createdAt = simulator.clock.now().getTime();
  const part: StoredPart = { id: freshId('part_'), uploadId: upload.id, bytes: form.file.bytes, createdAt };
  await simulator.blobs.keep(form.file.token, part.id);
  await simulator.documents.parts.put(part.id, part);
  return ok({ object: 'upload.part', id: part.id, created_at: seconds(createdAt), upload_id: upload.id });
}

async function completeUpload(simulator: OpenaiSimulator, call: Call, upload: StoredUpload): Promise<Answer> {
  const body = await readJson(call.request, BODY_LIMIT);
  const parsed = completion.safeParse(body?.value);
  if (!parsed.success) return refuseBody(parsed.error);
  const parts = await findParts(simulator, upload, parsed.data.part_ids);
  if ('status' in parts) return parts;
  const total = parts.found.reduce((sum, part) => sum + part.bytes, 0);
  if (total !== upload.bytes) {
    return refusal(400, `The parts have ${total} bytes in all, but the Upload was created for ${upload.bytes}.`);
  }
  const { filename, purpose, bytes } = upload;
  const createdAt = simulator.clock.now().getTime();
  const file = { id: freshId('file-'), filename, purpose, bytes, createdAt, expiresAt: null };
  const wanted = parsed.data.md5?.toLowerCase();
  const joined = await simulator.blobs.join(
    parts.found.map((part) => part.id),
    file.id,
    (md5) => wanted === undefined || wanted === md5,
  );
  if (!joined) return refusal(400, 'The md5 of the uploaded bytes does not match the given one.', { param: 'md5' });
  await simulator.documents.files.put(file.id, file);
  const completed: StoredUpload = { ...upload, status: 'completed', fileId: file.id };
  await simulator.documents.uploads.put(upload.id, completed);
  await removeParts(simulator, upload.id);
  return ok(uploadView(completed, fileView(file)));
}

async function findParts(
  simulator: OpenaiSimulator,
  upload: StoredUpload,
  ids: string[],
): Promise<{ found: StoredPart[] } | Answer> {
  if (new Set(ids).size !== ids.length) return refusal(400, 'A part id is listed twice.', { param: 'part_ids' });
  const found: StoredPart[] = [];
  for (const id of ids) {
    const part = await simulator.documents.parts.get(id);
    if (part === null || part.uploadId !== upload.id) {
      return refusal(400, `No such part in this Upload: ${id}`, { param: 'part_ids' });
    }
    found.push(part);
  }
  return { found };
}

async function cancelUpload(simulator: OpenaiSimulator, upload: StoredUpload): Promise<Answer> {
  const cancelled: StoredUpload = { ...upload, status: 'cancelled' };
  await simulator.documents.uploads.put(upload.id, cancelled);
  await removeParts(simulator, upload.id);
  return ok(uploadView(cancelled, null));
}

async function removeParts(simulator: OpenaiSimulator, uploadId: string): Promise<void> {
  for (const part of await simulator.documents.parts.list()) {
    if (part.uploadId !== uploadId) continue;
    await simulator.documents.parts.delete(part.id);
    await simulator.blobs.remove(part.id);
  }
}
