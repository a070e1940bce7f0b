const MODEL_WORD = /^(?:[0-9a-zA-Z][_-]?)+$/;
const LONGEST_MODEL_NAME = 63;
/** 80 bits of the job key: as good as unique, and short enough to leave room for a word of 40 characters. */
const KEY_CHARACTERS = 20;
const LONGEST_SLUG = 60;
/** `S3Uri` of the service model. */
const LONGEST_URI = 1024;

/** The name under which a key's job is created and found: `fd-` and the key. Bedrock takes a name but once. */
export function jobName(key: string): string {
  return `fd-${key}`;
}

/** Whether a word can be part of a custom model's name: letters and digits with single "-" or "_" between. */
export function isModelWord(word: string): boolean {
  return MODEL_WORD.test(word);
}

/** The tuned model's name: the target's suffix, or what the dataset's name leaves, and a part of the job key. */
export function modelName(key: string, { suffix, dataset }: { suffix?: string | undefined; dataset: string }): string {
  const tail = key.slice(0, KEY_CHARACTERS);
  const wanted = suffix !== undefined && isModelWord(suffix) ? suffix : modelWord(dataset);
  const word = wanted.slice(0, LONGEST_MODEL_NAME - tail.length - 1).replace(/[-_]+$/, '');
  return `${word === '' ? 'finedrop' : word}-${tail}`;
}

function modelWord(dataset: string): string {
  return dataset.replace(/[^0-9A-Za-z]+/g, '-').replace(/^-/, '');
}

/** A dataset's folder in the bucket: of the characters that Nova takes in media URIs, never empty, never hidden. */
export function datasetSlug(dataset: string): string {
  const slug = dataset
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, LONGEST_SLUG);
  return slug === '' ? 'dataset' : slug;
}

const BUCKET = '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]';
const BUCKET_NAME = new RegExp(`^${BUCKET}$`);
const S3_URI = new RegExp(`^s3://(${BUCKET})(?:/(.*))?$`);

/** Whether a word can be the name of a bucket, as `S3Uri` of the service model has it. */
export function isBucketName(word: string): boolean {
  return BUCKET_NAME.test(word);
}

/** The characters of an S3 URI's parts, or null for what is none: `s3://bucket/key`, the key possibly empty. */
export function parseS3Uri(uri: string): { bucket: string; key: string } | null {
  const [, bucket = '', key = ''] = S3_URI.exec(uri) ?? [];
  return bucket === '' ? null : { bucket, key };
}

/** Whether a line may name a file so: the service's bucket, and a key of the few characters that the guide allows for media. */
export function isMediaUri(uri: string): boolean {
  const place = uri.length > LONGEST_URI ? null : parseS3Uri(uri);
  return place !== null && /^[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/.test(place.key);
}
