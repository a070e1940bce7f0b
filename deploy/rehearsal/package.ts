import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { type BuiltFunction, buildFunctions } from '../bundle.ts';
import { ROOT } from './deployment.ts';

export interface Packaged {
  built: readonly BuiltFunction[];
  /** Where each function's package lies unpacked, as Lambda would have it under /var/task. */
  folderOf(functionKey: string): string;
}

/** Builds every function's package for this machine's processor, and unpacks it. */
export async function packageFunctions(folder: string): Promise<Packaged> {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';
  const built = await buildFunctions({ root: ROOT.replace(/\/$/, ''), out: join(folder, 'zips'), architecture });
  const folderOf = (key: string) => join(folder, 'functions', key);
  for (const { name, zip } of built) await unpack(zip, folderOf(name));
  return { built, folderOf };
}

async function unpack(zip: string, folder: string): Promise<void> {
  for (const [name, bytes] of Object.entries(unzipSync(await readFile(zip)))) {
    if (name.endsWith('/')) continue;
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
}
