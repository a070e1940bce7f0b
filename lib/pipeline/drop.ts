import { canonicalJson, sha256 } from '../domain/canonical.ts';
import type { Split } from '../domain/example.ts';
import { excerpt } from '../domain/excerpt.ts';
import { type Finding, findingAt } from '../domain/finding.ts';
import { isRetireName } from '../rows/retire.ts';
import type { ObjectInfo, ReadableStore } from '../storage/object-store.ts';
import { datasetOf } from './dataset-name.ts';
import type { DatasetFile, LooseFile } from './manifest.ts';

/** A drop's objects by what they are for. Names are relative to the drop, as the user sees them. */
export interface Drop {
  dataset: string;
  files: DatasetFile[];
  archives: LooseFile[];
  loose: LooseFile[];
  jobSpecs: LooseFile[];
  findings: Finding[];
  /** Hash over what a run depends on: sorted (key, ETag, size). */
  identity: string;
  /** The same without the job spec: equal data, whatever is to be done with it. */
  data: string;
  /** When the newest of them was written, where the inbox tells. */
  newest: Date | null;
}

const DATASET_FORMATS: Readonly<Record<string, DatasetFile['format']>> = {
  csv: 'csv',
  tsv: 'tsv',
  xlsx: 'xlsx',
  jsonl: 'jsonl',
  json: 'json',
};
const JOB_SPEC = /^(?:.*\.)?finedrop\.(?:ya?ml|json)$/i;
// Word-wise: "validation", "valid", "val" between separators, so that "interval.csv" and "valley.csv" are training data.
const VALIDATION_WORD = /(?:^|[^\p{L}])(?:validation|valid|val)(?:$|[^\p{L}])/iu;
const JUNK = /(?:^|\/)(?:__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._[^/]*$)/i;
const OLD_EXCEL = /\.xls$/i;
/** Their numbers pass through the state machine, which carries 256 KiB. */
const MOST_DATASET_FILES = 10_000;
/** A key has at most 1,024 bytes in S3, and those of work and results hold the dataset's name, a run, a step and a hash. */
const LONGEST_DATASET_NAME = 512;

/** Lists the drop once and sorts its objects by what they are for. */
export async function readDrop(inbox: ReadableStore, dataset: string): Promise<Drop> {
  const named = await listNamed(inbox, dataset);
  const wanted = named.filter(({ name }) => name !== '' && !name.endsWith('/') && !JUNK.test(name));
  const identity = identityOf(wanted);
  const drop: Drop = {
    dataset,
    files: [],
    archives: [],
    loose: [],
    jobSpecs: [],
    findings: [],
    identity,
    data: identityOf(wanted.filter(({ name }) => !isJobSpec(name))),
    newest: newestOf(wanted),
  };
  for (const { key, name, size, etag } of wanted) sortObject(drop, { key, name, size, etag });
  if (Buffer.byteLength(dataset) > LONGEST_DATASET_NAME) drop.findings.push(nameTooLong(dataset));
  if (drop.files.length > MOST_DATASET_FILES) {
    drop.findings.push(tooManyFiles(drop.files.length));
    drop.files.length = 0;
  }
  return drop;
}

/** The drop's folder, and beside it the files at the inbox's root that have its name for their stem. */
async function listNamed(inbox: ReadableStore, dataset: string): Promise<(ObjectInfo & { name: string })[]> {
  const root: ObjectInfo[] = [];
  for await (const object of inbox.list(`${dataset}.`)) if (isAtRoot(object, dataset)) root.push(object);
  const inside: ObjectInfo[] = [];
  for await (const object of inbox.list(`${dataset}/`)) inside.push(object);
  const rootNames = new Set(root.map(({ key }) => key));
  const nameInside = (key: string) => {
    const name = key.slice(dataset.length + 1);
    return rootNames.has(name) ? key : name;
  };
  return [
    ...root.map((object) => ({ ...object, name: object.key })),
    ...inside.map((object) => ({ ...object, name: nameInside(object.key) })),
  ];
}

function isAtRoot({ key }: ObjectInfo, dataset: string): boolean {
  return !key.includes('/') && datasetOf(key) === dataset;
}

function newestOf(objects: readonly ObjectInfo[]): Date | null {
  const times = objects.flatMap(({ modifiedAt }) => (modifiedAt === undefined ? [] : [modifiedAt.getTime()]));
  return times.length === 0 ? null : new Date(times.reduce((latest, time) => Math.max(latest, time)));
}

/** The side that a file's or sheet's name gives its rows, or null. */
export function splitOfName(name: string): Split | null {
  return VALIDATION_WORD.test(name) ? 'validation' : null;
}

function identityOf(objects: readonly ObjectInfo[]): string {
  return sha256(canonicalJson(objects.map(({ key, etag, size }) => [key, etag, size])));
}

function isJobSpec(name: string): boolean {
  return JOB_SPEC.test(name.slice(name.lastIndexOf('/') + 1));
}

function sortObject(drop: Drop, object: LooseFile): void {
  const base = object.name.slice(object.name.lastIndexOf('/') + 1);
  const extension = base.slice(base.lastIndexOf('.') + 1).toLowerCase();
  const format = Object.hasOwn(DATASET_FORMATS, extension) ? DATASET_FORMATS[extension] : undefined;
  if (isJobSpec(object.name)) drop.jobSpecs.push(object);
  else if (format !== undefined) sortDatasetFile(drop, object, format, base);
  else if (extension === 'zip') drop.archives.push(object);
  else {
    drop.loose.push(object);
    if (OLD_EXCEL.test(base)) drop.findings.push(oldExcel(object.name));
  }
}

function sortDatasetFile(drop: Drop, object: LooseFile, format: DatasetFile['format'], base: string): void {
  if (object.size === 0) drop.findings.push(emptyFile(object.name));
  else if (isRetireName(base) && isTable(format)) drop.files.push({ ...object, format, split: null, retires: true });
  else drop.files.push({ ...object, format, split: splitOfName(base.slice(0, base.lastIndexOf('.'))) });
}

function isTable(format: DatasetFile['format']): boolean {
  return format === 'csv' || format === 'tsv' || format === 'xlsx';
}

function emptyFile(file: string): Finding {
  return findingAt(
    {
      code: 'FILE_EMPTY',
      severity: 'error',
      message: `"${file}" is empty (0 bytes)`,
      hint: 'Upload it again; an interrupted upload leaves such a file.',
    },
    { file },
  );
}

function nameTooLong(dataset: string): Finding {
  return findingAt(
    {
      code: 'DATASET_NAME_TOO_LONG',
      severity: 'error',
      message: `the dataset's name "${excerpt(dataset)}" has ${Buffer.byteLength(dataset)} bytes; at most ${LONGEST_DATASET_NAME} fit into the names of its results`,
      hint: 'Rename the folder, and drop it again.',
    },
    {},
  );
}

function tooManyFiles(count: number): Finding {
  return findingAt(
    {
      code: 'DATASET_FILES_TOO_MANY',
      severity: 'error',
      message: `the drop has ${count} dataset files; at most ${MOST_DATASET_FILES} are read`,
      hint: 'Join them: a file may have millions of rows, and a .jsonl file as many chats.',
    },
    {},
  );
}

function oldExcel(file: string): Finding {
  return findingAt(
    {
      code: 'XLS_LEGACY',
      severity: 'error',
      message: `"${file}" is in the old Excel format`,
      hint: 'Save it as .xlsx or .csv.',
    },
    { file },
  );
}
