import { z } from 'zod';
import type { Report } from '../domain/report.ts';
import type { Status } from '../domain/run.ts';
import { renderReport } from '../report/html.ts';
import { keys } from '../storage/keys.ts';
import { endClaim, findClaim } from './claims.ts';
import { readGate } from './gate.ts';
import { publishLatest } from './latest.ts';
import { type Manifest, readManifest, runReferenceSchema } from './manifest.ts';
import { type FindingsTold, publishFindings } from './publish-findings.ts';
import { publishLock } from './publish-lock.ts';
import { publishRejected } from './publish-rejected.ts';
import { composeReport, outcomeSchema } from './publish-report.ts';
import { readSamples } from './samples.ts';
import type { Services } from './services.ts';
import { writeStatus } from './status.ts';
import { readStepRecords, step } from './step.ts';

const publishEventSchema = runReferenceSchema.extend({ outcome: z.unknown() });

/** Writes the results of a run, however it ended: findings, lock, refused rows, report, and where they lie. */
export const publish = step('publish', publishEventSchema, async ({ dataset, run, outcome }, services) => {
  const manifest = await readManifest(services, { dataset, run });
  const isJudged = (await readGate(services, manifest)) !== null;
  const findings = await publishFindings(services, manifest);
  const media = isJudged ? await publishLock(services, manifest) : null;
  const rejected = isJudged ? await publishRejected(services, manifest) : [];
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
  const samples = isJudged ? await readSamples(services, manifest) : [];
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
