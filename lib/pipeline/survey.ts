import { z } from 'zod';
import { hashOf, sha256 } from '../domain/canonical.ts';
import { type Finding, findingAt } from '../domain/finding.ts';
import type { Claim, RunStatus } from '../domain/run.ts';
import { keys } from '../storage/keys.ts';
import { indexArchive } from './archives.ts';
import { claimRun, listClaims } from './claims.ts';
import { type Drop, readDrop } from './drop.ts';
import { writeEnding } from './ending.ts';
import { type Resolved, resolveJobSpec } from './job-spec.ts';
import { type Manifest, type Request, type RunReference, requestSchema } from './manifest.ts';
import type { Services } from './services.ts';
import { writeStatus } from './status.ts';
import { step } from './step.ts';

const surveyEventSchema = z.object({
  request: requestSchema,
  /** The listing that the last call saw; two that agree are a settled drop. */
  cursor: z.strictObject({ identity: z.string() }).nullish(),
});

/** Settles and claims the drop, and pins what every later step reads: objects, job spec, targets, archive directories. */
export const survey = step('survey', surveyEventSchema, async ({ request, cursor }, services) => {
  const drop = await readDrop(services.inbox, request.dataset);
  if (cursor?.identity !== drop.identity) {
    return { outcome: 'settling', waitSeconds: services.operator.settleSeconds, cursor: { identity: drop.identity } };
  }
  const resolved = await resolveJobSpec(services, drop, request);
  const generation = await generationOf(services, request, resolved);
  const manifest = pin(services, request, drop, { ...resolved, spec: { ...resolved.spec, generation } });
  const reference = { dataset: manifest.dataset, run: manifest.run };
  const claiming = await claimRun(services, reference, { command: request.command, generation });
  if ('duplicate' in claiming) return duplicate(services, reference, claiming.duplicate);
  return begin(services, reference, { manifest, drop, resolved, claim: claiming.claimed });
});

/** `--again` takes one generation more than the drop ever had, or goes on with the newest if that has not ended. */
async function generationOf(services: Services, request: Request, { spec }: Resolved): Promise<number> {
  if (request.again !== true) return spec.generation;
  let newest: Claim | null = null;
  for await (const claim of listClaims(services.results, request.dataset)) {
    if (claim.command === 'run' && claim.generation >= (newest?.generation ?? -1)) newest = claim;
  }
  if (newest === null) return spec.generation;
  const isOver = newest.status !== 'running' || (await services.isRunning(newest));
  return Math.max(spec.generation, isOver ? newest.generation + 1 : newest.generation);
}

function pin(services: Services, request: Request, drop: Drop, { spec, targets }: Resolved): Manifest {
  const { simulated } = services;
  const run = sha256(
    [drop.identity, hashOf({ spec, targets }), request.command, simulated ? 'simulated' : 'live'].join('\n'),
  ).slice(0, 16);
  const archives = drop.archives.map((archive) => ({ ...archive, entries: 0 }));
  return {
    dataset: request.dataset,
    run,
    command: request.command,
    simulated,
    spec,
    targets,
    files: drop.files,
    archives,
    loose: drop.loose,
  };
}

async function duplicate(services: Services, { dataset, run }: RunReference, claim: Claim): Promise<unknown> {
  services.log.info('this state of the drop has been run already', { dataset, run });
  return { outcome: 'duplicate', dataset, run, duplicateOf: run, status: claim.status };
}

interface Begun {
  manifest: Manifest;
  drop: Drop;
  resolved: Resolved;
  claim: Claim;
}

async function begin(
  services: Services,
  reference: RunReference,
  { manifest, drop, resolved, claim }: Begun,
): Promise<unknown> {
  await writeStatus(services, manifest, { status: 'running', attempt: claim.attempt, startedAt: claim.startedAt });
  // An earlier attempt may have noted an ending that this one need not come to.
  await services.results.remove(keys.work(reference.dataset, reference.run).ending);
  const indexed = await Promise.all(
    drop.archives.map((archive, number) => indexArchive(services, reference, archive, number)),
  );
  const archives = drop.archives.map((archive, number) => ({ ...archive, entries: indexed[number]?.entries ?? 0 }));
  const work = keys.work(reference.dataset, reference.run);
  const pinned: Manifest = { ...manifest, archives };
  await services.results.write(work.manifest, JSON.stringify(pinned));
  const findings = [
    ...drop.findings,
    ...resolved.findings,
    ...indexed.flatMap((one) => one.findings),
    ...commandFindings(pinned, resolved),
  ];
  await services.results.write(work.surveyFindings, findings.map((finding) => `${JSON.stringify(finding)}\n`).join(''));
  const ending = endingOf(pinned, findings);
  if (ending !== null) await writeEnding(services, reference, ending);
  services.progress.add('survey', { files: pinned.files.length, archives: archives.length });
  return {
    outcome: ending === null ? 'go' : 'end',
    ...reference,
    files: pinned.files.map((_file, index) => index),
  };
}

/** What is not about the data, and needs saying before anything else. */
function commandFindings({ command }: Manifest, { targets }: Resolved): Finding[] {
  if (command !== 'convert') return [];
  return targets
    .filter(({ mediaBase }) => mediaBase.endsWith('://your-bucket/media'))
    .map(({ name, mediaBase }) =>
      findingAt(
        {
          code: 'MEDIA_BASE_PLACEHOLDER',
          severity: 'info',
          message: `the lines name media under "${mediaBase}", which is a placeholder`,
          hint: `Give --media-base with the place you will upload ${name}/media to.`,
        },
        {},
        name,
      ),
    );
}

function endingOf(
  { dataset, files, targets }: Manifest,
  findings: readonly Finding[],
): { status: RunStatus; message: string; missing?: string[] } | null {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first !== undefined) {
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    return {
      status: 'rejected',
      message:
        `${first.where.file === undefined ? '' : `${first.where.file}: `}${first.message}${more}. ${first.hint ?? ''}`.trim(),
    };
  }
  if (targets.length === 0) return { status: 'rejected', message: 'the job spec names no target that can be used.' };
  if (files.length > 0) return null;
  const missing = ['a dataset file: .csv, .tsv, .xlsx, .jsonl or .json'];
  return {
    status: 'waiting',
    message: `"${dataset}" holds no dataset file yet; add a .csv, .tsv, .xlsx, .jsonl or .json file and it will run.`,
    missing,
  };
}
