import { z } from 'zod';
import { type Finding, findingAt, type Severity } from '../domain/finding.ts';
import type { RandomAccess } from '../formats/random-access.ts';
import { readZipDirectory, type ZipEntry, type ZipFault } from '../formats/zip.ts';
import { keys } from '../storage/keys.ts';
import { type ReadableStore, readBytes, readJsonLines } from '../storage/object-store.ts';
import { faultIssue } from './fault-issue.ts';
import type { LooseFile, Manifest, RunReference } from './manifest.ts';
import type { Services } from './services.ts';

/** An archive entry as the index in `work/` holds it; the ZIP reader's own shape, by schema. */
export const indexedEntrySchema = z.object({ index: z.int(), name: z.string() }).loose();

/** Reads one archive's directory by ranges and keeps it as an index; the finding tells when the archive cannot be trusted. */
export async function indexArchive(
  services: Services,
  reference: RunReference,
  archive: LooseFile,
  number: number,
): Promise<{ entries: number; findings: Finding[] }> {
  const { entries, fault, warnings } = await readZipDirectory(objectAccess(services.inbox, archive));
  const told = warnings.map((warning) => faultFinding(archive, warning, 'warning'));
  const refusal = fault === null ? [] : [faultFinding(archive, fault, 'error')];
  await services.results.write(keys.work(reference.dataset, reference.run).archive(number), lines(entries));
  return { entries: entries.length, findings: [...refusal, ...told] };
}

function faultFinding({ name }: LooseFile, fault: ZipFault, severity: Severity): Finding {
  return findingAt(faultIssue(fault, severity), {
    file: name,
    ...(fault.entry === undefined ? {} : { entry: fault.entry }),
  });
}

/** The index of one archive, in the directory's order. */
export function readArchiveIndex(
  { results }: Services,
  reference: RunReference,
  number: number,
): AsyncGenerator<ZipEntry> {
  return readJsonLines(
    results,
    keys.work(reference.dataset, reference.run).archive(number),
    (value) => indexedEntrySchema.parse(value) as unknown as ZipEntry,
  );
}

/** A pinned object read by ranges; it fails with `ObjectChangedError` once the object is another. */
export function objectAccess(
  store: ReadableStore,
  { key, size, etag }: Pick<LooseFile, 'key' | 'size' | 'etag'>,
): RandomAccess {
  return {
    size,
    readAt: async (offset, length) => {
      const bytes = await readBytes(store, key, { offset, length, ifMatch: etag });
      if (bytes === null || bytes.length !== length)
        throw new Error(`[storage] "${key}" gave ${bytes?.length ?? 0} of ${length} bytes at ${offset}.`);
      return bytes;
    },
  };
}

/** The archive of that number in the pinned drop. */
export function archiveOf(manifest: Manifest, number: number): Manifest['archives'][number] {
  const archive = manifest.archives[number];
  if (archive === undefined) throw new Error(`[pipeline] run ${manifest.run} has no archive number ${number}.`);
  return archive;
}

function* serialize(entries: readonly ZipEntry[]): Generator<Buffer> {
  for (let start = 0; start < entries.length; start += 1000) {
    yield Buffer.from(
      entries
        .slice(start, start + 1000)
        .map((entry) => `${JSON.stringify(entry)}\n`)
        .join(''),
    );
  }
}

async function* lines(entries: readonly ZipEntry[]): AsyncGenerator<Uint8Array> {
  yield* serialize(entries);
}
