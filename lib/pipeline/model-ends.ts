import { type Finding, findingAt, type Issue } from '../domain/finding.ts';
import { readGate } from './gate-record.ts';
import { readLedger } from './ledger.ts';
import type { Manifest, RunTarget } from './manifest.ts';
import type { Services } from './services.ts';

const DYING_DAYS = 60;
const DAY_MS = 24 * 3600 * 1000;

interface Ending {
  model: string;
  /** ISO date. */
  endsOn: string;
  /** "takes no new jobs", and whose word that is where it is not finedrop's own data. */
  what: string;
}

/** With real money a dead model is refused and a dying one warned about; simulators do not mind. */
export function endOfLife(
  { simulated, now }: Pick<Services, 'simulated' | 'now'>,
  { model, endsOn, what }: Ending,
): Issue[] {
  if (simulated) return [];
  const days = Math.ceil((Date.parse(endsOn) - now().getTime()) / DAY_MS);
  const hint = 'See finedrop targets for models that stay.';
  if (days <= 0) {
    return [{ code: 'MODEL_ENDED', severity: 'error', message: `${model} ${what} since ${endsOn}`, hint }];
  }
  if (days > DYING_DAYS) return [];
  const message = `${model} ${what} from ${endsOn}: ${days} days from now`;
  return [{ code: 'MODEL_ENDING', severity: 'warning', message, hint }];
}

/**
 * Asks the providers' own APIs for the ends of the models of a real run, once before anything is staged: what finedrop knows may be old. No
 * answer is no reason to stop, and a run that has begun to pay goes on to its end.
 */
export async function askEnds(services: Services, manifest: Manifest): Promise<Finding[]> {
  if (services.surveyHasNoSecrets === true || !isForMoney(services, manifest)) return [];
  const models = new Map(manifest.targets.map((target) => [`${target.provider}:${target.model}`, target]));
  try {
    if (await hasBegunToPay(services, manifest)) return [];
    const issues = await Promise.all([...models.values()].map((target) => askEnd(services, target)));
    return issues.flat().map((issue) => findingAt(issue, {}));
  } catch (error) {
    services.log.info('the models’ ends could not be asked for', { error: messageOf(error) });
    return [];
  }
}

/**
 * The same question where `survey` may not ask it: of one target, before its files are brought. Throws where the model has ended, which
 * fails the target.
 */
export async function refuseEnded(services: Services, manifest: Manifest, target: RunTarget): Promise<void> {
  if (services.surveyHasNoSecrets !== true || !isForMoney(services, manifest)) return;
  const ended = (await askEnd(services, target)).find(({ severity }) => severity === 'error');
  if (ended !== undefined) throw new Error(`[stage] ${ended.message}. ${ended.hint ?? ''}`.trim());
}

function isForMoney({ simulated }: Services, { command }: Manifest): boolean {
  return !simulated && command === 'run';
}

/** Whether an earlier attempt may have made a job: to refuse the run now would leave it without anybody who follows it. */
async function hasBegunToPay(services: Services, manifest: Manifest): Promise<boolean> {
  const gate = await readGate(services, manifest);
  for (const { key } of gate?.targets ?? []) {
    const state = (await readLedger(services, key))?.entry.state;
    if (state === 'intent' || state === 'submitted') return true;
  }
  return false;
}

async function askEnd(services: Services, { provider: name, model, mediaBase }: RunTarget): Promise<Issue[]> {
  const provider = await services.provider(name);
  if (provider?.tellsModelEnds !== true || services.missingSettings(provider).length > 0) return [];
  const { title, models } = provider.capabilities;
  const known = models.find((facts) => facts.model === model)?.endsOn?.value;
  const told = await askClient(services, { name, model, mediaBase });
  // What the data says was judged already, and the earlier of the two is the stricter.
  if (told === null || (known !== undefined && known <= told)) return [];
  return endOfLife(services, { model, endsOn: told, what: `is shut down, as ${title} itself says,` });
}

async function askClient(
  services: Services,
  { name, model, mediaBase }: { name: string; model: string; mediaBase: string },
): Promise<string | null> {
  try {
    const client = await services.client(name, mediaBase);
    return (await client.modelEndsOn?.(model)) ?? null;
  } catch (error) {
    services.log.info('the model’s end could not be asked for', { model, error: messageOf(error) });
    return null;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
