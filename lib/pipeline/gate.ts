import { z } from 'zod';
import { hashOf } from '../domain/canonical.ts';
import { findingAt, findingSchema } from '../domain/finding.ts';
import { planName } from '../domain/job-plan.ts';
import type { DatasetTotals, Provider } from '../providers/provider.ts';
import { keys, type WorkKeys } from '../storage/keys.ts';
import { readJson } from '../storage/object-store.ts';
import { isCancelled } from './claims.ts';
import { modelOf } from './convert-target.ts';
import { checkDataset } from './dataset-checks.ts';
import { writeEnding } from './ending.ts';
import { nothingLeft, tooManyExcluded, validationNotTaken } from './gate-issues.ts';
import { type Gate, type GateTarget, gateSchema, gateTargetSchema, readGate } from './gate-record.ts';
import { contentHash, sumRows, sumTarget, writeMediaItems } from './gate-sums.ts';
import { judgeMoney, NO_MONEY } from './hold.ts';
import { readLedger } from './ledger.ts';
import { WEIGHED_SHARDS } from './limits.ts';
import { type Manifest, type RunTarget, readManifest, runReferenceSchema } from './manifest.ts';
import { type Plan, readPlan } from './plan.ts';
import { priceOf } from './price.ts';
import { rejectedName } from './publish-rejected.ts';
import { rowsAllowed } from './row-limit.ts';
import type { Services } from './services.ts';
import { recordState } from './snapshot.ts';
import { step } from './step.ts';
import type { TargetSummary } from './target-summary.ts';
import { nothingNew, withTrainedBefore } from './trained-before.ts';
import { validationSurplus } from './validation-side.ts';

const count = z.int().nonnegative();

const weighedSchema = z.strictObject({
  target: gateTargetSchema,
  findings: z.array(findingSchema),
  /** Files to stage; null = refused. */
  media: count.nullable(),
});
type Weighed = z.infer<typeof weighedSchema>;

/** What the calls before have weighed. */
const weighedSoFarSchema = z.strictObject({ rows: gateSchema.shape.rows, weighed: z.array(weighedSchema) });
type WeighedSoFar = z.infer<typeof weighedSoFarSchema>;

/** How many targets were weighed, before that how many passes over the rows were made, and whether the state was recorded after it, by the calls before. */
const cursorSchema = z.strictObject({ weighed: count, compared: count.optional(), recorded: z.boolean().optional() });

const gateEventSchema = runReferenceSchema.extend({ cursor: cursorSchema.nullish() });

/** Decides, from counts alone, which targets may go on: nothing is staged or paid before. A large run takes a call for each target. */
export const gate = step('gate', gateEventSchema, async ({ dataset, run, cursor }, services) => {
  const manifest = await readManifest(services, { dataset, run });
  const plan = await readPlan(services, manifest);
  const work = keys.work(manifest.dataset, manifest.run);
  const compared = await checkDataset(services, manifest, plan, { done: cursor?.compared ?? 0 });
  if (compared !== null) return { done: false, cursor: { weighed: 0, compared } };
  const { rows, weighed } = await soFar(services, { work, plan, weighed: cursor?.weighed ?? 0 });
  const refusal = refusalOf(manifest, rows);
  const atOnce = plan.shards > WEIGHED_SHARDS ? 1 : manifest.targets.length;
  for (const target of manifest.targets.slice(weighed.length, weighed.length + atOnce))
    weighed.push(await weigh(services, { manifest, plan, work, target, rows, refusal }));
  if (weighed.length < manifest.targets.length) {
    await services.results.write(work.gateSoFar, JSON.stringify({ rows, weighed }));
    return { done: false, cursor: { weighed: weighed.length } };
  }
  if (manifest.past.isRecorded && refusal === null && cursor?.recorded !== true) {
    await recordState(services, manifest, plan);
    if (plan.shards > WEIGHED_SHARDS) {
      await services.results.write(work.gateSoFar, JSON.stringify({ rows, weighed }));
      return { done: false, cursor: { weighed: weighed.length, recorded: true } };
    }
  }
  return { done: true, cursor: null, ...(await decide(services, manifest, { rows, weighed, refusal })) };
});

async function soFar(
  services: Services,
  { work, plan, weighed }: { work: WorkKeys; plan: Plan; weighed: number },
): Promise<WeighedSoFar> {
  if (weighed === 0) return { rows: await sumRows(services, work, plan), weighed: [] };
  const before = await readJson(services.results, work.gateSoFar, (value) => weighedSoFarSchema.parse(value));
  if (before === null || before.weighed.length < weighed)
    throw new Error('[gate] what was weighed before is missing. Run again.');
  // A call that is tried again finds what it wrote itself.
  return { ...before, weighed: before.weighed.slice(0, weighed) };
}

/** A target that goes on, as the state machine hands it to its child. */
interface Going {
  name: string;
  media: number;
  mediaItems: string;
  mayCreate: boolean;
}

async function decide(
  services: Services,
  manifest: Manifest,
  { rows, weighed, refusal }: WeighedSoFar & { refusal: string | null },
): Promise<{ outcome: 'go' | 'end'; targets: Going[] }> {
  const work = keys.work(manifest.dataset, manifest.run);
  const targets = weighed.map(({ target }) => target);
  const cancelled = await isCancelled(services, manifest);
  const plan = planName(manifest, targets);
  const accepted = targets.filter(({ verdict }) => verdict === 'accepted');
  const money = cancelled ? NO_MONEY : await judgeMoney(services, manifest, { plan, targets: accepted });
  const isHeld = money.held !== null && manifest.command === 'run';
  const judged = isHeld ? targets.map(hold) : targets;
  const decided: Gate = {
    rows,
    targets: cancelled ? judged.map((target) => ({ ...target, mayCreate: false })) : judged,
    findings: weighed.flatMap(({ findings }) => findings),
    plan,
    money: { ...money, reservedOn: money.reservedOn ?? (await reservedBefore(services, manifest)) },
  };
  await services.results.write(work.gate, JSON.stringify(decided));
  if (refusal !== null) await writeEnding(services, manifest, { status: 'rejected', message: refusal });
  const going: Going[] = [];
  for (const [index, target] of decided.targets.entries()) {
    const { name, mayCreate } = target;
    if (manifest.command === 'check' || !(await goesOn(services, target))) continue;
    going.push({ name, media: weighed[index]?.media ?? 0, mediaItems: work.mediaItems(name), mayCreate });
  }
  return { outcome: going.length > 0 ? 'go' : 'end', targets: going };
}

/** What may have no new job goes on where one exists, or where an earlier attempt may have made one: that must be found to be followed, or stopped. */
async function goesOn(services: Services, { verdict, mayCreate, job, key }: GateTarget): Promise<boolean> {
  if (mayCreate || (verdict === 'accepted' && job !== null)) return true;
  return (await readLedger(services, key))?.entry.state === 'intent';
}

/** The day on which an earlier attempt reserved what it was about to spend: if nothing came of it, this attempt gives it back. */
async function reservedBefore(services: Services, manifest: Manifest): Promise<string | null> {
  return (await readGate(services, manifest))?.money.reservedOn ?? null;
}

/** A job that exists is not paid again: nobody has to decide about it. */
function hold(target: GateTarget): GateTarget {
  if (target.verdict !== 'accepted' || target.job !== null) return target;
  return { ...target, verdict: 'held', mayCreate: false, message: 'nothing was submitted: the plan is held.' };
}

function refusalOf({ spec, command, files }: Manifest, { accepted, rejected }: Gate['rows']): string | null {
  const total = accepted + rejected;
  const allowed = rowsAllowed(spec.policy.maxRejected, total);
  if (rejected > allowed) {
    const many = `${rejected} of ${total} rows ${rejected === 1 ? 'is' : 'are'} refused, and policy.maxRejected is ${spec.policy.maxRejected}`;
    const nothing = command === 'run' ? 'nothing was submitted' : 'the data is not ready';
    // A file that was dropped back before holds mended rows: writing over it would lose them.
    const before = files.find(({ name }) => rejectedName(name) === name);
    const place = before === undefined ? 'beside the original' : `beside "${before.name}" under another name`;
    return `${many}: ${nothing}. Mend the rows in rejected/ and drop that file ${place}, or let them pass with policy: {maxRejected: ${rejected}} in finedrop.yaml.`;
  }
  return accepted === 0 ? 'no row is left to train on.' : null;
}

interface Weighing {
  manifest: Manifest;
  plan: Plan;
  work: WorkKeys;
  target: RunTarget;
  rows: Gate['rows'];
  refusal: string | null;
}

async function weigh(services: Services, { manifest, plan, work, target, rows, refusal }: Weighing): Promise<Weighed> {
  const provider = await services.provider(target.provider);
  if (provider === null) throw new Error(`[gate] there is no provider "${target.provider}".`);
  const totals = await sumTarget(services, work, target, plan);
  const dataset = datasetTotals(totals);
  const found = totals.accepted === 0 ? [nothingLeft(provider)] : provider.checkDataset(dataset, target);
  const issues = withTrainedBefore(target, totals, found);
  const model = modelOf(provider, target);
  if (!model.validation.value && rows.validation > 0) issues.push(validationNotTaken(target, rows.validation));
  const known = { ...plan, share: manifest.spec.validation.share };
  const surplus = validationSurplus(model, provider.capabilities.title, known);
  if (surplus !== null) issues.push(surplus);
  const missed = tooManyExcluded(target, totals);
  if (missed !== null) issues.push(missed);
  if (await isMadeOfThese(services, { manifest, provider, target, work, plan })) issues.push(nothingNew(target));
  const error = issues.find(({ severity }) => severity === 'error');
  const key = await jobKey(services, { manifest, provider, target, work, plan });
  const ledger = await readLedger(services, key);
  const message = refusal ?? (error === undefined ? undefined : `${error.message}. ${error.hint ?? ''}`.trim());
  return {
    target: {
      name: target.name,
      verdict: message === undefined ? 'accepted' : 'refused',
      ...(message === undefined ? {} : { message }),
      mayCreate: message === undefined,
      key,
      totals,
      ...priceOf(provider, target, dataset),
      job: ledger?.entry.state === 'submitted' ? ledger.entry.job : null,
    },
    findings: issues.map((issue) => findingAt(issue, {}, target.name)),
    media: message === undefined ? await writeMediaItems(services, work, target, plan) : null,
  };
}

function datasetTotals(summary: TargetSummary): DatasetTotals {
  const { rows, tokens, tokensAtMost, bytes, kinds, accepted, withMedia } = summary;
  const excluded = summary.excluded - summary.trainedBefore;
  const sides = { ...rows, withMedia, textOnly: accepted - withMedia };
  return { rows: sides, excluded, tokens, tokensAtMost, bytes, kinds };
}

interface Keying {
  manifest: Manifest;
  provider: Provider;
  target: RunTarget;
  work: WorkKeys;
  plan: Plan;
}

/** Equal data and settings give an equal key, wherever they lie: no URI, run, file name or version of ours is in it. */
async function jobKey(services: Services, { manifest, provider, target, work, plan }: Keying): Promise<string> {
  const content = await contentHash(services, work, target, plan);
  return hashOf({
    content,
    provider: provider.name,
    account: manifest.simulated ? 'simulated' : provider.account(services.settings(provider)),
    model: target.model,
    hyperparameters: target.hyperparameters,
    adapt: target.adapt,
    ...(target.from === undefined ? {} : { from: target.from }),
    generation: manifest.spec.generation,
  }).slice(0, 40);
}

/** Whether the model that training goes on from was made of these very rows, and in the same way: as files of other names they are another drop. */
async function isMadeOfThese(services: Services, keying: Keying): Promise<boolean> {
  const { madeBy, from: _from, ...target } = keying.target;
  if (madeBy === undefined) return false;
  const begun = madeBy.from === undefined ? target : { ...target, from: madeBy.from };
  return (await jobKey(services, { ...keying, target: begun })) === madeBy.key;
}
