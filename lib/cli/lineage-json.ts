import type { FoundModel, Lineage, TracedModel } from '../engines/local-lineage.ts';
import { countDrops } from './lineage-drops.ts';

/** One JSON document, written piece by piece with a line for each row: `{query, kind, models: [{dataset, …, rows, drops}]}`. */
export async function* lineageJson(lineage: Lineage): AsyncGenerator<string> {
  const { query, kind } = lineage;
  yield `{"query": ${JSON.stringify(query)}, "kind": ${JSON.stringify(kind)}, "models": [`;
  let separator = '\n';
  if (lineage.kind === 'model') yield* eachModel(lineage.models);
  else
    for await (const model of lineage.models) {
      yield separator;
      yield* modelJson(model, { ...headOf(model), through: model.through });
      yield '}';
      separator = ',\n';
    }
  yield '\n]}\n';
}

async function* eachModel(models: readonly TracedModel[]): AsyncGenerator<string> {
  let separator = '\n';
  for (const model of models) {
    yield separator;
    yield* modelJson(model, { ...headOf(model), alsoFoundBy: model.alsoFoundBy, unknownFrom: model.unknownFrom });
    yield ',\n"from": [';
    yield* eachModel(model.from);
    yield ']}';
    separator = ',\n';
  }
}

type Any = FoundModel | TracedModel;

/** `wentOnFrom` is the tuned model alone: `from` holds what is known of it. */
function headOf({ dataset, record, isCurrent, problem }: Any): Record<string, unknown> {
  const { target, provider, model, tunedModel, run, job, status, simulated, snapshot, drop, from, at } = record;
  const told = { target, provider, model, tunedModel, run, job, status, current: isCurrent, simulated, at };
  return { dataset, ...told, snapshot, drop, wentOnFrom: from, problem };
}

/** An object without its closing brace. */
async function* modelJson({ rows }: Any, head: Record<string, unknown>): AsyncGenerator<string> {
  const drops = countDrops();
  yield `${JSON.stringify(head).slice(0, -1)}, "rows": [`;
  let separator = '\n';
  for await (const row of rows) {
    yield `${separator}${JSON.stringify(drops.of(row))}`;
    separator = ',\n';
  }
  yield `], "drops": ${JSON.stringify(drops.counted())}`;
}
