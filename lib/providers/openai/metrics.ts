import { type MetricColumns, type MetricPoint, metricPoint, parseMetrics } from '../../domain/metrics.ts';
import {
  type Checkpoint,
  type JobEvent,
  type JobMetrics,
  MOST_CHECKPOINTS,
  MOST_EVENTS,
  type NamedLine,
} from '../../domain/training.ts';
import { linesNamedIn, namedLines, saidBy } from '../named-lines.ts';
import { type CheckpointAnswer, type EventAnswer, type JobAnswer, snapshotOf } from './answers.ts';
import { answerOrNull, type Requests } from './requests.ts';

/** The names in result files, events and checkpoints, best first. OpenAI tells no epochs. */
const COLUMNS: MetricColumns = {
  step: ['step'],
  trainLoss: ['train_loss'],
  trainAccuracy: ['train_accuracy', 'train_mean_token_accuracy'],
  validLoss: ['full_valid_loss', 'valid_loss'],
  validAccuracy: ['full_valid_mean_token_accuracy', 'valid_mean_token_accuracy', 'valid_accuracy'],
};

/** What a job told: its first result file that can be read, else the metrics in its events; null where there is no such job. */
export async function readMetrics(requests: Requests, id: string): Promise<JobMetrics | null> {
  const job = answerOrNull(await requests.getJob(id), `look at the job ${id}`);
  if (job === null) return null;
  const events = await readEvents(requests, id);
  const points = await readResults(requests, job);
  return {
    points: points.length > 0 ? points : pointsOf(events),
    checkpoints: await readCheckpoints(requests, id),
    events: messagesOf(events),
    named: namedLines(linesIn(job, events)),
  };
}

const RESULT_FILES_TRIED = 3;

async function readResults(requests: Requests, { result_files }: JobAnswer): Promise<MetricPoint[]> {
  for (const file of (result_files ?? []).slice(0, RESULT_FILES_TRIED)) {
    const content = await requests.readFile(file);
    const points = 'answer' in content ? parseMetrics(decodeMetrics(content.answer), COLUMNS) : [];
    if (points.length > 0) return points;
  }
  return [];
}

/** A result file's text; some came as base64 of the CSV, which shows by having neither comma nor inner line end. */
function decodeMetrics(content: string): string {
  const text = content.replaceAll(/\s+/g, '');
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return content;
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  return decoded.includes(',') && !decoded.includes('\uFFFD') ? decoded : content;
}

const EVENTS_A_PAGE = 100;
/** 20,000 events; what a job says of its files stands at their end. */
const MOST_EVENT_PAGES = 200;
/** Some forty thousand sentences: more is no list of events. */
const MOST_EVENT_CHARACTERS = 4_000_000;

/** Newest first, as far as they can be read. */
async function readEvents(requests: Requests, id: string): Promise<EventAnswer[]> {
  const events: EventAnswer[] = [];
  let after: string | null = null;
  let characters = 0;
  for (let page = 0; page < MOST_EVENT_PAGES && characters < MOST_EVENT_CHARACTERS; page += 1) {
    const query: { limit: number; after?: string } = { limit: EVENTS_A_PAGE, ...(after === null ? {} : { after }) };
    const result = await requests.listEvents(id, query);
    if (!('answer' in result)) break;
    for (const event of result.answer.data) characters += event.message?.length ?? 0;
    events.push(...result.answer.data.map(withoutLength));
    const last = result.answer.data.at(-1)?.id;
    if (!result.answer.has_more || !last || last === after) break;
    after = last;
  }
  return events;
}

const LONGEST_EVENT = 4000;

/** Twenty thousand of them are held at once. */
function withoutLength(event: EventAnswer): EventAnswer {
  return { ...event, message: event.message?.slice(0, LONGEST_EVENT), data: numbersOf(event) };
}

const NUMBERS = [...new Set([...Object.values(COLUMNS).flat(), 'total_steps'])];

function numbersOf({ data }: EventAnswer): EventAnswer['data'] {
  const given = NUMBERS.flatMap((name) => (typeof data?.[name] === 'number' ? [[name, data[name]]] : []));
  return Object.fromEntries(given);
}

/** The newest wins where two events tell of one step. */
function pointsOf(events: readonly EventAnswer[]): MetricPoint[] {
  return events.flatMap(({ data }) => pointOf(data) ?? []).reverse();
}

function pointOf(data: EventAnswer['data']): MetricPoint | null {
  const fields = Object.entries(COLUMNS).map(([field, names]) => [
    field,
    names.map((name) => data?.[name]).find((value) => typeof value === 'number'),
  ]);
  return metricPoint(Object.fromEntries(fields));
}

const LEVELS: ReadonlyMap<string, JobEvent['level']> = new Map([
  ['warn', 'warning'],
  ['warning', 'warning'],
  ['error', 'error'],
]);

function levelOf({ level }: EventAnswer): JobEvent['level'] {
  return LEVELS.get(level ?? '') ?? 'info';
}

/** What was said in words, the newest of it, oldest first; steps stand in the metrics. */
function messagesOf(events: readonly EventAnswer[]): JobEvent[] {
  const messages = events.filter(({ message }) => message && !STEP.test(message));
  return messages
    .slice(0, MOST_EVENTS)
    .map((event) => ({
      at: typeof event.created_at === 'number' ? new Date(event.created_at * 1000).toISOString() : null,
      level: levelOf(event),
      message: saidBy(event.message ?? ''),
    }))
    .reverse();
}

const SAYS_LEFT_OUT = /\b(?:skip|exclud|drop|remov|ignor|truncat|filter)/i;

/** Nothing documents how OpenAI names what it leaves out: whatever is a warning, or sounds like it, is searched for numbers of lines. */
function linesIn(job: JobAnswer, events: readonly EventAnswer[]): NamedLine[] {
  const said = events.flatMap((event) => {
    const message = event.message ?? '';
    return levelOf(event) !== 'info' || SAYS_LEFT_OUT.test(message) ? linesNamedIn(message) : [];
  });
  const split = job.error?.param === 'validation_file' ? 'validation' : null;
  const reason = snapshotOf(job).state === 'failed' ? (job.error?.message ?? '') : '';
  return [...linesNamedIn(reason, split), ...said];
}

async function readCheckpoints(requests: Requests, id: string): Promise<Checkpoint[]> {
  const result = await requests.listCheckpoints(id, { limit: MOST_CHECKPOINTS });
  const checkpoints = 'answer' in result ? result.answer.data.slice(0, MOST_CHECKPOINTS).map(checkpointOf) : [];
  return checkpoints.sort((left, right) => (left.step ?? 0) - (right.step ?? 0));
}

function checkpointOf({ fine_tuned_model_checkpoint, step_number, metrics }: CheckpointAnswer): Checkpoint {
  const { trainLoss, trainAccuracy, validLoss, validAccuracy } = pointOf({ step: 0, ...metrics }) ?? NO_MEASURES;
  const step = step_number ?? null;
  return { model: fine_tuned_model_checkpoint, step, epoch: null, trainLoss, trainAccuracy, validLoss, validAccuracy };
}

const NO_MEASURES = { trainLoss: null, trainAccuracy: null, validLoss: null, validAccuracy: null };

/** `Step 12/90: training loss=0.61` */
const STEP = /^Step (\d{1,9})\/(\d{1,9})\b/;
const EVENTS_LOOKED_AT = 20;

/** How far a job is, 0..1, by the newest event that tells a step and how many there are; null where none does. */
export async function readProgress(requests: Requests, id: string): Promise<number | null> {
  const result = await requests.listEvents(id, { limit: EVENTS_LOOKED_AT });
  if (!('answer' in result)) return null;
  for (const { data, message } of result.answer.data) {
    const [, done = data?.['step'], all = data?.['total_steps']] = STEP.exec(message ?? '') ?? [];
    const share = Number(done) / Number(all);
    if (Number.isFinite(share) && share >= 0) return Math.min(1, share);
  }
  return null;
}
