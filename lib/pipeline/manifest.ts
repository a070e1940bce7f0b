import { z } from 'zod';
import { splitSchema } from '../domain/example.ts';
import { decisionSchema } from '../domain/history.ts';
import { HISTORIES, resolvedRetrainSchema, resolveRetrain } from '../domain/retrain.ts';
import { commandSchema } from '../domain/run.ts';
import { targetSchema } from '../domain/target.ts';
import { keys } from '../storage/keys.ts';
import { readJson, readJsonLines } from '../storage/object-store.ts';
import type { Services } from './services.ts';

/** What `receive` or the command line asks for. It is the machine's input, beside the execution's name. */
export const requestSchema = z.strictObject({
  dataset: z.string().min(1),
  command: commandSchema,
  /** The UTC minute of the newest upload that started this execution; a later upload starts one of its own. */
  minute: z.iso.datetime({ precision: -1 }).optional(),
  /** Targets by name (`openai`, `vertex:gemini-…`), instead of the job spec's. */
  targets: z.array(z.string()).optional(),
  /** A job spec that stands in for the drop's. */
  spec: z.strictObject({ name: z.string(), text: z.string() }).optional(),
  /** Pay again on purpose: the next generation. */
  again: z.boolean().optional(),
  /** A check whose verdict also depends on what was paid meanwhile: not the one that stands. */
  anew: z.boolean().optional(),
  /** What asked for a retraining; absent where a drop or a person asked for a run. */
  retrain: z.strictObject({ by: z.enum(['schedule', 'rows', 'retirement', 'hand']) }).optional(),
  /** A decision about a run that exists; the drop must still be in that run's state. */
  control: z.strictObject({ word: z.enum(['approve', 'cancel']), run: z.string() }).optional(),
  /** `convert`: where the user will put the media, by URI scheme (`gs`, `s3`). */
  mediaBase: z.record(z.string(), z.string()).optional(),
});
export type Request = z.infer<typeof requestSchema>;

const pinned = { key: z.string(), name: z.string(), size: z.int().nonnegative(), etag: z.string() };

export const datasetFileSchema = z.strictObject({
  ...pinned,
  /** `history`: rows of an earlier state, which lie with the results. */
  format: z.enum(['csv', 'tsv', 'xlsx', 'jsonl', 'json', 'history']),
  split: splitSchema.nullable(),
  /** Its rows are to be taken out. */
  retires: z.literal(true).optional(),
});
export type DatasetFile = z.infer<typeof datasetFileSchema>;

export const archiveFileSchema = z.strictObject({ ...pinned, entries: z.int().nonnegative() });

export const looseFileSchema = z.strictObject(pinned);
export type LooseFile = z.infer<typeof looseFileSchema>;

export const resolvedSpecSchema = z.strictObject({
  policy: z.strictObject({ maxRejected: z.union([z.int(), z.string()]) }),
  validation: z.strictObject({ share: z.number() }),
  media: z.strictObject({ verify: z.enum(['decode', 'structure']) }),
  links: z.strictObject({
    allow: z.boolean(),
    hosts: z.array(z.string()).nullable(),
    /** What the operator lets through the guard: other permissions are another run. */
    private: z.array(z.string()),
  }),
  /** Buckets whose objects rows may name: the operator's alone, and other permissions are another run. */
  objects: z.strictObject({ buckets: z.array(z.string()) }),
  generation: z.int(),
  /** Dollars for all jobs of the run, and whose limit that is. */
  budget: z.strictObject({ usd: z.number().nullable(), by: z.enum(['drop', 'operator']) }),
  /** Somebody must approve the plan before anything is paid. */
  approve: z.boolean(),
  notify: z.enum(['always', 'problems', 'never']),
  /** When the model follows the data, and when a new one becomes the current one. */
  retrain: resolvedRetrainSchema.default(() => resolveRetrain(undefined)),
});
export type ResolvedSpec = z.infer<typeof resolvedSpecSchema>;

export const runTargetSchema = targetSchema.extend({
  /** URI under which staged media lie; '' when media go into the line. */
  mediaBase: z.string(),
  /** Sound rows that it may leave out, a number or a share; no limit when absent. */
  maxExcluded: z.union([z.int(), z.string()]).optional(),
  /** A snapshot whose rows are left out: the model that training goes on from has seen them. */
  without: z.string().optional(),
  /** The key of the job that made the model which training goes on from, and where that one began: no model is trained upon its own rows again. */
  madeBy: z.strictObject({ key: z.string(), from: z.string().optional() }).optional(),
});
export type RunTarget = z.infer<typeof runTargetSchema>;

/** Where this state of the drop stands among those that were accepted before. */
const pastSchema = z.strictObject({
  /** The drop without its job spec: equal data is equal here. */
  drop: z.string(),
  mode: z.enum(HISTORIES),
  /** The newest state of other data: rows keep the sides that they had there. */
  after: z.string().nullable(),
  /** With `append`: the states whose rows are merged in, oldest first. */
  base: z.array(z.string()),
  /** Whether this state goes into the history when it is accepted. */
  isRecorded: z.boolean(),
});
export type Past = z.infer<typeof pastSchema>;

/** Of runs that were under way when finedrop began to remember. */
const NO_PAST: Past = { drop: '', mode: 'replace', after: null, base: [], isRecorded: false };

/** The pinned state of a drop, the same on every attempt: all that later steps know of the inbox. */
export const manifestSchema = z.strictObject({
  dataset: z.string(),
  run: z.string(),
  command: commandSchema,
  simulated: z.boolean(),
  spec: resolvedSpecSchema,
  targets: z.array(runTargetSchema),
  files: z.array(datasetFileSchema),
  archives: z.array(archiveFileSchema),
  /** How many; a drop may have a million, so that they lie beside the manifest (`readLoose`). */
  loose: z.int().nonnegative(),
  past: pastSchema.default(NO_PAST),
  /** What asked for this attempt. */
  by: decisionSchema.shape.by.default('drop'),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** Whether rows of this run replace others, or are taken out by a list. */
export function mergesRows({ past, files }: Pick<Manifest, 'past' | 'files'>): boolean {
  return past.mode === 'append' || files.some(({ retires }) => retires === true);
}

/** Which run an event is about; every step's event carries it. */
export const runReferenceSchema = z.object({ dataset: z.string(), run: z.string() });
export type RunReference = z.infer<typeof runReferenceSchema>;

/** The manifest that `survey` pinned. */
export async function readManifest({ results }: Services, { dataset, run }: RunReference): Promise<Manifest> {
  const manifest = await readJson(results, keys.work(dataset, run).manifest, (value) => manifestSchema.parse(value));
  if (manifest === null)
    throw new Error(`[pipeline] run ${run} of "${dataset}" has no manifest: its work was removed. Run it again.`);
  return manifest;
}

/** The loose files that `survey` pinned, by key. */
export function readLoose({ results }: Services, { dataset, run }: RunReference): AsyncGenerator<LooseFile> {
  return readJsonLines(results, keys.work(dataset, run).loose, (value) => looseFileSchema.parse(value));
}

/** Pins the loose files of a drop. */
export async function writeLoose(
  { results }: Services,
  { dataset, run }: RunReference,
  files: readonly LooseFile[],
): Promise<void> {
  await results.write(keys.work(dataset, run).loose, loosePages(files));
}

const LINES_PER_CHUNK = 1000;

async function* loosePages(files: readonly LooseFile[]): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < files.length; start += LINES_PER_CHUNK) {
    const lines = files.slice(start, start + LINES_PER_CHUNK).map((file) => `${JSON.stringify(file)}\n`);
    yield Buffer.from(lines.join(''));
  }
}

/** The target of that name in the run. */
export function targetOf(manifest: Manifest, name: string): RunTarget {
  const target = manifest.targets.find((candidate) => candidate.name === name);
  if (target === undefined) throw new Error(`[pipeline] run ${manifest.run} has no target "${name}".`);
  return target;
}
