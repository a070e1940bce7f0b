import type { Target } from '../../domain/target.ts';
import { wayBack } from '../continuing.ts';
import type { CreateOutcome } from '../provider.ts';
import type { JobAnswer } from './answers.ts';
import { type PreTunedModel, type Requests, readJobs } from './requests.ts';

const MODEL = /^projects\/[^/]+\/locations\/[^/]+\/models\/[^/]+$/;
const LOOK_AGAIN_SECONDS = 60;

/**
 * The model resource that a target goes on from, or null where it begins from scratch. A tuned model is told by its endpoint, which is
 * what is asked, while tuning goes on from the model: the job that made it names both. Otherwise why there is no job.
 */
export async function findTunedModel(
  requests: Requests,
  { from }: Pick<Target, 'from'>,
): Promise<PreTunedModel | CreateOutcome | null> {
  if (from === undefined) return null;
  if (MODEL.test(from)) return { tunedModelName: from };
  try {
    for await (const job of readJobs(requests, 'look for the tuned model')) {
      const found = modelBehind(job, from);
      if (found !== null) return found;
    }
  } catch (error) {
    // No job was asked for yet, so that none can have been made.
    const message = error instanceof Error ? error.message : String(error);
    return { outcome: 'later', afterSeconds: LOOK_AGAIN_SECONDS, message };
  }
  const message = `no tuning job of this project and location has left that model. ${wayBack(from)}.`;
  return { outcome: 'refused', code: 'tuned_model_not_found', message };
}

function modelBehind({ tunedModel }: JobAnswer, endpoint: string): PreTunedModel | null {
  const tunedModelName = tunedModel?.model;
  if (!tunedModelName) return null;
  if (tunedModel.endpoint === endpoint) return { tunedModelName };
  const checkpoint = tunedModel.checkpoints?.find((one) => one?.endpoint === endpoint);
  return checkpoint?.checkpointId ? { tunedModelName, checkpointId: checkpoint.checkpointId } : null;
}
