import { z } from 'zod';
import type { JobPlan } from '../domain/job-plan.ts';
import type { Promotion, Report } from '../domain/report.ts';
import type { Status } from '../domain/run.ts';
import { renderReport, type Sample } from '../report/html.ts';
import type { TargetMetrics } from '../report/metrics-series.ts';
import { keys } from '../storage/keys.ts';
import { ObjectChangedError } from '../storage/object-store.ts';
import { endWork } from './basis.ts';
import { endClaim, findClaim } from './claims.ts';
import { decisionOf, recordDecision } from './decisions.ts';
import { writeSuperseded } from './ending.ts';
import { readGate } from './gate-record.ts';
import { readState } from './history.ts';
import { publishLatest } from './latest.ts';
import { PUBLISHED_SHARDS } from './limits.ts';
import { type Manifest, readManifest, runReferenceSchema } from './manifest.ts';
import { recordModels, recordMoves } from './models.ts';
import { outcomeSchema } from './outcome.ts';
import { readPlanOrNull } from './plan.ts';
import { readJobResult } from './poll.ts';
import { decidePromotions } from './promotion.ts';
import { publishFindings } from './publish-findings.ts';
import { publishLock } from './publish-lock.ts';
import { giveBack, publishPlan } from './publish-plan.ts';
import { publishRejected } from './publish-rejected.ts';
import { composeReport, mayEndOtherwise } from './publish-report.ts';
import { TARGET_FILES } from './publish-target.ts';
import { NOTHING_TOLD, readTold, type Told, writeTold } from './publish-told.ts';
import { trainingDetails } from './publish-training.ts';
import { readSamples } from './samples.ts';
import { publishSchedule } from './schedules.ts';
import type { EndedRun, Services } from './services.ts';
import { readSettledGate } from './settled-gate.ts';
import { writeStatus } from './status.ts';
import { step } from './step.ts';
import { readStepRecords } from './step-records.ts';
import { readTargetMetrics } from './training-record.ts';

const PARTS = ['findings', 'media', 'rejected'] as const;
const cursorSchema = z.strictObject({ part: z.enum([...PARTS, 'report']) });

const publishEventSchema = runReferenceSchema.extend({ outcome: z.unknown(), cursor: cursorSchema.nullish() });

/** Writes the results of a run, however it ended: findings, lock, refused rows, report, and where they lie. A large run takes a call for each. */
export const publish = step('publish', publishEventSchema, async ({ dataset, run, outcome, cursor }, services) => {
  const manifest = await readManifest(services, { dataset, run });
  const begin = cursor?.part ?? PARTS[0];
  let told = begin === PARTS[0] ? NOTHING_TOLD : await readTold(services, manifest);
  const isLarge = await hasManyShards(services, manifest);
  for (const [index, part] of PARTS.entries()) {
    if (begin === 'report' || index < PARTS.indexOf(begin)) continue;
    told = { ...told, ...(await publishPart(services, manifest, part)) };
    if (!isLarge) continue;
    await writeTold(services, manifest, told);
    return { done: false, cursor: { part: PARTS[index + 1] ?? 'report' } };
  }
  const { status } = await publishReport(services, manifest, { told, outcome });
  return { done: true, cursor: null, dataset, run, status, report: keys.run(dataset, run).report };
});

async function hasManyShards(services: Services, manifest: Manifest): Promise<boolean> {
  const plan = await readPlanOrNull(services, manifest);
  return plan !== null && plan.shards > PUBLISHED_SHARDS;
}

async function publishPart(
  services: Services,
  manifest: Manifest,
  part: (typeof PARTS)[number],
): Promise<Partial<Told>> {
  const isJudged = (await readGate(services, manifest)) !== null;
  switch (part) {
    case 'findings': {
      const findings = await publishFindings(services, manifest);
      await removeOutdated(services, manifest);
      return { findings };
    }
    case 'media':
      return { media: isJudged ? await publishLock(services, manifest) : null };
    case 'rejected':
      return { rejected: isJudged ? await quoteRejected(services, manifest) : [] };
  }
}

/** What is told when all else is written: the report, and how the run has ended. */
async function publishReport(
  services: Services,
  manifest: Manifest,
  { told, outcome }: { told: Told; outcome: unknown },
): Promise<Report> {
  const composed = await composeReport(services, manifest, { ...told, outcome: outcomeSchema.parse(outcome ?? {}) });
  const plan = await publishPlan(services, manifest);
  const metrics = await readTargetMetrics(services, manifest);
  const promotions = await decidePromotions(services, manifest, { report: composed, metrics });
  const report = withPromotions(composed, promotions);
  await writeReport(services, manifest, { report, plan, metrics, ...told });
  await recordModels(services, manifest, { report, metrics });
  const moves = await publishLatest(services, report, promotions);
  await recordMoves(services.results, manifest.dataset, moves);
  await tellFuture(services, manifest, report);
  await writeStatus(services, manifest, await endOf(services, manifest, report));
  const mayPass = mayEndOtherwise(report, told.media?.retryable ?? 0);
  if (mayPass) await endWork(services, manifest);
  await endClaim(services, manifest, mayPass && report.status === 'rejected' ? 'failed' : report.status);
  await giveBack(services, manifest);
  services.progress.add('publish', {
    findings: report.findings.errors + report.findings.warnings + report.findings.infos,
  });
  await services.announce(endedRun(report, manifest.spec.notify));
  return report;
}

/** What this run means for the trainings to come: when the next is due, and what was decided of this one. */
async function tellFuture(services: Services, manifest: Manifest, report: Report): Promise<void> {
  const state = await readState(services, manifest);
  if (state !== null) await publishSchedule(services, manifest, state);
  const decision = decisionOf(manifest, report, state);
  if (decision !== null) await recordDecision(services, manifest, decision);
}

function withPromotions(report: Report, promotions: ReadonlyMap<string, Promotion>): Report {
  const targets = report.targets.map((target) => {
    const promotion = promotions.get(target.name);
    return promotion === undefined ? target : { ...target, promotion };
  });
  return { ...report, targets };
}

function endedRun({ dataset, run, status, simulated, message, targets }: Report, notify: EndedRun['notify']): EndedRun {
  const { report, html } = keys.run(dataset, run);
  return {
    dataset,
    run,
    status,
    simulated,
    notify,
    message: message ?? '',
    report,
    html,
    targets: targets.map(({ name, status: end, job }) => ({
      name,
      status: end,
      job: job?.id ?? null,
      tunedModel: job?.tunedModel ?? null,
    })),
  };
}

/** A target that is refused has no files, whatever an earlier attempt made of links that gave other files. */
async function removeOutdated(services: Services, manifest: Manifest): Promise<void> {
  const gate = await readSettledGate(services, manifest);
  const run = keys.run(manifest.dataset, manifest.run);
  for (const { name, verdict } of gate?.targets ?? []) {
    if (verdict !== 'refused') continue;
    for (const file of Object.values(TARGET_FILES)) await services.results.remove(run.target(name, file));
  }
}

/** The refused rows are read from the drop itself. Jobs that were made of a drop that has changed since stay what they are. */
async function quoteRejected(services: Services, manifest: Manifest): Promise<string[]> {
  try {
    return await publishRejected(services, manifest);
  } catch (error) {
    if (!(error instanceof ObjectChangedError)) throw error;
    if (!(await hasJobs(services, manifest))) await writeSuperseded(services, manifest, error);
    return [];
  }
}

async function hasJobs(services: Services, manifest: Manifest): Promise<boolean> {
  for (const { name } of manifest.targets) if ((await readJobResult(services, manifest, name)) !== null) return true;
  return false;
}

/** Pictures of a drop that has changed since would be others: the page does without. */
async function samplesOf(services: Services, manifest: Manifest): Promise<Sample[]> {
  try {
    return await readSamples(services, manifest);
  } catch (error) {
    if (error instanceof ObjectChangedError) return [];
    throw error;
  }
}

interface Written extends Told {
  report: Report;
  plan: JobPlan | null;
  metrics: TargetMetrics[];
}

async function writeReport(
  services: Services,
  manifest: Manifest,
  { report, plan, findings, media, rejected, metrics }: Written,
): Promise<void> {
  const run = keys.run(manifest.dataset, manifest.run);
  const samples = media !== null ? await samplesOf(services, manifest) : [];
  const html = renderReport(report, { plan, findings: findings.shown, rejected, samples, metrics });
  await services.results.write(run.html, html, { contentType: 'text/html; charset=utf-8' });
  await services.results.write(run.report, `${JSON.stringify(report, null, 2)}\n`, { contentType: 'application/json' });
  for (const target of report.targets) {
    if (target.job === null) continue;
    const details = await trainingDetails(services, manifest, target.name);
    await services.results.write(
      run.target(target.name, 'job.json'),
      `${JSON.stringify({ ...target.job, simulated: report.simulated, ...details }, null, 2)}\n`,
    );
  }
}

async function endOf(services: Services, manifest: Manifest, report: Report): Promise<Partial<Status>> {
  const claim = await findClaim(services, manifest);
  return {
    status: report.status,
    message: report.message,
    ...(claim === null ? {} : { attempt: claim.attempt, startedAt: claim.startedAt }),
    targets: report.targets.map(({ name, job }) => ({
      name,
      job: job?.id ?? null,
      state: job?.state ?? null,
      providerState: job?.providerState ?? null,
    })),
    steps: await readStepRecords(services.results, manifest),
  };
}
