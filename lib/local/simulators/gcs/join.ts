import { z } from 'zod';
import type { Answer } from '../http.ts';
import { combineCrc32c } from '../storage/crc32c.ts';
import { decodeCrc, encodeCrc } from '../storage/digest.ts';
import type { Bucket } from '../storage/index.ts';
import type { ObjectDraft, StoredObject } from '../storage/stored-object.ts';
import { type GcsCall, openBucket, readResource } from './call.ts';
import { checkRead, conditionNotMet, readGeneration, readPreconditions, toCondition } from './conditions.ts';
import { findObject } from './objects.ts';
import { GcsRefusal } from './refusal.ts';
import { applyFields, checkObjectName, objectResource, parseObjectFields } from './resource.ts';

/** Sources of one compose request (Cloud Storage, "Composite objects"). */
const MOST_SOURCES = 32;

/** objects.rewrite, always done in one call; the bytes are linked within a bucket, read between two. */
export async function rewriteObject(call: GcsCall): Promise<Answer> {
  const { bucket, object } = await copy(call);
  const size = String(object.size);
  const resource = objectResource(bucket, object, call.origin);
  const json = { kind: 'storage#rewriteResponse', totalBytesRewritten: size, objectSize: size, done: true, resource };
  return { status: 200, json };
}

/** objects.copy: the same, with the bare resource as its answer. */
export async function copyObject(call: GcsCall): Promise<Answer> {
  const { bucket, object } = await copy(call);
  return { status: 200, json: objectResource(bucket, object, call.origin) };
}

async function copy(call: GcsCall): Promise<{ bucket: Bucket; object: StoredObject }> {
  const { request, query, bucket: source, parameters } = call;
  const target = await openBucket(call, parameters.get('targetBucket') ?? '');
  const name = checkObjectName(parameters.get('targetObject'));
  const fields = parseObjectFields(await readResource(request));
  const from = findObject(source, call.name, readGeneration(query, 'sourceGeneration'));
  checkRead(readPreconditions(query, 'Source'), from);
  const draft = {
    etag: from.etag,
    checksums: from.checksums,
    notes: from.notes,
    ...applyFields(from, fields),
    pieces: source === target ? await source.duplicate(from.pieces) : await transfer(source, from, target),
  };
  return { bucket: target, object: await commit(call, target, { name, draft }) };
}

async function transfer(source: Bucket, from: StoredObject, target: Bucket): Promise<ObjectDraft['pieces']> {
  const { piece } = await target.receive(await source.read(from), []);
  return [piece];
}

async function commit(call: GcsCall, target: Bucket, { name, draft }: { name: string; draft: ObjectDraft }) {
  const condition = toCondition(readPreconditions(call.query));
  const outcome = await target.commit(name, draft, { now: call.clock.now(), condition });
  if (!outcome.done) throw conditionNotMet();
  return outcome.object;
}

const composeRequest = z.object({
  destination: z.unknown().optional(),
  sourceObjects: z.array(
    z.object({
      name: z.string(),
      generation: z.union([z.string().regex(/^\d+$/), z.number().int()]).optional(),
      objectPreconditions: z
        .object({ ifGenerationMatch: z.union([z.string().regex(/^\d+$/), z.number().int()]).optional() })
        .optional(),
    }),
  ),
});

/** objects.compose: joins up to 32 objects of a bucket without reading them; the CRCs are combined, an MD5 there is none. */
export async function composeObject(call: GcsCall): Promise<Answer> {
  const { bucket } = call;
  const parsed = composeRequest.safeParse(await readResource(call.request));
  if (!parsed.success) throw new GcsRefusal(400, `Invalid compose request: ${z.prettifyError(parsed.error)}`);
  const { sourceObjects, destination } = parsed.data;
  if (sourceObjects.length === 0) throw new GcsRefusal(400, 'You must provide at least one source component.');
  if (sourceObjects.length > MOST_SOURCES) {
    throw new GcsRefusal(
      400,
      `The number of source components provided (${sourceObjects.length}) exceeds the maximum (32).`,
    );
  }
  const sources = sourceObjects.map(({ name, generation, objectPreconditions }) => {
    const wanted = objectPreconditions?.ifGenerationMatch;
    const object = findObject(bucket, name, generation === undefined ? null : String(generation));
    if (wanted !== undefined && String(wanted) !== object.generation) throw conditionNotMet();
    return object;
  });
  const draft = await joinSources(bucket, sources);
  const base = { contentType: sources[0]?.contentType ?? 'application/octet-stream', headers: {}, metadata: {} };
  const fields = applyFields(base, parseObjectFields(destination ?? {}));
  const object = await commit(call, bucket, { name: checkObjectName(call.name), draft: { ...draft, ...fields } });
  return { status: 200, json: objectResource(bucket, object, call.origin) };
}

async function joinSources(bucket: Bucket, sources: readonly StoredObject[]): Promise<ObjectDraft> {
  let crc = 0;
  let components = 0;
  for (const { checksums, size, notes } of sources) {
    crc = combineCrc32c(crc, decodeCrc(checksums.crc32c ?? ''), size);
    components += Number(notes['components'] ?? 1);
  }
  const pieces = await bucket.duplicate(sources.flatMap((source) => source.pieces));
  const crc32c = encodeCrc(crc);
  return { etag: `${crc32c}/${components}`, checksums: { crc32c }, pieces, notes: { components: String(components) } };
}
