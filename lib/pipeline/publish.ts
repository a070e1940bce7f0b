import { z } from 'zod';
import type { Report } from '../domain/report.ts';
import type { Status } from '../domain/run.ts';
import { renderReport, type Sample } from '../report/html.ts';
import { keys } from '../storage/keys.ts';
import { ObjectChangedError } from '../storage/object-store.ts';
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
import { composeReport } from './publish-report.ts';
import { readSamples } from './samples.ts';
import type { Services } from './services.ts';
import { writeStatus } from './status.ts';
import { step } from './step.ts';
import { readStepRecords } from './step-records.ts';

const publishEventSchema = runReferenceSchema.extend({ outcome: z.unknown() });

/** Writes the results of a run, however it ended: findings, lock, refused rows, report, and where they lie. */
export const publish = step('publish', publishEventSchema, async ({ dataset, run, outcome }, services) => {
  const manifest = await readManifest(services, { dataset, run });
  const isJudged = (await readGate(services, manifest)) !== null;
  const findings = await publishFindings(services, manifest);
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
  const isRetryable = report.status === 'rejected' && (media?.retryable ?? 0) > 0;
  await endClaim(services, manifest, isRetryable ? 'failed' : report.status);
  if (isRetryable) await forget(services, manifest);
  services.progress.add('publish', {
    findings: report.findings.errors + report.findings.warnings + report.findings.infos,
  });
  return { dataset, run, status: report.status, report: keys.run(dataset, run).report };
});

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

/** What was concluded from servers that were away must not stand in the next attempt's way. */
async function forget({ results }: Services, { dataset, run }: Manifest): Promise<void> {
  for await (const { key } of results.list(keys.work(dataset, run).root)) await results.remove(key);
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
