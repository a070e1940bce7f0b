import { gatherNeeds, MOST_OBJECTS } from '../../lib/pipeline/plan-needs.ts';
import { keys } from '../../lib/storage/keys.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { ObjectRefusedError, type ReadableStore } from '../../lib/storage/object-store.ts';
import { manifestOf, operatorOf, servicesOf } from '../factories.ts';
import { dropped, proveExamples, type Told } from './told.ts';

const table = (...objects: readonly string[]) =>
  `prompt,completion,files\n${objects.map((uri) => `What is it?,An owl.,${uri}`).join('\n')}\n`;

/** S3's words for why an object cannot be read, by the bucket that says them. */
const REFUSING: Readonly<Record<string, string>> = {
  'no-photos': 'NoSuchBucket',
  'her-photos': 'AccessDenied',
  'old-photos': 'InvalidObjectState',
  'far-photos': 'PermanentRedirect',
  'key-photos': 'KMS.DisabledException',
};
const GOOGLE = 'gs://her-photos';
const BUCKETS = ['my-photos', ...Object.keys(REFUSING), GOOGLE];

proveExamples('objects', [
  dropped(() => ({
    files: {
      'train.csv': table(
        's3://my-photos',
        's3://his-photos/owl.png',
        's3://my-photos/owl.png',
        ...Object.keys(REFUSING).map((bucket) => `s3://${bucket}/owl.png`),
        `${GOOGLE}/owl.png`,
      ),
    },
    change: { operator: operatorOf({ objectBuckets: BUCKETS }), objects: async (bucket) => bucketOf(bucket) },
  })),
  tooManyObjects,
]);

function bucketOf(bucket: string): ReadableStore {
  const answer = REFUSING[bucket];
  if (bucket === GOOGLE) return refusing(new ObjectRefusedError('owl.png', 'credentials'));
  if (answer === undefined) return memoryStore();
  const cause = Object.assign(new Error(answer), { name: answer, $metadata: {} });
  return refusing(new Error(`[s3] could not read the object`, { cause }));
}

function refusing(error: Error): ReadableStore {
  return {
    ...memoryStore(),
    // biome-ignore lint/correctness/useYield: it fails before its first bytes.
    read: async function* () {
      throw error;
    },
  };
}

/** A million rows would be needed: what the steps before found is written instead. */
async function tooManyObjects(): Promise<Told[]> {
  const services = servicesOf();
  const file = { key: 'museum/train.csv', name: 'train.csv', size: 1, etag: 'e', format: 'csv', split: null } as const;
  const manifest = manifestOf({ files: [file] });
  const work = keys.work(manifest.dataset, manifest.run);
  for (const shard of [0, 1, 2]) {
    const first = (shard * MOST_OBJECTS) / 2;
    const records = Array.from({ length: MOST_OBJECTS / 2 }, (_, at) => `o:s3://my-photos/${first + at}.png`);
    const needs = { rows: 1, marked: 0, records, links: [], fixes: [], missing: [] };
    await services.results.write(work.rowsNeeds(0, shard), JSON.stringify(needs));
  }
  return (await gatherNeeds(services, manifest, work)).findings;
}
