import { excerpt } from '../domain/excerpt.ts';
import { type Finding, findingAt, type Issue } from '../domain/finding.ts';
import type { ModelRecord, Models } from '../domain/history.ts';
import type { Drop } from './drop.ts';
import { type Latest, readLatest } from './latest.ts';
import type { RunTarget } from './manifest.ts';
import { readModels } from './models.ts';
import type { Services } from './services.ts';

/** A target, and where its training is to begin. */
export interface Continuing {
  target: RunTarget;
  from: 'base' | 'last';
  rows: 'all' | 'new';
}

/** Targets that go on from their current model where they are asked to and can; else they train from scratch, which is told. */
export async function continueTargets(
  services: Services,
  { dataset, data }: Pick<Drop, 'dataset' | 'data'>,
  wanted: readonly Continuing[],
): Promise<{ targets: RunTarget[]; findings: Finding[] }> {
  if (wanted.every(({ from }) => from === 'base')) return { targets: wanted.map(({ target }) => target), findings: [] };
  const past: Past = {
    data,
    latest: await readLatest(services.results, dataset),
    models: await readModels(services.results, dataset),
  };
  const targets: RunTarget[] = [];
  const findings: Finding[] = [];
  for (const one of wanted) {
    const issue = one.from === 'last' ? await cannotContinue(services, one.target, past) : null;
    targets.push(one.from === 'base' || issue !== null ? one.target : continued(services, one, past));
    if (issue !== null) findings.push(findingAt(issue, {}, one.target.name));
  }
  return { targets, findings };
}

interface Past {
  data: string;
  latest: Latest | null;
  models: Models;
}

/** A simulated model is nothing for a real one to go on from, nor the other way round: there is none then. */
function currentOf({ simulated }: Services, { name }: RunTarget, { latest }: Past): Latest['models'][string] | null {
  const current = latest?.models[name];
  return current === undefined || current.simulated !== simulated ? null : current;
}

function continued(services: Services, { target, rows }: Continuing, past: Past): RunTarget {
  const current = currentOf(services, target, past);
  if (current === null) return target;
  const begin = beginOf(current, target, past);
  const without = rows === 'new' ? begin.without : null;
  return {
    ...target,
    ...(begin.from === null ? {} : { from: begin.from }),
    ...(without === null ? {} : { without }),
    ...(begin.madeBy === null ? {} : { madeBy: begin.madeBy }),
  };
}

interface Begin {
  /** Null = from scratch. */
  from: string | null;
  /** The snapshot that the model there has learned. */
  without: string | null;
  /** The job that made the model there; null = it is not known. The same for a drop that is run again, as all else of its targets. */
  madeBy: NonNullable<RunTarget['madeBy']> | null;
}

function beginOf(current: Latest['models'][string], { name }: RunTarget, { data, models: { models } }: Past): Begin {
  const own = models.filter(({ target }) => target === name);
  const records = own.filter(({ tunedModel }) => tunedModel === current.tunedModel);
  // Of a job that several runs found, any may have been of this drop.
  const same = records.find(({ drop }) => drop === data);
  if (same === undefined) {
    const made = records.find(({ run }) => run === current.run);
    return {
      from: current.tunedModel,
      without: made?.snapshot ?? null,
      madeBy: jobOf(made),
    };
  }
  // The very data that the current model was made of begins where that began: or it would be trained upon itself, again and again.
  const before = own.findLast(({ tunedModel }) => same.from !== null && tunedModel === same.from);
  return { from: same.from, without: same.without ?? before?.snapshot ?? null, madeBy: jobOf(before) };
}

function jobOf(made: ModelRecord | undefined): Begin['madeBy'] {
  return made === undefined ? null : { key: made.key, ...(made.from === null ? {} : { from: made.from }) };
}

async function cannotContinue(services: Services, target: RunTarget, past: Past): Promise<Issue | null> {
  const { provider: name, model } = target;
  const provider = await services.provider(name);
  const facts = provider?.capabilities.models.find((candidate) => candidate.model === model);
  if (facts?.continues?.value !== true)
    return fromBase(
      `no page says that a tuned ${model} can be trained further, so that each training begins from scratch`,
      'Leave out from: last for this target, or choose a model that "finedrop targets" says can go on.',
    );
  const current = currentOf(services, target, past);
  if (current === null || current.model === model) return null;
  return fromBase(
    `the current model was made of ${excerpt(current.model)}, so that ${model} begins from scratch`,
    'The next training goes on from what this one makes, once that is the current model.',
  );
}

function fromBase(message: string, hint: string): Issue {
  return { code: 'RETRAIN_FROM_BASE', severity: 'warning', message, hint };
}
