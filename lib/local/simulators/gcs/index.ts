import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { type Answer, type Call, type Handler, type Route, routeHandler, type SimulatorContext } from '../http.ts';
import { openBucketStore } from '../storage/index.ts';
import { answering, type GcsCall, type GcsState, openBucket, readResource } from './call.ts';
import { insertObject } from './insert.ts';
import { composeObject, copyObject, rewriteObject } from './join.ts';
import { deleteObject, downloadObject, getObject, listObjects, patchObject } from './objects.ts';
import { GcsRefusal, refuse } from './refusal.ts';
import { bucketResource } from './resource.ts';
import { cancelUpload, resumeUpload } from './resume.ts';
import { openSessions } from './sessions.ts';

/** Where the metadata calls begin: the API itself, and what STORAGE_EMULATOR_HOST makes the official client leave out. */
const API_ROOT = '/storage/v1';
const ROOTS = [API_ROOT, ''];

/** Cloud Storage's JSON API over the `gcs` buckets of the state folder; buckets are made on first use. */
export function gcsSimulator(context: SimulatorContext): Handler {
  const state: GcsState = {
    store: openBucketStore(context.stateDir, 'gcs'),
    sessions: openSessions(context.stateDir),
    clock: context.clock,
  };
  const routes = [...ROOTS.flatMap((root) => metadataRoutes(root, state)), ...mediaRoutes(state)];
  return routeHandler({ provider: 'gcs', routes, faults: context.faults, authorize, refuse });
}

/** Fault rules name operations as the API's reference does; `objects.resume` is a chunk of a resumable upload. */
function metadataRoutes(root: string, state: GcsState): Route[] {
  const object = `${root}/b/{bucket}/o/{object}`;
  const target = 'b/{targetBucket}/o/{targetObject}';
  const route = (operation: string, [method, path]: [string, string], answer: (call: GcsCall) => Promise<Answer>) => ({
    operation,
    method,
    path,
    answer: answering(state, answer),
  });
  return [
    { operation: 'buckets.insert', method: 'POST', path: `${root}/b`, answer: (call) => insertBucket(state, call) },
    route('buckets.get', ['GET', `${root}/b/{bucket}`], getBucket),
    route('buckets.testIamPermissions', ['GET', `${root}/b/{bucket}/iam/testPermissions`], testPermissions),
    route('objects.list', ['GET', `${root}/b/{bucket}/o`], listObjects),
    route('objects.get', ['GET', object], getObject),
    route('objects.patch', ['PATCH', object], patchObject),
    route('objects.delete', ['DELETE', object], deleteObject),
    route('objects.compose', ['POST', `${object}/compose`], composeObject),
    route('objects.rewrite', ['POST', `${object}/rewriteTo/${target}`], rewriteObject),
    route('objects.copy', ['POST', `${object}/copyTo/${target}`], copyObject),
  ];
}

function mediaRoutes(state: GcsState): Route[] {
  const upload = `/upload${API_ROOT}/b/{bucket}/o`;
  const download = `/download${API_ROOT}/b/{bucket}/o/{object}`;
  return [
    { operation: 'objects.insert', method: 'POST', path: upload, answer: answering(state, insertObject) },
    { operation: 'objects.resume', method: 'PUT', path: upload, answer: answering(state, resumeUpload) },
    { operation: 'objects.cancel', method: 'DELETE', path: upload, answer: answering(state, cancelUpload) },
    { operation: 'objects.get', method: 'GET', path: download, answer: answering(state, downloadObject) },
  ];
}

async function getBucket({ bucket, origin }: GcsCall): Promise<Answer> {
  return { status: 200, json: bucketResource(bucket, origin) };
}

/** Whoever asks the simulator may do all that is asked about. */
async function testPermissions({ query }: GcsCall): Promise<Answer> {
  const permissions = query.getAll('permissions');
  const unknown = permissions.find(
    (permission) => !/^storage\.(buckets|objects|managedFolders)\.\w+$/.test(permission),
  );
  if (unknown !== undefined || permissions.length === 0)
    throw new GcsRefusal(400, `Invalid permission: "${unknown ?? ''}".`);
  return { status: 200, json: { kind: 'storage#testIamPermissionsResponse', permissions } };
}

const bucketFields = z.object({ name: z.string(), location: z.string().optional() });

async function insertBucket(state: GcsState, { request, url }: Call): Promise<Answer> {
  try {
    const parsed = bucketFields.safeParse(await readResource(request));
    if (!parsed.success) throw new GcsRefusal(400, `Invalid bucket resource: ${z.prettifyError(parsed.error)}`);
    const { name, location = 'US' } = parsed.data;
    const isNew = (await state.store.findBucket(name)) === null;
    if (!isNew)
      throw new GcsRefusal(409, 'Your previous request to create the named bucket succeeded and you already own it.');
    const bucket = await state.store.bucket(name, location.toLowerCase());
    const made = bucket ?? (await openBucket(state, name));
    return { status: 200, json: bucketResource(made, `http://${request.headers.host ?? url.host}`) };
  } catch (error) {
    if (!(error instanceof GcsRefusal)) throw error;
    return refuse(error.status, error.message);
  }
}

/**
 * The API proper wants a bearer token. Uploads and the emulator's paths go without: with an endpoint of its own, the official
 * client sends none on resumable uploads, whatever it was given (@google-cloud/storage 7.22, resumable-upload.js).
 */
function authorize(request: IncomingMessage): Answer | null {
  const { authorization } = request.headers;
  const isApi = request.url?.startsWith(`${API_ROOT}/`) || request.url?.startsWith(`/download${API_ROOT}/`);
  if (authorization === undefined && !isApi) return null;
  if (/^Bearer \S+$/.test(authorization ?? '')) return null;
  const hint = '@google-cloud/storage sends a token to another endpoint only with useAuthWithCustomEndpoint: true.';
  return refuse(401, `Anonymous caller: the request carries no bearer token. ${hint}`);
}
