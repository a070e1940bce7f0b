import { type Finding, findingSchema } from '../domain/finding.ts';
import { keys, type WorkKeys } from '../storage/keys.ts';
import { ObjectMissingError, readBytes, readJson, readJsonLines } from '../storage/object-store.ts';
import { tellChecks } from './dataset-checks-findings.ts';
import { type Checks, checksSchema, makePass, noChecks, passesOf } from './dataset-checks-passes.ts';
import type { Manifest } from './manifest.ts';
import type { Plan } from './plan.ts';
import type { Services } from './services.ts';

/** What one call of the gate compares. Ten million rows are ten passes over ten thousand shards for each kind of hash, two passes a call. */
export interface ChecksLimits {
  /** Distinct hashes that one pass holds: a million are less than 100 MB. */
  perPass: number;
  /** Shards read by one call, about a minute: 50 KB each. */
  readsPerCall: number;
}

const LIMITS: ChecksLimits = { perPass: 1_000_000, readsPerCall: 20_000 };

/**
 * Compares all accepted rows with each other: the same row twice, one input with two answers, the same on both sides. Only facts of fixed
 * size are read, in as many passes as memory asks for. The answer is how many passes are done, null = all of them, and the findings stand.
 */
export async function checkDataset(
  services: Services,
  manifest: Manifest,
  plan: Plan,
  { done, limits = LIMITS }: { done: number; limits?: ChecksLimits },
): Promise<number | null> {
  const work = keys.work(manifest.dataset, manifest.run);
  if ((await services.results.head(work.datasetFindings)) !== null) return null;
  let { checks, leaked } = await checksAfter(services, work, plan, done);
  let starts: number[] = [];
  const atOnce = Math.max(1, Math.floor(limits.readsPerCall / Math.max(plan.shards, 1)));
  for (let made = 0; made < atOnce; made += 1) {
    const pass = passesOf(plan, checks, limits.perPass)[checks.passes];
    if (pass === undefined) break;
    ({ checks, starts } = await makePass(services, checks, { work, plan, pass, leaked }));
  }
  if (checks.passes < passesOf(plan, checks, limits.perPass).length) {
    await services.results.write(work.leaked(checks.passes), leaked);
    await services.results.write(work.checks(checks.passes), JSON.stringify(checks));
    return checks.passes;
  }
  const told = await tellChecks(services, manifest, { checks, starts });
  await services.results.write(work.datasetFindings, told.map((one) => `${JSON.stringify(one)}\n`).join(''));
  return null;
}

/** A call that is tried again begins where the call before it ended. */
async function checksAfter(
  { results }: Services,
  work: WorkKeys,
  plan: Plan,
  done: number,
): Promise<{ checks: Checks; leaked: Uint8Array }> {
  if (done === 0) return { checks: noChecks(), leaked: new Uint8Array(Math.ceil(plan.rows / 8)) };
  const checks = await readJson(results, work.checks(done), (value) => checksSchema.parse(value));
  const leaked = await readBytes(results, work.leaked(done));
  if (checks === null || leaked === null) throw new Error('[gate] what was compared before is missing. Run again.');
  return { checks, leaked };
}

/** What comparing the rows has found, by the shard at whose rows it stands; null = it is about no row. None before the gate. */
export async function readDatasetFindings(
  { results }: Services,
  { dataset, run }: Pick<Manifest, 'dataset' | 'run'>,
): Promise<Map<number | null, Finding[]>> {
  const byShard = new Map<number | null, Finding[]>();
  try {
    for await (const { shard, finding } of readJsonLines(results, keys.work(dataset, run).datasetFindings, parseTold)) {
      const ofShard = byShard.get(shard) ?? [];
      ofShard.push(finding);
      byShard.set(shard, ofShard);
    }
  } catch (error) {
    if (!(error instanceof ObjectMissingError)) throw error;
  }
  return byShard;
}

function parseTold(value: unknown): { shard: number | null; finding: Finding } {
  const { shard, finding } = value as { shard: number | null; finding: unknown };
  return { shard, finding: findingSchema.parse(finding) };
}
