import { stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import type { DropPlace } from './local-stores.ts';
import { UsageError } from './usage-error.ts';

const DATASET_FILE = /\.(?:csv|tsv|xlsx|jsonl|json)$/i;
const JOB_SPEC = /(?:^|\.)finedrop\.(?:ya?ml|json)$/i;

/** Tells what was given: one drop folder, or several files that are one drop named by the first dataset file. */
export async function findDrop(paths: readonly string[], out: string): Promise<DropPlace> {
  const [first, ...others] = paths;
  if (first === undefined) throw new UsageError('name a drop: a folder, or dataset and archive files together.');
  if (first.startsWith('s3://')) return findInBucket(first, others);
  const kinds = await Promise.all(paths.map(kindOf));
  const folders = kinds.filter((kind) => kind === 'folder').length;
  if (folders > 0 && others.length > 0) throw new UsageError('give one drop folder, or files together, not both.');
  if (folders === 1)
    return { dataset: datasetName(basename(resolve(first))), folder: resolve(first), exclude: resolve(out) };
  return { dataset: datasetName(stemOf(paths)), files: paths.map((path) => resolve(path)) };
}

function findInBucket(uri: string, others: readonly string[]): DropPlace {
  if (others.length > 0) throw new UsageError('give one s3:// drop, or files together, not both.');
  const [, bucket, dataset] = /^(s3:\/\/[^/]+(?:\/.+)?)\/([^/]+)\/?$/.exec(uri) ?? [];
  if (bucket === undefined || dataset === undefined)
    throw new UsageError(`"${uri}" names no drop; write s3://bucket/dataset.`);
  return { dataset: datasetName(dataset), bucket };
}

async function kindOf(path: string): Promise<'folder' | 'file'> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) throw new UsageError(`there is no file or folder "${path}".`);
  if (stats.isDirectory()) return 'folder';
  if (!stats.isFile()) throw new UsageError(`"${path}" is neither a file nor a folder.`);
  return 'file';
}

function stemOf(paths: readonly string[]): string {
  const names = paths.map((path) => basename(path));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new UsageError(`two of the files are called "${twice}"; rename one, or put them into a drop folder.`);
  const dataset = names.find((name) => DATASET_FILE.test(name) && !JOB_SPEC.test(name)) ?? names[0] ?? '';
  return basename(dataset, extname(dataset));
}

function datasetName(name: string): string {
  const plain = name.replace(/^\.+/, '');
  if (plain === '')
    throw new UsageError(`"${name}" cannot name a dataset; give a folder with a name that does not begin with a dot.`);
  return plain;
}
