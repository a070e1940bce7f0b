import { randomUUID } from 'node:crypto';
import { access, mkdtemp, readFile, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Check, checked } from '../domain/check.ts';
import { drawPdfPages } from '../formats/pdf-pages.ts';
import { startSimulators } from '../local/simulators/start.ts';
import { loadSharp, STRICT } from '../media/sharp.ts';
import { type ObjectStore, PreconditionFailedError } from '../storage/object-store.ts';
import { loadMachine, packageRoot } from './local-machine.ts';
import { OPERATOR_FILE, readOperatorSettings } from './local-operator.ts';
import { openResults } from './local-stores.ts';

export interface MachinePlaces {
  out: string;
  results?: string;
}

/** What every run on this machine needs, with real providers or simulated ones. */
export async function* checkMachine(places: MachinePlaces): AsyncGenerator<Check> {
  yield await check('node', REINSTALL, checkNode);
  yield await check(
    'images',
    'Install finedrop again on this machine: npm install. Packages of another platform cannot be used.',
    checkSharp,
  );
  yield await check('pdf', REINSTALL, checkPdfium);
  yield await checkResults(places);
  yield await check('operator settings', `Put ${OPERATOR_FILE} right; docs/job-spec.md describes it.`, checkOperator);
  yield await check('state machine', REINSTALL, async () => {
    await loadMachine();
    return 'functions/pipeline.asl.json can be read';
  });
  yield await check(
    'simulators',
    'Let this machine listen on 127.0.0.1, and write to its folder for temporary files.',
    checkSimulators,
  );
}

const REINSTALL = 'Install finedrop again: npm install.';

/** The sentence is that of a check which found nothing wrong; what it throws is what is wrong. */
async function check(name: string, fix: string, look: () => Promise<string>): Promise<Check> {
  try {
    return checked(name, 'ok', [await look()]);
  } catch (error) {
    if (error instanceof WrongError) return checked(name, 'failed', [error.message, error.fix]);
    return checked(name, 'failed', [messageOf(error), fix]);
  }
}

/** Something that stands, and is not as it must be. */
class WrongError extends Error {
  readonly fix: string;
  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 300) ?? '';
}

const packageSchema = z.looseObject({ engines: z.object({ node: z.string() }) });

async function checkNode(): Promise<string> {
  const text = await readFile(join(await packageRoot(), 'package.json'), 'utf8');
  const wanted = packageSchema.parse(JSON.parse(text)).engines.node.replace('>=', '');
  const { node } = process.versions;
  if (!isAtLeast(node, wanted))
    throw new WrongError(`Node ${node} is older than ${wanted}`, `Install Node ${wanted} or later.`);
  return `Node ${node}`;
}

/** Whether a version such as `20.18.1` is another or later. */
export function isAtLeast(version: string, wanted: string): boolean {
  const numbers = (text: string) => text.split('.').map((part) => Number.parseInt(part, 10));
  const least = numbers(wanted);
  const given = numbers(version);
  const at = least.findIndex((number, index) => number !== (given[index] ?? 0));
  return at === -1 || (given[at] ?? 0) > (least[at] ?? 0);
}

/** One white pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP6DwABBQECz6AuzQAAAABJRU5ErkJggg==',
  'base64',
);

async function checkSharp(): Promise<string> {
  const open = await loadSharp();
  const { info } = await open(PNG, STRICT).raw().toBuffer({ resolveWithObject: true });
  if (info.width !== 1 || info.height !== 1) throw new Error('sharp decodes images wrongly');
  return 'sharp decodes images';
}

/** One empty page, an inch wide. */
const PDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj
trailer<</Root 1 0 R/Size 4>>
%%EOF
`;
const SIDE = 16;

async function checkPdfium(): Promise<string> {
  for await (const page of drawPdfPages(Buffer.from(PDF), { pages: 1, side: SIDE })) {
    if (page.width === SIDE) return 'PDFium draws pages';
  }
  throw new Error('PDFium draws no page');
}

async function checkResults({ out, results }: MachinePlaces): Promise<Check> {
  const place = results ?? out;
  const name = 'results';
  const isNew = results === undefined && !(await exists(out));
  try {
    const { store, close } = await openResults(out, results);
    try {
      await tryConditions(store);
    } finally {
      close();
    }
    return checked(name, 'ok', [`"${place}" can be written to, and keeps conditions`]);
  } catch (error) {
    if (error instanceof WrongError) return checked(name, 'failed', [`"${place}": ${error.message}`, error.fix]);
    const fix = `Name another place with ${results === undefined ? '--out DIR' : '--results s3://bucket/prefix'}, or let finedrop write there.`;
    return checked(name, 'failed', [`"${place}" cannot be written to: ${messageOf(error)}`, fix]);
  } finally {
    if (results === undefined) await removeEmpty(out, isNew);
  }
}

/** Without conditions two runs at the same time could both pay: each write that must not happen has to be refused. */
async function tryConditions(store: ObjectStore): Promise<void> {
  const key = `.finedrop/doctor/${randomUUID()}`;
  const { etag } = await store.write(key, 'finedrop doctor', { ifNoneMatch: '*' });
  try {
    await mustRefuse(() => store.write(key, 'again', { ifNoneMatch: '*' }), '"only if there is none"');
    await mustRefuse(() => store.write(key, 'again', { ifMatch: `${etag.slice(1)}0` }), '"only if it is the same"');
    await store.write(key, 'the same', { ifMatch: etag });
  } finally {
    await store.remove(key);
  }
}

async function mustRefuse(write: () => Promise<unknown>, condition: string): Promise<void> {
  const isRefused = await write().then(
    () => false,
    (error: unknown) => {
      if (error instanceof PreconditionFailedError) return true;
      throw error;
    },
  );
  if (isRefused) return;
  const fix = 'Use Amazon S3, a server that knows If-Match and If-None-Match on writes (MinIO does), or a folder.';
  throw new WrongError(`the condition ${condition} is not kept on writes`, fix);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Folders that looking has made; one that holds anything is left. */
async function removeEmpty(out: string, isNew: boolean): Promise<void> {
  const made = [join('.finedrop', 'tmp'), '.finedrop', ...(isNew ? [''] : [])];
  for (const folder of made) await rmdir(join(out, folder)).catch(() => undefined);
}

async function checkOperator(): Promise<string> {
  const { targets, usdPerRun, usdPerDay, approve } = await readOperatorSettings([]);
  if (!(await exists(OPERATOR_FILE))) return `there is no ${OPERATOR_FILE} here, so that no operator's limits hold`;
  const limits = [
    targets === null ? '' : `targets ${targets.join(', ')}`,
    usdPerRun === null ? '' : `$${usdPerRun} a run`,
    usdPerDay === null ? '' : `$${usdPerDay} a day`,
    approve ? 'every plan must be approved' : '',
  ].filter((limit) => limit !== '');
  return `${OPERATOR_FILE} is read: ${limits.join('; ') || 'no limit on targets or money'}`;
}

async function checkSimulators(): Promise<string> {
  const stateDir = await mkdtemp(join(tmpdir(), 'finedrop-doctor-'));
  try {
    const { urls, close } = await startSimulators({ stateDir });
    try {
      // Whatever they say to a request without credentials, they say it over HTTP.
      for (const url of Object.values(urls)) await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).text();
      return `${Object.keys(urls).join(', ')} start and answer`;
    } finally {
      await close();
    }
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}
