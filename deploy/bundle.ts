import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build, type Metafile } from 'esbuild';
import { writeZip, type ZipFile } from '../lib/formats/zip-write.ts';
import { type Architecture, installPackages, type LockedPackages, lockedPackages } from './packages.ts';
import { leanZod, leaveOut } from './trim.ts';

/** Packages that come as they are: one is a binary for a processor, one brings its WebAssembly along. */
export const PACKED = ['@hyzyla/pdfium', 'sharp'] as const;

export interface BundleOptions {
  /** The project's folder. */
  root: string;
  /** Where the zips go: `<function>.zip`. */
  out: string;
  architecture: Architecture;
  /** All of functions/ by default. */
  functions?: readonly string[];
}

export interface BuiltFunction {
  name: string;
  zip: string;
  /** Lower-case hex, of the zip. */
  sha256: string;
  zipBytes: number;
  /** What Node loads before the handler can be called: the entry and all that it imports without being asked. */
  startBytes: number;
  /** All of our code in the zip, without packages. */
  bundleBytes: number;
  /** Packages that lie in the zip as they are. */
  packages: readonly string[];
}

/** Builds each function's zip; equal sources, lock file and esbuild give equal bytes. */
export async function buildFunctions(options: BundleOptions): Promise<BuiltFunction[]> {
  const names = options.functions ?? functionNames(options.root);
  mkdirSync(options.out, { recursive: true });
  const bundles: Bundle[] = [];
  for (const name of names) bundles.push(await bundleFunction(options.root, name));
  const packed = [...new Set(bundles.flatMap(({ packages }) => packages))].sort();
  const installed = packed.length === 0 ? null : install(options, packed);
  return bundles.map((made) => pack(options, made, installed));
}

/** Every function of the project: the TypeScript files in functions/. */
export function functionNames(root: string): string[] {
  const files = readdirSync(join(root, 'functions')).filter((file) => file.endsWith('.ts'));
  return files.map((file) => file.slice(0, -'.ts'.length)).sort();
}

export interface Bundle {
  name: string;
  /** Our code, by names as they will be in the zip. */
  files: readonly ZipFile[];
  startBytes: number;
  packages: readonly string[];
}

/** Some of what is bundled is CommonJS, and asks for `require` when it runs; the names cannot meet those of the code. */
const BANNER = [
  "import { createRequire as finedropCreateRequire } from 'node:module';",
  'const require = finedropCreateRequire(import.meta.url);',
].join('\n');

/** One build a function: of what several functions share, each gets only what it needs itself. Asks no registry. */
export async function bundleFunction(root: string, name: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`functions/${name}.ts`],
    outbase: '.',
    outdir: 'out',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    outExtension: { '.js': '.mjs' },
    external: [...PACKED],
    banner: { js: BANNER },
    minify: true,
    // An operator reads them in a stack trace.
    keepNames: true,
    plugins: [leaveOut(name), leanZod()],
    legalComments: 'none',
    // Tables of tokens are text: escaped they would be a tenth longer.
    charset: 'utf8',
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const out = join(root, 'out');
  const files = outputFiles.map(({ path, contents }) => ({
    name: path.slice(out.length + 1).replaceAll('\\', '/'),
    bytes: contents,
  }));
  return { name, files: byName(files), startBytes: startBytes(metafile, name), packages: packagesIn(metafile) };
}

function byName(files: readonly ZipFile[]): ZipFile[] {
  return [...files].sort((left, right) => (left.name < right.name ? -1 : 1));
}

function startBytes({ outputs }: Metafile, name: string): number {
  const reached = new Set<string>();
  const open = [`out/functions/${name}.mjs`];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    const imports = outputs[path]?.imports ?? [];
    open.push(
      ...imports.filter(({ kind, external }) => kind === 'import-statement' && !external).map((one) => one.path),
    );
  }
  return [...reached].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
}

/**
 * The packages that any chunk imports; chunks are looked at too, since what is heavy is loaded when it is asked for.
 * What else stays outside is Node's own, or tried and done without (node-fetch's `encoding`): esbuild ends at anything that it misses.
 */
function packagesIn({ outputs }: Metafile): string[] {
  const imported = new Set(Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path)));
  return PACKED.filter((name) => imported.has(name));
}

interface Installed {
  folder: string;
  locked: (names: readonly string[]) => LockedPackages;
}

function install({ root, out, architecture }: BundleOptions, names: readonly string[]): Installed {
  const locked = (wanted: readonly string[]) => lockedPackages(root, wanted);
  return { folder: installPackages(locked(names), { names, folder: out, architecture }), locked };
}

function pack({ out }: BundleOptions, made: Bundle, installed: Installed | null): BuiltFunction {
  const { name, files, packages, startBytes: atStart } = made;
  const packed = installed === null || packages.length === 0 ? [] : packageFiles(installed, packages);
  const bytes = writeZip(byName([...files, ...packed]));
  const zip = join(out, `${name}.zip`);
  // Whoever reads the zip meanwhile reads the old one, or the new one.
  writeFileSync(`${zip}.${process.pid}`, bytes);
  renameSync(`${zip}.${process.pid}`, zip);
  return {
    name,
    zip,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    zipBytes: bytes.length,
    startBytes: atStart,
    bundleBytes: files.reduce((sum, file) => sum + file.bytes.length, 0),
    packages,
  };
}

/** What a Lambda never loads: types, sources, pages for people, and the builds for browsers with the WebAssembly once more as text. */
const LEFT_OUT =
  /\.(d\.[cm]?ts|map|md|markdown|cc|h|gyp)$|\/(worker\.bundle|index\.esm\.(base64|browser|cdn|worker)|pdfium\.wasm\.base64-\w+)\.js$/;

function packageFiles({ folder, locked }: Installed, names: readonly string[]): ZipFile[] {
  const places = [...locked(names).keys()].filter((place) => existsSync(join(folder, place)));
  return places.flatMap((place) =>
    filesIn(folder, place)
      .filter((file) => !LEFT_OUT.test(file))
      .map((file) => ({ name: file, bytes: readFileSync(join(folder, file)) })),
  );
}

/** A package's own files; those nested in it have places of their own in the lock file. */
function filesIn(folder: string, place: string): string[] {
  return readdirSync(join(folder, place), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules') return [];
    const path = `${place}/${entry.name}`;
    return entry.isDirectory() ? filesIn(folder, path) : [path];
  });
}

function isArchitecture(word: string): word is Architecture {
  return word === 'arm64' || word === 'x86_64';
}

/** `tsx deploy/bundle.ts [--out DIR] [--architecture arm64|x86_64]`, as the plugin calls it. */
async function main(): Promise<void> {
  const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
  const { values } = parseArgs({
    options: { out: { type: 'string', default: '.package' }, architecture: { type: 'string', default: 'arm64' } },
  });
  const { architecture } = values;
  if (!isArchitecture(architecture)) throw new Error(`[deploy] "${architecture}" is neither arm64 nor x86_64.`);
  await buildFunctions({ root, out: resolve(values.out), architecture });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
