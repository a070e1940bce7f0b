import type { ModelRecord, Models, PointerMove } from '../domain/history.ts';
import { keys } from '../storage/keys.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { changeJson } from './change-json.ts';
import { type Latest, latestSchema, readLatest } from './latest.ts';
import { readModels, recordMoves } from './models.ts';
import { formerModels } from './pointer-moves.ts';

/** What a person wants to be current: a certain model, or the one that was before. Of several targets one is named. */
export interface WantedMove {
  dataset: string;
  target?: string;
  /** A run, or a tuned model; null = back to the model before. */
  model: string | null;
}

export interface PointerMoved {
  dataset: string;
  target: string;
  /** The tuned model that is current now, and the one that was; equal where nothing had to move. */
  current: string;
  before: string | null;
}

type Answer<T> = T | { problem: string };

/** Moves a target's pointer to a model that stands, and notes who did; what cannot be is answered in a sentence. Providers are not asked. */
export async function movePointer(
  { results, now }: { results: ObjectStore; now: () => Date },
  wanted: WantedMove,
): Promise<Answer<PointerMoved>> {
  for (;;) {
    const latest = await readLatest(results, wanted.dataset);
    const models = await readModels(results, wanted.dataset);
    const chosen = choose(wanted, { latest, models });
    if ('problem' in chosen) return chosen;
    const before = latest?.models[chosen.target]?.tunedModel ?? null;
    const at = now().toISOString();
    // Chosen by what was read: where another move came between, it is to be chosen anew.
    if (!(await tryMove(results, { ...wanted, chosen, before }))) continue;
    const { target, tunedModel: current, run } = chosen;
    const by = wanted.model === null ? 'rollback' : 'promote';
    const moves: PointerMove[] = before === current ? [] : [{ target, tunedModel: current, run, before, by, at }];
    await recordMoves(results, wanted.dataset, moves);
    return { dataset: wanted.dataset, target, current, before };
  }
}

/** A model that can be asked. */
type Usable = ModelRecord & { tunedModel: string };

async function tryMove(
  results: ObjectStore,
  { dataset, chosen, before }: WantedMove & { chosen: Usable; before: string | null },
): Promise<boolean> {
  const { target, model, tunedModel, job, run, simulated } = chosen;
  let isFirst = true;
  await changeJson(results, keys.latest(dataset), {
    parse: (value) => latestSchema.parse(value),
    change: (standing) => {
      isFirst = standing !== null && (standing.models[target]?.tunedModel ?? null) === before;
      if (standing === null || !isFirst || before === tunedModel) return null;
      return { ...standing, models: { ...standing.models, [target]: { model, tunedModel, job, run, simulated } } };
    },
  });
  return isFirst;
}

interface Known {
  latest: Latest | null;
  models: Models;
}

function choose(wanted: WantedMove, known: Known): Answer<Usable> {
  const { dataset } = wanted;
  if (known.latest === null)
    return { problem: `no run of "${dataset}" has ended here. Name where its results are with --out or --results.` };
  const chosen = wanted.model === null ? modelBefore(wanted, known) : modelNamed(wanted.model, wanted, known);
  if ('problem' in chosen) return chosen;
  const current = known.latest.models[chosen.target];
  if (current === undefined || current.simulated || !chosen.simulated) return chosen;
  return {
    problem: `"${chosen.tunedModel}" is simulated, and ${chosen.target} of "${dataset}" has a real model: a simulated one answers nobody, and never takes its place.`,
  };
}

function modelNamed(named: string, { dataset, target }: WantedMove, { models }: Known): Answer<Usable> {
  const all = models.models.filter(({ run, tunedModel, job }) => [run, tunedModel, job].includes(named));
  if (all.length === 0)
    return { problem: `"${dataset}" has no run or model "${named}". finedrop models ${dataset} lists what it has.` };
  const usable = all.filter(isUsable);
  if (usable.length === 0) return { problem: `${named} gave no model that could be current: ${endsOf(all)}.` };
  const [last, ...others] = usable.filter((model) => target === undefined || model.target === target).reverse();
  const targets = [...new Set(usable.map((model) => model.target))];
  if (last === undefined)
    return { problem: `${named} has no model of a target "${target}": its targets are ${targets.join(', ')}.` };
  if (others.some((other) => other.target !== last.target))
    return {
      problem: `${named} has models of several targets: name one with --target ${targets.join(' or --target ')}.`,
    };
  return last;
}

function isUsable(model: ModelRecord): model is Usable {
  return model.status === 'succeeded' && model.tunedModel !== null;
}

function endsOf(models: readonly ModelRecord[]): string {
  return models.map(({ target, job, status }) => `the job ${job} of ${target} is ${status}`).join('; ');
}

function modelBefore({ dataset, target: named }: WantedMove, { latest, models }: Known): Answer<Usable> {
  const targets = Object.keys(latest?.models ?? {});
  const target = named ?? (targets.length === 1 ? targets[0] : undefined);
  if (targets.length === 0) return { problem: `"${dataset}" has no current model that could be rolled back.` };
  if (target === undefined)
    return { problem: `"${dataset}" has several targets: name one with --target ${targets.join(' or --target ')}.` };
  const current = latest?.models[target];
  if (current === undefined)
    return {
      problem: `"${dataset}" has no current model of a target "${target}": its targets are ${targets.join(', ')}.`,
    };
  const former = formerModels(models.moves, { target, current: current.tunedModel });
  // What is not noted, or simulated where the present one is real, was never one to go back to.
  const standing = former.flatMap((tunedModel) => {
    const found = models.models
      .filter(isUsable)
      .findLast((one) => one.target === target && one.tunedModel === tunedModel);
    return found === undefined || (found.simulated && !current.simulated) ? [] : [found];
  });
  const last = standing.at(-1);
  if (last !== undefined) return last;
  return {
    problem: `no model of ${target} was current before ${current.tunedModel}. finedrop models ${dataset} lists all; finedrop promote makes any of them current.`,
  };
}
