import { z } from 'zod';
import type { Report } from '../domain/report.ts';
import type { Status } from '../domain/run.ts';
import { renderReport, type Sample } from '../report/html.ts';
import { keys } from '../storage/keys.ts';
import { ObjectChangedError } from '../storage/object-store.ts';
import { endWork } from './basis.ts';
import { endClaim, findClaim } from './claims.ts';
import { writeSuperseded } from './ending.ts';
import { readGate } from './gate.ts';
import { publishLatest } from './latest.ts';
import { type Manifest, readManifest, runReferenceSchema } from './manifest.ts';
import { outcomeSchema } from './outcome.ts';
import { readJobResult } from './poll.ts';
import { type FindingsTold, publishFindings } from './publish-findings.ts';
import { publishLock } from './publish-lock.ts';
import { publishRejected } from './publish-rejected.ts';
import { composeReport, mayEndOtherwise } from './publish-report.ts';
import { TARGET_FILES } from './publish-target.ts';
import { readSamples } from './samples.ts';
import type { EndedRun, Services } from './services.ts';
import { writeStatus } from './status.ts';
import { step } from './step.ts';
import { readStepRecords } from './step-records.ts';

const publishEventSchema = runReferenceSchema.extend({ outcome: z.unknown() });

/** Writes the results of a run, however it ended: findings, lock, refused rows, report, and where they lie. */
export const publish = step('publish', publishEventSchema, async ({ dataset, run, outcome }, services) => {
  const manifest = await readManifest(services, { dataset, run });
  const isJudged = (await readGate(services, manifest)) !== null;
  const findings = await publishFindings(services, manifest);
  await removeOutdated(services, manifest);
  const media = isJudged ? await publishLock(services, manifest) : null;
  const rejected = isJudged ? await quoteRejected(services, manifest) : [];
  const report = await composeReport(services, manifest, {
    findings,
    media,
    outcome: outcomeSchema.parse(outcome ?? {}),
  });
  await writeReport(services, manifest, { report, findings, rejected, isJudged });
  await publishLatest(services, report);
  await writeStatus(services, manifest, await endOf(services, manifest, report));
  const mayPass = mayEndOtherwise(report, media?.retryable ?? 0);
  if (mayPass) await endWork(services, manifest);
  await endClaim(services, manifest, mayPass && report.status === 'rejected' ? 'failed' : report.status);
  services.progress.add('publish', {
    findings: report.findings.errors + report.findings.warnings + report.findings.infos,
  });
  await services.announce(endedRun(report));
  return { dataset, run, status: report.status, report: keys.run(dataset, run).report };
});

function endedRun({ dataset, run, status, simulated, message, targets }: Report): EndedRun {
  const { report, html } = keys.run(dataset, run);
  return {
    dataset,
    run,
    status,
    simulated,
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
  const gate = await readGate(services, manifest);
  const run = keys.run(manifest.dataset, manifest.run);
  for (const { name, verdict } of gate?.targets ?? []) {
    if (verdict === 'accepted') continue;
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

interface Written {
  report: Report;
  findings: FindingsTold;
  rejected: readonly string[];
  isJudged: boolean;
}

async function writeReport(
  services: Services,
  manifest: Manifest,
  { report, findings, rejected, isJudged }: Written,
): Promise<void> {
  const run = keys.run(manifest.dataset, manifest.run);
  const samples = isJudged ? await samplesOf(services, manifest) : [];
  const html = renderReport(report, { findings: findings.shown, rejected, samples });
  await services.results.write(run.html, html, { contentType: 'text/html; charset=utf-8' });
  await services.results.write(run.report, `${JSON.stringify(report, null, 2)}\n`, { contentType: 'application/json' });
  for (const target of report.targets) {
    if (target.job !== null)
      await services.results.write(
        run.target(target.name, 'job.json'),
        `${JSON.stringify({ ...target.job, simulated: report.simulated }, null, 2)}\n`,
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
