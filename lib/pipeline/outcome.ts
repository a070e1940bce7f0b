import { z } from 'zod';
import { withoutSecrets } from '../domain/secrets.ts';
import type { RunReference } from './manifest.ts';
import type { Services } from './services.ts';
import { readFailure } from './step-records.ts';

const failureSchema = z.looseObject({ state: z.string(), error: z.string(), cause: z.string() });
type Failure = z.infer<typeof failureSchema> & { target?: string };

/** What the state machine hands to `publish`: a step's failure, or how each target's child ended. */
export const outcomeSchema = z.looseObject({
  failure: failureSchema.optional(),
  targets: z.array(z.looseObject({ target: z.string().optional(), failure: failureSchema.optional() })).optional(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

/** The machine's states that call a step as another name than the step's own. */
const STEP_OF: Readonly<Record<string, string>> = {
  NormalizeFiles: 'normalize',
  PlanCollection: 'collect',
  CollectFiles: 'collect',
  FetchLinks: 'fetch',
  ConvertShards: 'convert',
  StageMedia: 'stage',
  StageFiles: 'stage',
};

/** A Map whose child gave up says no more than that. */
const CHILD_FAILED = 'States.ExceedToleratedFailureThreshold';

/** Why a state failed, for people: `Normalize failed: …`. `since` is when this attempt of the run began. */
export async function whyFailed(
  services: Services,
  reference: RunReference,
  failure: Failure,
  since: string,
): Promise<string> {
  const step = STEP_OF[failure.state] ?? failure.state.toLowerCase();
  const { target } = failure;
  const noted =
    failure.error === CHILD_FAILED
      ? await readFailure(services, reference, { step, since, ...(target === undefined ? {} : { target }) })
      : null;
  return `${step.charAt(0).toUpperCase()}${step.slice(1)} failed: ${noted ?? sentenceOf(failure)}`;
}

/** A Lambda's failure names its error and message in JSON, which the machine may have cut; people want the message. */
function sentenceOf({ error, cause }: Failure): string {
  const [, quoted] = /"errorMessage":("(?:[^"\\]|\\.)*")/.exec(cause) ?? [];
  const [, begun] = /"errorMessage":"((?:[^"\\]|\\.)*)/.exec(cause) ?? [];
  return withoutSecrets(quoted === undefined ? (begun ?? `${error}: ${cause}`) : String(JSON.parse(quoted)));
}
