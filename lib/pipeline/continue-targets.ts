import { type Finding, findingAt, type Issue } from '../domain/finding.ts';
import type { Models } from '../domain/history.ts';
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
    const issue = one.from === 'last' ? await cannotContinue(services, one.target) : null;
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

function continued({ simulated }: Services, { target, rows }: Continuing, { data, latest, models }: Past): RunTarget {
  const current = latest?.models[target.name];
  if (current === undefined || current.simulated !== simulated || current.model !== target.model) return target;
  const made = models.models.find(({ run, target: name }) => run === current.run && name === target.name);
  // The very data that the current model was made of begins where that began: or it would be trained upon itself, again and again.
  const [from, without] =
    made?.drop === data
      ? [made.from, made.without]
      : [current.tunedModel, rows === 'new' ? (made?.snapshot ?? null) : null];
  return { ...target, ...(from === null ? {} : { from }), ...(without === null ? {} : { without }) };
}

async function cannotContinue(services: Services, { provider: name, model }: RunTarget): Promise<Issue | null> {
  const provider = await services.provider(name);
  const facts = provider?.capabilities.models.find((candidate) => candidate.model === model);
  if (facts?.continues?.value === true) return null;
  return {
    code: 'RETRAIN_FROM_BASE',
    severity: 'warning',
    message: `a tuned ${model} cannot be trained further, so that each training begins from scratch`,
    hint: 'Leave out from: last for this target, or choose a model that "finedrop targets" says can go on.',
  };
}
