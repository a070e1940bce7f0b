import { z } from 'zod';
import { type Check, checked } from '../../domain/check.ts';
import { describe, type Failure } from './failure.ts';
import type { asker } from './job.ts';

type Ask = ReturnType<typeof asker>;

interface BucketPlace {
  bucket: string;
  project: string;
  location: string;
  /** The number of the project whose jobs exist; null before the first. */
  jobsIn: string | null;
}

const bucketAnswer = z.object({ location: z.string(), projectNumber: z.union([z.string(), z.number()]).nullish() });
const permissionsAnswer = z.object({ permissions: z.array(z.string()).default([]) });

/** What staging does to objects. */
const NEEDED = ['create', 'get', 'list', 'delete'].map((verb) => `storage.objects.${verb}`);

/** Looks at the bucket, at what the caller may do to objects in it, and at whom the jobs read it as. */
export async function* checkBucket(ask: Ask, place: BucketPlace): AsyncGenerator<Check> {
  if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(place.bucket)) {
    yield checked('vertex bucket', 'failed', [
      `"${place.bucket}" is no name of a bucket`,
      'Set FINEDROP_GCS_BUCKET to a bucket’s name, without gs://.',
    ]);
    return;
  }
  const path = `/storage/v1/b/${place.bucket}`;
  const found = await ask(bucketAnswer, { path: `${path}?fields=location,projectNumber` });
  const standing = 'answer' in found ? foundBucket(place, found.answer.location) : bucketProblem(place, found.failure);
  yield standing;
  if (standing.result === 'failed') {
    yield checked('vertex objects', 'skipped', ['not asked, since the bucket cannot be reached']);
    return;
  }
  const query = NEEDED.map((permission) => `permissions=${permission}`).join('&');
  const allowed = await ask(permissionsAnswer, { path: `${path}/iam/testPermissions?${query}` });
  yield 'answer' in allowed ? checkPermissions(place, allowed.answer.permissions) : permissionsProblem(allowed.failure);
  const owner = 'answer' in found ? found.answer.projectNumber : null;
  yield checkAgent(place, owner == null ? null : String(owner));
}

function foundBucket({ bucket }: BucketPlace, location: string): Check {
  return checked('vertex bucket', 'ok', [`gs://${bucket} stands in ${location}; jobs of any location may read it`]);
}

function bucketProblem({ bucket, project, location }: BucketPlace, failure: Failure): Check {
  const name = 'vertex bucket';
  const told = describe(failure);
  const { status } = failure;
  if (status === 404) {
    const fix = `Run: gcloud storage buckets create gs://${bucket} --project=${project} --location=${location} --uniform-bucket-level-access`;
    return checked(name, 'failed', [`there is no bucket gs://${bucket}`, fix]);
  }
  // The role that staging needs does not let its holder look at the bucket itself.
  if (status === 403) {
    const fix = 'No job needs it; roles/storage.bucketViewer would tell the location.';
    return checked(name, 'skipped', [`gs://${bucket} does not tell the caller where it lies: ${told}`, fix]);
  }
  if (status === 401)
    return checked(name, 'failed', [`Google does not take the token: ${told}`, 'Make the credentials anew.']);
  const fix = status === null ? 'Check the network, its proxy, and STORAGE_EMULATOR_HOST.' : 'Try again later.';
  return checked(name, 'failed', [`Cloud Storage cannot answer: ${told}`, fix]);
}

function checkPermissions({ bucket }: BucketPlace, permissions: readonly string[]): Check {
  const name = 'vertex objects';
  const missing = NEEDED.filter((permission) => !permissions.includes(permission));
  if (missing.length === 0) return checked(name, 'ok', ['the caller may create, get, list and delete objects']);
  const fix = `Run: ${bindingOf(bucket, 'MEMBER', 'roles/storage.objectAdmin')} (MEMBER is user:… or serviceAccount:…)`;
  return checked(name, 'failed', [`the caller lacks ${missing.join(', ')} on gs://${bucket}`, fix]);
}

function permissionsProblem(failure: Failure): Check {
  const fix = 'Check FINEDROP_GCS_BUCKET, and that the credentials are of the right project.';
  return checked('vertex objects', 'failed', [`permissions cannot be asked for: ${describe(failure)}`, fix]);
}

/** Jobs read files as an agent of Google's, which a project has from its first tuning job on. */
function checkAgent({ bucket, project, jobsIn }: BucketPlace, owner: string | null): Check {
  const name = 'vertex tuning agent';
  const number = jobsIn ?? `$(gcloud projects describe ${project} --format="value(projectNumber)")`;
  const agent = `service-${number}@gcp-sa-vertex-tune.iam.gserviceaccount.com`;
  const binding = `Run: ${bindingOf(bucket, `serviceAccount:${agent}`, 'roles/storage.objectViewer')}`;
  if (jobsIn === null) {
    const told = 'jobs read the bucket as an agent that Google makes with the project’s first tuning job';
    return checked(name, 'skipped', [
      told,
      `Where that job is refused for want of it, run it again. For a bucket of another project: ${binding}`,
    ]);
  }
  if (owner !== null && owner !== jobsIn) {
    return checked(name, 'warning', [
      `the bucket is of another project than the jobs, which read it as ${agent}`,
      binding,
    ]);
  }
  return checked(name, 'ok', [`jobs read the bucket as ${agent}`]);
}

function bindingOf(bucket: string, member: string, role: string): string {
  return `gcloud storage buckets add-iam-policy-binding gs://${bucket} --member="${member}" --role=${role}`;
}
