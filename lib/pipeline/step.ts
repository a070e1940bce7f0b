import { z } from 'zod';
import { hashOf } from '../domain/canonical.ts';
import { withoutSecrets } from '../domain/secrets.ts';
import { ObjectChangedError, ObjectMissingError, type ReadableStore } from '../storage/object-store.ts';
import { writeSuperseded } from './ending.ts';
import { type RunReference, runReferenceSchema } from './manifest.ts';
import type { Services, Step } from './services.ts';
import { noteFailure, recordCall } from './step-records.ts';

/** Makes a step: the event is parsed at the door and nowhere inside, and each call leaves a record of when it ran or why it failed. */
export function step<T>(
  name: string,
  schema: z.ZodType<T>,
  run: (event: T, services: Services) => Promise<unknown>,
): Step {
  return {
    name,
    run: async (event, engine) => {
      const parsed = parse(name, schema, event);
      const services = heldBy(engine, event);
      const startedAt = services.now();
      try {
        const answer = await run(parsed, { ...services, inbox: pinned(services.inbox) });
        const reference = referenceIn(event) ?? startedRun(answer);
        if (reference !== null) await recordCall(services, reference, { step: name, event: hashOf(event), startedAt });
        return answer;
      } catch (error) {
        await tellRun(services, event, { step: name, error });
        throw withoutSecretsIn(error);
      }
    },
  };
}

const executionSchema = z.object({ execution: z.string().min(1) });

/** One process may serve many executions: whose call this is comes with the event of every step that holds a claim or a job. */
function heldBy(services: Services, event: unknown): Services {
  const parsed = executionSchema.safeParse(event);
  return parsed.success ? { ...services, holder: { ...services.holder, execution: parsed.data.execution } } : services;
}

function parse<T>(name: string, schema: z.ZodType<T>, event: unknown): T {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new EventError(name, problems.join('; '));
}

/** An event that no version of the state machine sends: a broken machine, never bad data. */
export class EventError extends Error {
  override name = 'EventError';
  constructor(stepName: string, problems: string) {
    super(`[${stepName}] the event is not one that this step takes: ${problems}. Check functions/pipeline.asl.json.`);
  }
}

/** An object that was listed and is gone has changed as much as one with other bytes. */
function pinned(inbox: ReadableStore): ReadableStore {
  return {
    ...inbox,
    read: async function* (key, options) {
      try {
        yield* inbox.read(key, options);
      } catch (error) {
        throw error instanceof ObjectMissingError ? new ObjectChangedError(key) : error;
      }
    },
  };
}

/** What a provider says when it refuses may quote the request, and every error ends up in a history, a log or a report. */
function withoutSecretsIn(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const message = withoutSecrets(error.message);
  if (message === error.message) return error;
  const safe = new Error(message);
  return Object.assign(safe, { name: error.name, stack: withoutSecrets(error.stack ?? '') });
}

async function tellRun(
  services: Services,
  event: unknown,
  { step: name, error }: { step: string; error: unknown },
): Promise<void> {
  const reference = referenceIn(event);
  if (reference === null) return;
  if (error instanceof ObjectChangedError) await writeSuperseded(services, reference, error);
  else await noteFailure(services, reference, { step: name, event, error });
}

/** `survey` tells which run it began; a duplicate leaves no trace in the run of another. */
function startedRun(answer: unknown): RunReference | null {
  const isDuplicate = typeof answer === 'object' && answer !== null && 'duplicateOf' in answer;
  return isDuplicate ? null : referenceIn(answer);
}

function referenceIn(value: unknown): RunReference | null {
  const parsed = runReferenceSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
