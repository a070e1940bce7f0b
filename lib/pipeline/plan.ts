import { z } from 'zod';
import { type Finding, findingAt } from '../domain/finding.ts';
import { keys } from '../storage/keys.ts';
import { readJson } from '../storage/object-store.ts';
import { type Ending, writeEnding } from './ending.ts';
import { checkFixes } from './fixes.ts';
import { type Manifest, type RunReference, readManifest } from './manifest.ts';
import { mergeRows } from './merge-rows.ts';
import { writeBatches, writeLinks, writeShards } from './plan-items.ts';
import { type Gathered, gatherNeeds, MOST_LINKS } from './plan-needs.ts';
import type { Services } from './services.ts';

const AUTOMATIC_SPLIT_ROWS = 100;

export const planSchema = z.strictObject({
  /** Rows that stand: those that a fix replaces are none. */
  rows: z.int(),
  shards: z.int(),
  batches: z.int(),
  links: z.int(),
  /** No row is on a side yet: a seeded share of them validates. */
  splits: z.boolean(),
  /** Rows that the drop marks as validation. */
  validation: z.int(),
  fixes: z.int(),
});
export type Plan = z.infer<typeof planSchema>;

/** Joins what the shards need into batches, each distinct file once, and ends the run where nothing can be collected. */
export async function planCollection(services: Services, reference: RunReference): Promise<PlanAnswer> {
  const manifest = await readManifest(services, reference);
  const work = keys.work(reference.dataset, reference.run);
  const gathered = await gatherNeeds(services, manifest, work);
  const merged = await mergeRows(services, manifest, gathered);
  const batches = await writeBatches(services, manifest, work, gathered);
  const links = await writeLinks(services, work, gathered);
  await writeShards(services, manifest, work, gathered);
  const fixes = await checkFixes(services, manifest, gathered);
  const rows = gathered.rows - fixes.replaced;
  const splits = gathered.marked === 0 && rows >= AUTOMATIC_SPLIT_ROWS && manifest.spec.validation.share > 0;
  const findings = [
    ...gathered.findings,
    ...merged,
    ...fixes.findings,
    ...(gathered.links.size > MOST_LINKS ? [tooManyLinks()] : []),
    ...(splits ? [splitTold(manifest, rows)] : []),
  ];
  await services.results.write(work.planFindings, findings.map((finding) => `${JSON.stringify(finding)}\n`).join(''));
  const plan: Plan = {
    rows,
    shards: gathered.shards.length,
    batches,
    links,
    splits,
    validation: gathered.validation,
    fixes: gathered.fixes.length,
  };
  await services.results.write(work.plan, JSON.stringify(plan));
  const ending = endingOf(manifest, gathered, findings);
  if (ending !== null) await writeEnding(services, reference, ending);
  return {
    outcome: ending === null ? 'go' : 'end',
    batches: plan.batches,
    links: plan.links,
    collectItems: work.collectItems,
    linkItems: work.linkItems,
    convertItems: work.convertItems,
    linkPolicy: { hosts: manifest.spec.links.hosts },
    verify: manifest.spec.media.verify,
  };
}

/** What the state machine needs of a plan: where its maps read their items. */
interface PlanAnswer {
  outcome: 'go' | 'end';
  batches: number;
  links: number;
  collectItems: string;
  linkItems: string;
  convertItems: string;
  linkPolicy: { hosts: string[] | null };
  verify: string;
}

/** The plan of a run, written by `planCollection`. */
export async function readPlan(services: Services, { dataset, run }: RunReference): Promise<Plan> {
  const plan = await readPlanOrNull(services, { dataset, run });
  if (plan === null) throw new Error(`[pipeline] run ${run} of "${dataset}" has no plan yet.`);
  return plan;
}

/** null = the run has not come so far. */
export function readPlanOrNull({ results }: Services, { dataset, run }: RunReference): Promise<Plan | null> {
  return readJson(results, keys.work(dataset, run).plan, (value) => planSchema.parse(value));
}

function splitTold({ spec }: Manifest, rows: number): Finding {
  const percent = Math.round(spec.validation.share * 100);
  return findingAt(
    {
      code: 'VALIDATION_SPLIT',
      severity: 'info',
      message: `no row is marked as validation, and there are ${rows}: about ${percent}% of them validate, chosen by their content`,
      hint: 'Mark rows with a "split" column or a validation file, or set validation.share to 0 in the job spec.',
    },
    {},
  );
}

function tooManyLinks(): Finding {
  return findingAt(
    {
      code: 'LINKS_TOO_MANY',
      severity: 'error',
      message: `the rows name more than ${MOST_LINKS} different links`,
      hint: 'Put the files into an archive: they are read faster, and do not change.',
    },
    {},
  );
}

function endingOf(manifest: Manifest, gathered: Gathered, findings: readonly Finding[]): Ending | null {
  const refusal = findings.find(({ severity }) => severity === 'error');
  if (refusal !== undefined) {
    return {
      status: 'rejected',
      message: `${refusal.where.file ?? 'the drop'}: ${refusal.message}. ${refusal.hint ?? ''}`.trim(),
    };
  }
  const isFound = [...gathered.records.keys()].some((record) => record.startsWith('d:'));
  if (gathered.missing.size > 0 && manifest.archives.length === 0 && !isFound) {
    const missing = [...gathered.missing].sort();
    const named = `${missing.length} file${missing.length === 1 ? '' : 's'} that rows name ${missing.length === 1 ? 'has' : 'have'} not arrived`;
    return { status: 'waiting', message: `${named}; add a ZIP that holds them, or the files themselves.`, missing };
  }
  if (gathered.rows === 0) return { status: 'rejected', message: 'the dataset files hold no rows.' };
  return null;
}
