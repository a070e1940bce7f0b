import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lambda's word for a processor. */
export type Architecture = 'arm64' | 'x86_64';

interface LockEntry {
  version?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  dev?: boolean;
}

/** The part of package-lock.json that some packages need: place (`node_modules/…`) -> entry. */
export type LockedPackages = ReadonlyMap<string, LockEntry>;

/** What the root's package-lock.json says of the named packages and of all that they need, for every platform. */
export function lockedPackages(root: string, names: readonly string[]): LockedPackages {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockEntry>;
  };
  const found = new Map<string, LockEntry>();
  const open = names.map((name) => `node_modules/${name}`);
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const entry = lock.packages[place];
    if (entry === undefined) throw new Error(`[deploy] "${place}" is not in package-lock.json. Run npm install.`);
    if (found.has(place)) continue;
    found.set(place, entry);
    for (const name of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
      open.push(placeOf(lock.packages, place, name));
    }
  }
  return new Map([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Where Node would find a package that another one names: beside its own, or in a folder above. */
function placeOf(packages: Readonly<Record<string, LockEntry>>, from: string, name: string): string {
  for (let folder = from; folder !== ''; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const place = `${folder}/node_modules/${name}`;
    if (packages[place] !== undefined) return place;
  }
  return `node_modules/${name}`;
}

/** Without a registry at hand npm would try for minutes. */
const INSTALL_MS = 240_000;

/**
 * Installs packages as package-lock.json has them, for Linux on the given processor, into a folder that is named by what is in it:
 * a second call finds it there and asks no registry. Returns the folder.
 */
export function installPackages(
  packages: LockedPackages,
  { names, folder, architecture }: { names: readonly string[]; folder: string; architecture: Architecture },
): string {
  const dependencies = Object.fromEntries(
    [...names].sort().map((name) => [name, packages.get(`node_modules/${name}`)?.version ?? '']),
  );
  const about = { name: 'finedrop-packages', version: '1.0.0', private: true, dependencies };
  const lock = { name: about.name, version: about.version, lockfileVersion: 3, requires: true };
  const lockText = JSON.stringify({ ...lock, packages: { '': about, ...Object.fromEntries(packages) } }, null, 2);
  const identity = createHash('sha256').update(architecture).update(lockText).digest('hex').slice(0, 16);
  const place = join(folder, `packages-${architecture}-${identity}`);
  if (existsSync(place)) return place;
  const building = `${place}.${process.pid}`;
  mkdirSync(building, { recursive: true });
  try {
    writeFileSync(join(building, 'package.json'), JSON.stringify(about, null, 2));
    writeFileSync(join(building, 'package-lock.json'), lockText);
    runInstall(building, architecture);
    if (!existsSync(place)) renameSync(building, place);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return place;
}

function runInstall(folder: string, architecture: Architecture): void {
  const platform = { npm_config_os: 'linux', npm_config_libc: 'glibc', npm_config_cpu: CPU[architecture] };
  const options = [
    '--omit=dev',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--fetch-retries=1',
  ];
  const { status, signal, error, stderr } = spawnSync('npm', ['ci', ...options], {
    cwd: folder,
    env: { ...process.env, ...platform },
    timeout: INSTALL_MS,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  const why = error?.message ?? (signal === null ? complaintOf(stderr) : `it was ended by ${signal}`);
  throw new Error(
    `[deploy] npm could not install what the functions need (${why}). A registry, or a cache that has seen them, must be in reach.`,
  );
}

/** npm says in its first words what is wrong, and then how to look for help. */
function complaintOf(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.startsWith('npm error '));
  return lines
    .slice(0, 3)
    .map((line) => line.slice('npm error '.length))
    .join(', ');
}

const CPU: Readonly<Record<Architecture, string>> = { arm64: 'arm64', x86_64: 'x64' };
