import { StateFailure } from './errors.ts';
import { checkPayload, evaluateField, queryFailure, type Visit } from './execution.ts';
import { numberField, textField } from './field-values.ts';
import { kindOf } from './fields.ts';
import { type Json, jsonBytes, jsonCopy } from './json.ts';
import { MAX_INPUT_BYTES_PER_BATCH, MAX_ITEMS, MAX_ITEMS_PER_BATCH } from './limits.ts';
import type { ItemBatcher, ItemReader, MapState } from './machine.ts';

/** What one iteration or child execution gets: its input, and the items it stands for. */
export interface Iteration {
  index: number;
  input: Json;
  itemCount: number;
  item: { Index: number; Value: Json };
}

/** Items of a Map state, one after another; `total` is known where they are not read from storage. */
export interface MapSource {
  total: number | undefined;
  iterations: AsyncIterable<Iteration>;
}

/** Reads, selects and batches the items of a Map state, holding no more than one batch. */
export async function mapSource(state: MapState, visit: Visit): Promise<MapSource> {
  const listed = state.reader ? undefined : await listItems(state, visit);
  const read = state.reader ? await openReader(state.reader, visit) : undefined;
  const items = selected(state, visit, listed ?? read ?? []);
  const iterations = state.batcher ? batched(await batchLimits(state.batcher, visit), visit, items) : singly(items);
  return { total: listed?.length, iterations };
}

async function listItems(state: MapState, visit: Visit): Promise<Json[]> {
  const items = state.items ? await evaluateField(state.items, visit) : visit.input;
  if (Array.isArray(items)) return items;
  const field = state.items ? `The value of the field 'Items'` : 'The input of a Map state without Items';
  throw queryFailure(visit, `${field} must be an array, not ${kindOf(items)}.`);
}

async function openReader(reader: ItemReader, visit: Visit): Promise<AsyncIterable<Json>> {
  const path = 'ItemReader/Arguments';
  const argument = {
    Bucket: await textField(reader.bucket, visit, `${path}/Bucket`),
    Key: await textField(reader.key, visit, `${path}/Key`),
    ...(reader.versionId && { VersionId: await textField(reader.versionId, visit, `${path}/VersionId`) }),
  };
  const rule = { path: 'ItemReader/ReaderConfig/MaxItems', rule: MAX_ITEMS };
  const most = reader.maxItems ? await numberField(reader.maxItems, visit, rule) : Number.POSITIVE_INFINITY;
  return readItems(visit, argument, { inputType: reader.inputType, most });
}

async function* readItems(
  visit: Visit,
  argument: { Bucket: string; Key: string; VersionId?: string },
  options: { inputType: 'JSON' | 'JSONL'; most: number },
): AsyncGenerator<Json> {
  const { host } = visit.frame.execution;
  const iterator = host.readItems(argument, { InputType: options.inputType })[Symbol.asyncIterator]();
  const pull = async () => iterator.next();
  try {
    for (let count = 0; count < options.most; count += 1) {
      const next = await (host.clock.busy?.(pull) ?? pull());
      if (next.done === true) return;
      yield jsonCopy(next.value);
    }
  } catch (error) {
    const where = `s3://${argument.Bucket}/${argument.Key}`;
    throw new StateFailure(
      'States.ItemReaderFailed',
      `Cannot read the items of ${where}: ${error instanceof Error ? error.message : String(error)}`,
    );
  } finally {
    await iterator.return?.();
  }
}

interface SelectedItem {
  index: number;
  source: Json;
  value: Json;
}

async function* selected(
  state: MapState,
  visit: Visit,
  items: Iterable<Json> | AsyncIterable<Json>,
): AsyncGenerator<SelectedItem> {
  let index = 0;
  for await (const source of items) {
    const mapItem = { Index: index, Value: source };
    const value = state.selector ? await evaluateField(state.selector, visit, { mapItem }) : source;
    yield { index, source, value };
    index += 1;
  }
}

async function* singly(items: AsyncIterable<SelectedItem>): AsyncGenerator<Iteration> {
  for await (const { index, source, value } of items) {
    yield { index, input: value, itemCount: 1, item: { Index: index, Value: source } };
  }
}

interface BatchLimits {
  maxItems: number;
  maxBytes: number;
  batchInput: Json | undefined;
}

async function batchLimits(batcher: ItemBatcher, visit: Visit): Promise<BatchLimits> {
  const items = { path: 'ItemBatcher/MaxItemsPerBatch', rule: MAX_ITEMS_PER_BATCH };
  const bytes = { path: 'ItemBatcher/MaxInputBytesPerBatch', rule: MAX_INPUT_BYTES_PER_BATCH };
  return {
    maxItems: batcher.maxItems ? await numberField(batcher.maxItems, visit, items) : MAX_ITEMS_PER_BATCH.most,
    maxBytes: batcher.maxBytes ? await numberField(batcher.maxBytes, visit, bytes) : MAX_INPUT_BYTES_PER_BATCH.most,
    batchInput: batcher.batchInput ? await evaluateField(batcher.batchInput, visit) : undefined,
  };
}

/** Closes a batch when the next item would take it over one of its limits. */
async function* batched(
  limits: BatchLimits,
  visit: Visit,
  items: AsyncIterable<SelectedItem>,
): AsyncGenerator<Iteration> {
  const empty = jsonBytes(batchOf([], limits));
  let batch: Json[] = [];
  let bytes = empty;
  let index = 0;
  const close = (): Iteration => {
    const input = batchOf(batch, limits);
    const iteration = { index, input, itemCount: batch.length, item: { Index: index, Value: input } };
    index += 1;
    batch = [];
    bytes = empty;
    return iteration;
  };
  for await (const { value, index: itemIndex } of items) {
    const own = jsonBytes(value);
    if (batch.length > 0 && (batch.length >= limits.maxItems || bytes + 1 + own > limits.maxBytes)) yield close();
    const grown = bytes + own + (batch.length > 0 ? 1 : 0);
    if (grown > limits.maxBytes) throw tooLarge(itemIndex, limits, visit);
    batch.push(value);
    bytes = grown;
  }
  if (batch.length > 0) yield close();
}

function batchOf(items: Json[], limits: BatchLimits): Json {
  return { ...(limits.batchInput !== undefined && { BatchInput: limits.batchInput }), Items: items };
}

function tooLarge(index: number, limits: BatchLimits, visit: Visit): StateFailure {
  const name = visit.state.name;
  return new StateFailure(
    'States.DataLimitExceeded',
    `Item ${index} of the Map state '${name}' does not fit a batch of ${limits.maxBytes} bytes.`,
  );
}

/** Fails the Map state when an iteration's input is too large to be passed on. */
export function checkIterationInput(iteration: Iteration, visit: Visit): void {
  checkPayload(iteration.input, `an input for item ${iteration.index}`, visit);
}
