import type { Answer, Call } from '../http.ts';
import { ok, paginate } from './answers.ts';
import type { StoredJob } from './documents.ts';
import { eventsOf } from './events.ts';
import type { JobState } from './job-state.ts';
import { derivedId, metricsOf, planTraining, timeOfStep, tunedModelName } from './progress.ts';
import { seconds } from './simulator.ts';

/** The real service keeps the checkpoints of the last epochs only (fine-tuning guide, 2025). */
const KEPT_CHECKPOINTS = 3;

/** A job's events, newest first. */
export function listEvents({ job, verdict, position }: JobState, call: Call): Answer {
  const events = eventsOf(job, verdict, position).reverse();
  const page = paginate(events, call.url.searchParams, { standard: 20, most: 1000 });
  if ('status' in page) return page;
  const data = page.data.map(({ id, at, level, message, type, data }) => ({
    object: 'fine_tuning.job.event',
    id,
    created_at: seconds(at),
    level,
    message,
    type,
    data: job.fault === 'null-fields' ? null : data,
  }));
  return ok({ object: 'list', data, has_more: page.hasMore });
}

/** The models that a finished job kept at the end of its last epochs, newest first. */
export function listCheckpoints({ job, verdict, position }: JobState, call: Call): Answer {
  const plan = verdict?.valid === true && position.status === 'succeeded' ? planTraining(job, verdict) : null;
  const epochs =
    plan === null ? [] : Array.from({ length: Math.min(KEPT_CHECKPOINTS, plan.epochs) }, (_, back) => back);
  const checkpoints = epochs.flatMap((back) => (plan === null ? [] : [checkpoint(job, plan, plan.epochs - back)]));
  const page = paginate(checkpoints, call.url.searchParams, { standard: 10, most: 100 });
  if ('status' in page) return page;
  const { data } = page;
  const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
  return ok({ object: 'list', data, ...ends, has_more: page.hasMore });
}

function checkpoint(job: StoredJob, plan: ReturnType<typeof planTraining>, epoch: number) {
  const step = Math.floor((plan.steps / plan.epochs) * epoch);
  const { trainLoss, trainAccuracy, validLoss } = metricsOf(job, plan, step);
  const isLast = epoch === plan.epochs;
  return {
    object: 'fine_tuning.job.checkpoint',
    id: derivedId('ftckpt_', job, `epoch ${epoch}`),
    created_at: seconds(isLast ? timeOfStep(job, plan, plan.steps) : timeOfStep(job, plan, step)),
    fine_tuned_model_checkpoint: tunedModelName(job) + (isLast ? '' : `:ckpt-step-${step}`),
    fine_tuning_job_id: job.id,
    step_number: step,
    metrics: {
      step,
      train_loss: trainLoss,
      train_mean_token_accuracy: trainAccuracy,
      ...(validLoss === null ? {} : { full_valid_loss: validLoss }),
    },
  };
}
