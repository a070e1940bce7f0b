import { z } from 'zod';
import { hashOf, sha256 } from '../domain/canonical.ts';
import type { Finding } from '../domain/finding.ts';
import { waitsForTrigger } from '../domain/retrain.ts';
import type { Claim, RunStatus } from '../domain/run.ts';
import { keys } from '../storage/keys.ts';
import { ObjectChangedError } from '../storage/object-store.ts';
import { indexArchive } from './archives.ts';
import { openWork } from './basis.ts';
import { cancelClaim, claimRun, findClaim, listClaims } from './claims.ts';
import { decisionOfDuplicate, recordDecision } from './decisions.ts';
import { type Drop, readDrop } from './drop.ts';
import { writeEnding, writeSuperseded } from './ending.ts';
import { readHistory } from './history.ts';
import { inParallel } from './in-parallel.ts';
import { placeholderFindings, type Resolved, resolveJobSpec } from './job-spec.ts';
import {
  type Manifest,
  type Request,
  type RunReference,
  type RunTarget,
  requestSchema,
  writeLoose,
} from './manifest.ts';
import { askEnds } from './model-ends.ts';
import { lastTrained, readModels } from './models.ts';
import { readPast } from './past.ts';
import { renewSchedule } from './schedules.ts';
import type { Services } from './services.ts';
import { writeStatus } from './status.ts';
import { step } from './step.ts';

/** A directory may have 64 MiB; a hostile drop holds thousands of archives. */
const ARCHIVES_AT_ONCE = 4;

const surveyEventSchema = z.object({
  request: requestSchema,
  /** The listing that the last call saw; two that agree are a settled drop. */
  cursor: z.strictObject({ identity: z.string() }).nullish(),
});

/** Settles and claims the drop, and pins what every later step reads: objects, job spec, targets, archive directories. */
export const survey = step('survey', surveyEventSchema, async ({ request, cursor }, services) => {
  const stopped = request.control?.word === 'cancel' ? await cancelRunning(services, request) : null;
  if (stopped !== null) return stopped;
  const drop = await readDrop(services.inbox, request.dataset);
  const resolved = cursor?.identity === drop.identity ? await resolveSettled(services, drop, request) : null;
  if (resolved === null) return settle(services, request, drop);
  const manifest = await pin(services, await orWait(services, request, resolved), drop, resolved);
  const reference = { dataset: manifest.dataset, run: manifest.run };
  // What was decided is about a state of the drop that is gone.
  if (request.control !== undefined && request.control.run !== manifest.run)
    return { outcome: 'superseded', dataset: manifest.dataset };
  const claiming = await claimRun(services, reference, {
    command: manifest.command,
    generation: manifest.spec.generation,
    ...(request.control?.word === 'cancel' ? { cancel: true } : {}),
    anew: request.anew === true && request.command === 'check',
  });
  if ('duplicate' in claiming) return duplicateOf(services, request, { manifest, claim: claiming.duplicate });
  return begin(services, reference, { manifest, drop, resolved, claim: claiming.claimed });
});

async function duplicateOf(
  services: Services,
  request: Request,
  { manifest, claim }: { manifest: Manifest; claim: Claim },
): Promise<unknown> {
  // Who drops the same again asks for nothing.
  const isAsked = manifest.command === 'run' && request.retrain !== undefined;
  if (isAsked) await recordDecision(services, manifest, decisionOfDuplicate(claim));
  // A job spec from elsewhere may say otherwise when to train again: that makes no other run.
  const isElsewhere = request.spec !== undefined && manifest.past.isRecorded;
  if (isElsewhere && claim.status === 'completed') await renewSchedule(services, manifest);
  return duplicate(services, manifest, claim);
}

/** Where something else says when to train, an upload is only checked and becomes a state of the history. The first one trains at once. */
async function orWait(services: Services, request: Request, { spec }: Resolved): Promise<Request> {
  const isUpload = request.minute !== undefined && request.command === 'run';
  if (!isUpload || !waitsForTrigger(spec.retrain)) return request;
  const trained = lastTrained(await readModels(services.results, request.dataset), services.simulated);
  const hasBegun = trained !== null || (await isTraining(services, request.dataset));
  return hasBegun ? { ...request, command: 'check' } : request;
}

/** The first training may take days, and uploads come meanwhile. */
async function isTraining(services: Services, dataset: string): Promise<boolean> {
  const newest = (await readHistory(services.results, dataset)).states.at(-1);
  const claim = newest === undefined ? null : await findClaim(services, { dataset, run: newest.run });
  return claim?.status === 'running' && claim.command === 'run' && services.isRunning(claim);
}

/** A run that is under way is told by its claim; its own execution ends it. null = it is not under way. */
async function cancelRunning(services: Services, { dataset, control }: Request): Promise<unknown> {
  const reference = { dataset, run: control?.run ?? '' };
  const claim = await cancelClaim(services, reference);
  return claim === null ? null : duplicate(services, reference, claim);
}

const MINUTE_MS = 60_000;
/** A message's time and its object's may differ by this much: a drop that two executions take is submitted once, one that neither takes is lost. */
const SKEW_MS = 5_000;

/** Another listing must agree. The wait outlasts the minute that absorbs uploads; what comes later has an execution of its own. */
function settle({ operator, now }: Services, { dataset, minute }: Request, { newest, identity }: Drop): unknown {
  const end = minute === undefined ? null : Date.parse(minute) + MINUTE_MS;
  if (end !== null && newest !== null && newest.getTime() >= end + SKEW_MS) return { outcome: 'superseded', dataset };
  const untilEnd = end === null ? 0 : Math.ceil((end - now().getTime()) / 1000);
  return { outcome: 'settling', waitSeconds: Math.max(operator.settleSeconds, untilEnd), cursor: { identity } };
}

/** null = the job spec changed after the drop was listed: it has not settled. */
async function resolveSettled(services: Services, drop: Drop, request: Request): Promise<Resolved | null> {
  try {
    return await resolveJobSpec(services, drop, request);
  } catch (error) {
    if (error instanceof ObjectChangedError) return null;
    throw error;
  }
}

/** What this execution is to do, by the state of the drop and all that was asked of it. */
async function pin(services: Services, request: Request, drop: Drop, resolved: Resolved): Promise<Manifest> {
  const { simulated } = services;
  const { dataset, command } = request;
  const { past, kept, findings, identity: before } = await readPast(services, drop, request, resolved.spec.retrain);
  drop.findings.push(...findings);
  const isUpload = request.minute !== undefined;
  const runOf = await runNamer(services, request, { drop, resolved, before });
  const generation = await generationOf(services, request, { spec: resolved.spec, runOf });
  const archives = drop.archives.map((archive) => ({ ...archive, entries: 0 }));
  return {
    dataset,
    run: runOf(generation),
    command,
    simulated,
    spec: { ...resolved.spec, generation },
    targets: resolved.targets,
    files: [...drop.files, ...kept],
    archives,
    loose: drop.loose.length,
    past,
    by: request.retrain?.by ?? (isUpload ? 'drop' : 'hand'),
  };
}

type RunNamer = (generation: number) => string;

/**
 * The run's id: whatever makes another result is in it. What was wrong with the request is, too: another mistake is another run.
 * Limits of money, who is told, and when to retrain, make no other result: a run that was held goes on when its limit is raised.
 */
async function runNamer(
  services: Services,
  { command }: Request,
  { drop, resolved: { spec: whole, targets, findings }, before }: { drop: Drop; resolved: Resolved; before: object },
): Promise<RunNamer> {
  const { simulated } = services;
  const { budget: _budget, approve: _approve, notify: _notify, retrain: _retrain, ...spec } = whole;
  const problems = findings.filter(({ severity }) => severity === 'error');
  const accounts = await Promise.all(targets.map((target) => accountOf(services, target)));
  return (generation) => {
    const asked = hashOf({ spec: { ...spec, generation }, targets, problems, accounts, before });
    return sha256([drop.identity, asked, command, simulated ? 'simulated' : 'live'].join('\n')).slice(0, 16);
  };
}

/** Who would pay, and by which service's limits: the same data for another is another run. */
async function accountOf(services: Services, { provider: name }: RunTarget): Promise<Record<string, string>> {
  const provider = await services.provider(name);
  if (provider === null) return {};
  const { profile } = provider.capabilities;
  return { ...provider.account(services.settings(provider)), ...(profile === undefined ? {} : { profile }) };
}

/** `--again` takes one generation more than the drop ever had, or goes on with that one if its run has not ended. */
async function generationOf(
  services: Services,
  request: Request,
  { spec, runOf }: { spec: Resolved['spec']; runOf: RunNamer },
): Promise<number> {
  if (request.control !== undefined) {
    const claim = await findClaim(services, { dataset: request.dataset, run: request.control.run });
    return claim?.generation ?? spec.generation;
  }
  if (request.again !== true) return spec.generation;
  let highest = -1;
  const open = new Set<string>();
  for await (const { command, generation, run, status } of listClaims(services.results, request.dataset)) {
    if (command !== 'run') continue;
    highest = Math.max(highest, generation);
    if (status === 'running' || status === 'held') open.add(run);
  }
  if (highest === -1) return spec.generation;
  return Math.max(spec.generation, open.has(runOf(highest)) ? highest : highest + 1);
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

async function begin(services: Services, reference: RunReference, begun: Begun): Promise<unknown> {
  const { manifest, claim } = begun;
  await writeStatus(services, manifest, { status: 'running', attempt: claim.attempt, startedAt: claim.startedAt });
  await openWork(services, reference);
  // An earlier attempt may have noted an ending that this one need not come to.
  await services.results.remove(keys.work(reference.dataset, reference.run).ending);
  await writeLoose(services, reference, begun.drop.loose);
  await writeManifest(services, manifest);
  const isGoing = await examine(services, reference, begun);
  services.progress.add('survey', { files: manifest.files.length, archives: manifest.archives.length });
  return { outcome: isGoing ? 'go' : 'end', ...reference, files: manifest.files.map((_file, index) => index) };
}

/** Whether there is anything to go on with. */
async function examine(services: Services, reference: RunReference, begun: Begun): Promise<boolean> {
  try {
    const { pinned, findings } = await lookInside(services, reference, begun);
    await writeManifest(services, pinned);
    const text = findings.map((finding) => `${JSON.stringify(finding)}\n`).join('');
    await services.results.write(keys.work(reference.dataset, reference.run).surveyFindings, text);
    const ending = endingOf(pinned, findings);
    if (ending !== null) await writeEnding(services, reference, ending);
    return ending === null;
  } catch (error) {
    if (!(error instanceof ObjectChangedError)) throw error;
    await writeSuperseded(services, reference, error);
    return false;
  }
}

async function lookInside(
  services: Services,
  reference: RunReference,
  { manifest, drop, resolved, claim }: Begun,
): Promise<{ pinned: Manifest; findings: Finding[] }> {
  const indexed: Awaited<ReturnType<typeof indexArchive>>[] = [];
  await inParallel(drop.archives.entries(), ARCHIVES_AT_ONCE, async ([number, archive]) => {
    indexed[number] = await indexArchive(services, reference, archive, number);
  });
  const archives = drop.archives.map((archive, number) => ({ ...archive, entries: indexed[number]?.entries ?? 0 }));
  const pinned: Manifest = { ...manifest, archives };
  const findings = [
    ...drop.findings,
    ...resolved.findings,
    ...indexed.flatMap((one) => one.findings),
    ...placeholderFindings(pinned, resolved),
    ...(claim.cancel === true ? [] : await askEnds(services, pinned)),
  ];
  return { pinned, findings };
}

async function writeManifest({ results }: Services, manifest: Manifest): Promise<void> {
  await results.write(keys.work(manifest.dataset, manifest.run).manifest, JSON.stringify(manifest));
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
