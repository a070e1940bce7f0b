import { buildDropIndex, type DropEntry, type DropIndex } from '../rows/drop-index.ts';
import { readArchiveIndex } from './archives.ts';
import { type Manifest, readLoose } from './manifest.ts';
import type { Services } from './services.ts';

/** The key of the asset record of an archive entry. */
export function archiveRecord(archive: number, entry: number): string {
  return `a${archive}:${entry}`;
}

/** The key of the asset record of a loose file. */
export function looseRecord(key: string): string {
  return `d:${key}`;
}

/** The key of the asset record of a bucket's object. */
export function objectRecord(uri: string): string {
  return `o:${uri}`;
}

/** The URI behind the key of the asset record of a bucket's object; null = another kind of record. */
export function objectOfRecord(record: string): string | null {
  return record.startsWith('o:') ? record.slice(2) : null;
}

/** Every name that rows may use: the archives' entries and the loose files. */
export async function loadDropIndex(services: Services, manifest: Manifest): Promise<DropIndex> {
  const entries: DropEntry[] = [];
  for await (const { key, name } of readLoose(services, manifest))
    entries.push({ record: looseRecord(key), origin: 'drop', container: '', name });
  for (const [number, archive] of manifest.archives.entries()) {
    for await (const entry of readArchiveIndex(services, manifest, number)) {
      if (entry.isDirectory) continue;
      entries.push({
        record: archiveRecord(number, entry.index),
        origin: 'archive',
        container: archive.name,
        name: entry.name,
      });
    }
  }
  return buildDropIndex(
    entries,
    manifest.archives.map(({ name }) => name),
  );
}
