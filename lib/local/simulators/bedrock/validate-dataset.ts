import type { ObjectsReader } from '../http.ts';
import { parseObject } from '../json-value.ts';
import { type Line, readLines } from '../lines.ts';
import { checkMedia, type MediaReference } from './check-media.ts';
import { readRow } from './check-row.ts';
import type { Verdict } from './documents.ts';
import { parseS3Uri } from './names.ts';
import { MAXIMUM_LINE_BYTES, MAXIMUM_ROWS, type ModelRules } from './rules.ts';

export interface DatasetOptions {
  objects: ObjectsReader;
  rules: ModelRules;
  region: string;
}

/** Rows share media; of more objects than this some are read again. */
const REMEMBERED_OBJECTS = 50_000;

/** Reads the dataset to its first fault: all rows first (the validation step), then the media they name (processing). */
export async function validateDataset(uris: string[], options: DatasetOptions): Promise<Verdict> {
  const kinds = new Set<string>();
  let rows = 0;
  for (const [index, uri] of uris.entries()) {
    const count = await readFile(uri, options, async (media) => {
      for (const { kind } of media) kinds.add(kind);
      return kinds.size > 1 ? 'the dataset mixes images, videos or documents' : null;
    });
    if (typeof count === 'string') return { valid: false, step: 'validation', message: count };
    if (index === 0 && count < options.rules.minimumRows) return tooFew(uri, count, options.rules.minimumRows);
    rows += count;
  }
  if (rows > MAXIMUM_ROWS) return tooMany(rows);
  const fault = await checkAllMedia(uris, options);
  return fault === null ? { valid: true, rows } : { valid: false, step: 'processing', message: fault };
}

function tooFew(uri: string, rows: number, least: number): Verdict {
  const message = `The training file ${uri} has ${rows} rows, the model needs ${least} at least`;
  return { valid: false, step: 'validation', message };
}

function tooMany(rows: number): Verdict {
  const message = `The training and validation files have ${rows} rows together, at most ${MAXIMUM_ROWS} are allowed`;
  return { valid: false, step: 'validation', message };
}

async function checkAllMedia(uris: string[], options: DatasetOptions): Promise<string | null> {
  const known = new Map<string, string | null>();
  const check = async (media: MediaReference) => {
    const id = `${media.format} ${media.location.key}`;
    const remembered = known.get(id);
    if (remembered !== undefined) return remembered;
    const fault = await checkMedia(options.objects, media);
    if (known.size < REMEMBERED_OBJECTS) known.set(id, fault);
    return fault;
  };
  for (const uri of uris) {
    const count = await readFile(uri, options, async (media) => {
      for (const reference of media) {
        const fault = await check(reference);
        if (fault !== null) return fault;
      }
      return null;
    });
    if (typeof count === 'string') return count;
  }
  return null;
}

/** Reads a file's rows, each through `visit`; the number of rows, or the first fault as a sentence. */
async function readFile(
  uri: string,
  { objects, rules, region }: DatasetOptions,
  visit: (media: MediaReference[]) => Promise<string | null>,
): Promise<number | string> {
  const location = parseS3Uri(uri);
  const facts = location === null ? null : await objects.head(location.bucket, location.key);
  if (location === null || facts === null)
    return `Could not validate GetObject permissions to access Amazon S3 file ${uri}`;
  if (facts.region !== undefined && facts.region !== region) return `The bucket of ${uri} must be in ${region}`;
  let rows = 0;
  for await (const line of readLines(await objects.read(location.bucket, location.key), MAXIMUM_LINE_BYTES)) {
    const row = line.text === null ? null : parseObject(line.text);
    if (row === null) return refuseLine(uri, line);
    const reading = readRow(row, { rules, bucket: location.bucket });
    const fault = reading.fault ?? (await visit(reading.fault === null ? reading.media : []));
    if (fault !== null) return `Invalid record in ${uri} at line ${line.number}: ${fault}`;
    rows += 1;
  }
  return rows;
}

function refuseLine(uri: string, { number, bytes }: Line): string {
  if (bytes > MAXIMUM_LINE_BYTES) return `Input size exceeded in file ${uri} for record starting with line ${number}`;
  return `Unable to parse Amazon S3 file ${uri} at line ${number}: fix its formatting in JSONL`;
}
