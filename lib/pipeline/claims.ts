import { type Claim, claimSchema, type RunStatus } from '../domain/run.ts';
import { keys } from '../storage/keys.ts';
import {
  ConditionalConflictError,
  type ObjectStore,
  PreconditionFailedError,
  readBytes,
} from '../storage/object-store.ts';
import type { RunReference } from './manifest.ts';
import type { Services } from './services.ts';

/** Ends after which the same state of a drop has nothing left to do. */
const FINISHED: ReadonlySet<RunStatus> = new Set(['completed', 'rejected']);

export type Claiming = { claimed: Claim } | { duplicate: Claim };

/** Takes the run for this execution, or says who has it. Of many that try at once one wins. */
export async function claimRun(
  services: Services,
  reference: RunReference,
  { anew = false, ...wanted }: Pick<Claim, 'command' | 'generation' | 'cancel'> & { anew?: boolean },
): Promise<Claiming> {
  const key = keys.claim(reference.dataset, reference.run);
  for (;;) {
    const standing = await readClaim(services.results, key);
    if (standing !== null && isMine(standing.claim, services)) return { claimed: standing.claim };
    if (standing !== null && (await isTaken(standing.claim, services, anew))) return { duplicate: standing.claim };
    const claim: Claim = {
      run: reference.run,
      ...wanted,
      attempt: (standing?.claim.attempt ?? 0) + 1,
      status: 'running',
      holder: services.holder,
      startedAt: services.now().toISOString(),
    };
    if (await tryWrite(services.results, key, claim, standing?.etag)) return { claimed: claim };
  }
}

/** Asks a run that is under way to end; null = it is not. */
export async function cancelClaim(
  services: Pick<Services, 'results' | 'isRunning'>,
  { dataset, run }: RunReference,
): Promise<Claim | null> {
  const key = keys.claim(dataset, run);
  for (;;) {
    const standing = await readClaim(services.results, key);
    if (standing?.claim.status !== 'running' || !(await services.isRunning(standing.claim))) return null;
    const claim = { ...standing.claim, cancel: true };
    if (standing.claim.cancel === true || (await tryWrite(services.results, key, claim, standing.etag))) return claim;
  }
}

/** Notes how the run ended, if this execution still holds it. */
export async function endClaim(services: Services, { dataset, run }: RunReference, status: RunStatus): Promise<void> {
  const key = keys.claim(dataset, run);
  for (;;) {
    const standing = await readClaim(services.results, key);
    if (standing === null || !isMine(standing.claim, services) || standing.claim.status === status) return;
    if (await tryWrite(services.results, key, { ...standing.claim, status }, standing.etag)) return;
  }
}

/** The claim on one run, or null. */
export async function findClaim(
  { results }: Pick<Services, 'results'>,
  { dataset, run }: RunReference,
): Promise<Claim | null> {
  return (await readClaim(results, keys.claim(dataset, run)))?.claim ?? null;
}

/** Whether somebody asked the run's attempt to end. */
export async function isCancelled(services: Services, reference: RunReference): Promise<boolean> {
  return (await findClaim(services, reference))?.cancel === true;
}

/** Whether this execution may begin a job for the run: nobody cancelled it, and it has neither ended nor been taken over by another. */
export async function mayBegin(services: Services, reference: RunReference): Promise<boolean> {
  const claim = await findClaim(services, reference);
  return claim === null || (claim.cancel !== true && claim.status === 'running' && isMine(claim, services));
}

/** Every run that the dataset ever had. */
export async function* listClaims(results: ObjectStore, dataset: string): AsyncGenerator<Claim> {
  for await (const { key } of results.list(keys.claim(dataset, '').replace(/\.json$/, ''))) {
    const standing = await readClaim(results, key);
    if (standing !== null) yield standing.claim;
  }
}

function isMine(claim: Claim, services: Services): boolean {
  return claim.holder.execution === services.holder.execution;
}

async function isTaken(claim: Claim, services: Services, anew: boolean): Promise<boolean> {
  return claim.status === 'running' ? services.isRunning(claim) : FINISHED.has(claim.status) && !anew;
}

async function readClaim(results: ObjectStore, key: string): Promise<{ claim: Claim; etag: string } | null> {
  const info = await results.head(key);
  const bytes = info === null ? null : await readBytes(results, key);
  return info === null || bytes === null
    ? null
    : { claim: claimSchema.parse(JSON.parse(bytes.toString('utf8'))), etag: info.etag };
}

async function tryWrite(results: ObjectStore, key: string, claim: Claim, etag: string | undefined): Promise<boolean> {
  try {
    await results.write(
      key,
      `${JSON.stringify(claim, null, 2)}\n`,
      etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag },
    );
    return true;
  } catch (error) {
    if (error instanceof PreconditionFailedError || error instanceof ConditionalConflictError) return false;
    throw error;
  }
}
