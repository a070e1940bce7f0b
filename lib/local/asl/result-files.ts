import { StateFailure } from './errors.ts';
import { checkPayload, type Visit } from './execution.ts';
import { textField } from './field-values.ts';
import type { ChildExecutionRecord } from './host.ts';
import type { Json } from './json.ts';
import type { ResultWriter } from './machine.ts';

/** What children of a Map gave, on its way into objects; kept as text, and no more of it than will be written. */
export interface ResultFiles {
  add(index: number, record: ChildExecutionRecord): void;
  /** Writes the files and their manifest, and answers where that lies. */
  result(mapRunArn: string): Promise<Json>;
}

/** Children that were never started would have a file of their own; a Map that fails writes nothing here. */
const STATUSES = ['FAILED', 'PENDING', 'SUCCEEDED'] as const;

/** Collects results for a ResultWriter: one file for each status, and a manifest that names them (developer guide, "ResultWriter (Map)"). */
export function resultFiles(writer: ResultWriter, visit: Visit): ResultFiles {
  const lines = new Map<number, { status: 'FAILED' | 'SUCCEEDED'; text: string }>();
  return {
    add: (index, record) => void lines.set(index, { status: record.Status, text: textOf(record, writer) }),
    result: async (mapRunArn) => {
      const ordered = [...lines].sort(([left], [right]) => left - right).map(([, line]) => line);
      const texts = STATUSES.map((status) => ({
        status,
        lines: ordered.filter((line) => line.status === status).map(({ text }) => text),
      }));
      return writeFiles(writer, visit, { mapRunArn, texts });
    },
  };
}

function textOf(record: ChildExecutionRecord, { transformation }: ResultWriter): string {
  return transformation === 'COMPACT' ? (record.Output ?? JSON.stringify(record)) : JSON.stringify(record);
}

interface Written {
  mapRunArn: string;
  texts: readonly { status: (typeof STATUSES)[number]; lines: readonly string[] }[];
}

async function writeFiles(writer: ResultWriter, visit: Visit, { mapRunArn, texts }: Written): Promise<Json> {
  const { clock } = visit.frame.execution.host;
  const Bucket = await textField(writer.bucket, visit, 'ResultWriter/Arguments/Bucket');
  const prefix = writer.prefix ? await textField(writer.prefix, visit, 'ResultWriter/Arguments/Prefix') : '';
  const name = mapRunArn.slice(mapRunArn.lastIndexOf(':') + 1);
  const folder = `${prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`}${name}`;
  const put = putter(visit, Bucket);
  const write = async () => {
    const files: Record<string, { Key: string; Size: number }[]> = {};
    for (const { status, lines } of texts) {
      const Key = `${folder}/${status}_0.${writer.outputType === 'JSONL' ? 'jsonl' : 'json'}`;
      const body = writer.outputType === 'JSONL' ? lines.map((line) => `${line}\n`).join('') : `[${lines.join(',')}]`;
      files[status] = lines.length === 0 ? [] : [{ Key, Size: await put(Key, body) }];
    }
    const Key = `${folder}/manifest.json`;
    await put(Key, JSON.stringify({ DestinationBucket: Bucket, MapRunArn: mapRunArn, ResultFiles: files }));
    return Key;
  };
  const result = { MapRunArn: mapRunArn, ResultWriterDetails: { Bucket, Key: await (clock.busy?.(write) ?? write()) } };
  checkPayload(result, 'a result', visit);
  return result;
}

function putter(visit: Visit, Bucket: string): (Key: string, body: string) => Promise<number> {
  const { host } = visit.frame.execution;
  return async (Key, body) => {
    try {
      if (host.writeObject === undefined) throw new Error('this host cannot write results.');
      await host.writeObject({ Bucket, Key }, body);
      return Buffer.byteLength(body);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      throw new StateFailure('States.ResultWriterFailed', `Cannot write the results to s3://${Bucket}: ${problem}`);
    }
  };
}
