import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { unzipSync } from 'fflate';
import yauzl from 'yauzl';

/** What another library says about an archive: length and CRC-32 of each file by name, or that it refuses the archive. */
export type Verdict = Files | 'refused';

export type Files = Record<string, [length: number, checksum: number]>;

/** Reads with yauzl; entries that it cannot read are left out. It checks no checksum, so this does. */
export async function yauzlVerdict(archive: Buffer): Promise<Verdict> {
  const files: Files = Object.create(null);
  try {
    const zip = await yauzl.fromBufferPromise(archive);
    for await (const entry of zip.eachEntry()) {
      const bytes = await yauzlBytes(zip, entry);
      if (bytes !== null && crc32(bytes) === entry.crc32) files[entry.fileName] = [bytes.length, entry.crc32];
    }
    return files;
  } catch {
    return 'refused';
  }
}

async function yauzlBytes(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Buffer | null> {
  try {
    const pieces: Buffer[] = [];
    for await (const piece of await zip.openReadStreamPromise(entry)) pieces.push(piece as Buffer);
    return Buffer.concat(pieces);
  } catch {
    return null;
  }
}

/** Reads with fflate, which checks next to nothing. */
export function fflateVerdict(archive: Uint8Array): Verdict {
  try {
    const files: Files = Object.create(null);
    for (const [name, bytes] of Object.entries(unzipSync(archive))) files[name] = [bytes.length, crc32(bytes)];
    return files;
  } catch {
    return 'refused';
  }
}

const PYTHON = `
import json, sys, zipfile, zlib
verdicts = []
for path in sys.argv[1:]:
    try:
        files = {}
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                data = archive.read(entry)
                files[entry.filename] = [len(data), zlib.crc32(data)]
        verdicts.append(files)
    except Exception:
        verdicts.append('refused')
print(json.dumps(verdicts))
`;

/** Why Python's zipfile cannot be asked on this machine, or null. */
export function pythonAbsence(): string | null {
  try {
    execFileSync('python3', ['-c', 'import zipfile'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'python3 is not installed';
  }
}

/** Reads archives with Python's zipfile, all in one process. */
export function pythonVerdicts(archives: readonly Buffer[]): Verdict[] {
  const folder = mkdtempSync(join(tmpdir(), 'zip-oracle-'));
  try {
    const paths = archives.map((archive, index) => {
      const path = join(folder, `${index}.zip`);
      writeFileSync(path, archive);
      return path;
    });
    return JSON.parse(execFileSync('python3', ['-c', PYTHON, ...paths], { encoding: 'utf8' })) as Verdict[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
