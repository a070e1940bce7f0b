import { checkNames, oneOf, optionalString, type Place, refuse, requireObject, within } from './fields.ts';
import { type Json, type JsonObject, own } from './json.ts';
import {
  MAX_CONCURRENCY,
  MAX_INPUT_BYTES_PER_BATCH,
  MAX_ITEMS,
  MAX_ITEMS_PER_BATCH,
  TOLERATED_COUNT,
  TOLERATED_PERCENTAGE,
} from './limits.ts';
import type { ItemBatcher, ItemReader, MapState, ResultWriter, Template } from './machine.ts';
import { optionalTemplate, parseBindings } from './parse-bindings.ts';
import { optionalNumberTemplate } from './parse-number.ts';
import { parseRecovery } from './parse-recovery.ts';
import { childScope, type ParseContext } from './parse-scope.ts';
import { isExpression } from './template.ts';

const FIELDS = ['Items', 'ItemSelector', 'ItemProcessor', 'MaxConcurrency'];
/** Fields that Step Functions takes in distributed mode only (developer guide, "Using Map state in Distributed mode"). */
const DISTRIBUTED_FIELDS = [
  'ItemReader',
  'ItemBatcher',
  'ToleratedFailureCount',
  'ToleratedFailurePercentage',
  'Label',
  'ResultWriter',
];
/** At most 40 characters, none of those that names of resources exclude (same page, "Label"). */
const LABEL = /^[A-Za-z0-9_-]{1,40}$/;

type MapParts = Omit<MapState, 'name' | 'next'>;

/** Reads a Map state; its ItemProcessor is parsed in a scope of its own. */
export function parseMap(
  state: JsonObject,
  place: Place,
  options: { context: ParseContext; common: string[] },
): MapParts {
  const { context } = options;
  checkNames(state, place, [...options.common, ...FIELDS, ...DISTRIBUTED_FIELDS]);
  const processor = requireObject(own(state, 'ItemProcessor'), within(place, 'ItemProcessor'));
  const { distributed, express } = parseMode(processor, within(place, 'ItemProcessor'));
  if (!distributed) refuseDistributedFields(state, place);
  if (distributed && context.express)
    refuse(place, 'an Express execution cannot start a distributed Map; make the outer Map STANDARD.');
  const inner = childScope(context, distributed ? 'child' : 'inline');
  const number = { context };
  return {
    type: 'Map',
    distributed,
    express,
    processor: context.parseChain(processor, within(place, 'ItemProcessor'), {
      ...inner,
      mapItem: !distributed,
      express: express || context.express,
    }),
    label: parseLabel(state, place, context),
    items: parseItems(state, place, context),
    reader: parseReader(state, place, context),
    selector: optionalTemplate(state, 'ItemSelector', place, { access: { mapItem: true }, context }),
    batcher: parseBatcher(state, place, context),
    writer: parseWriter(state, place, context),
    maxConcurrency: optionalNumberTemplate(state, 'MaxConcurrency', place, { rule: MAX_CONCURRENCY, ...number }),
    toleratedCount: optionalNumberTemplate(state, 'ToleratedFailureCount', place, { rule: TOLERATED_COUNT, ...number }),
    toleratedPercentage: optionalNumberTemplate(state, 'ToleratedFailurePercentage', place, {
      rule: TOLERATED_PERCENTAGE,
      ...number,
    }),
    ...parseRecovery(state, place, context),
    ...parseBindings(state, place, { result: true }, context),
  };
}

function parseMode(processor: JsonObject, place: Place): { distributed: boolean; express: boolean } {
  checkNames(processor, place, ['ProcessorConfig', 'StartAt', 'States', 'Comment']);
  const value = own(processor, 'ProcessorConfig');
  if (value === undefined) return { distributed: false, express: false };
  const here = within(place, 'ProcessorConfig');
  const config = requireObject(value, here);
  checkNames(config, here, ['Mode', 'ExecutionType']);
  const mode = own(config, 'Mode');
  const distributed =
    mode !== undefined && oneOf(mode, within(here, 'Mode'), ['INLINE', 'DISTRIBUTED']) === 'DISTRIBUTED';
  const executionType = own(config, 'ExecutionType');
  if (!distributed) {
    if (executionType !== undefined)
      refuse(within(here, 'ExecutionType'), 'only a DISTRIBUTED Map has one; remove it.');
    return { distributed, express: false };
  }
  return {
    distributed,
    express: oneOf(executionType, within(here, 'ExecutionType'), ['STANDARD', 'EXPRESS']) === 'EXPRESS',
  };
}

function refuseDistributedFields(state: JsonObject, place: Place): void {
  const found = DISTRIBUTED_FIELDS.find((name) => Object.hasOwn(state, name));
  if (found === undefined) return;
  refuse(
    within(place, found),
    'works in distributed mode only; set ItemProcessor/ProcessorConfig/Mode to DISTRIBUTED.',
  );
}

function parseLabel(state: JsonObject, place: Place, context: ParseContext): string {
  const label = optionalString(state, 'Label', place);
  if (label === undefined) return (place.state ?? '').replace(/[^A-Za-z0-9_-]/g, '').slice(0, 40);
  if (!LABEL.test(label)) refuse(within(place, 'Label'), 'must be 1 to 40 letters, digits, - or _.');
  if (context.labels.has(label))
    refuse(within(place, 'Label'), `two Map states are labelled "${label}"; labels are unique.`);
  context.labels.add(label);
  return label;
}

function parseItems(state: JsonObject, place: Place, context: ParseContext): Template | undefined {
  const items = own(state, 'Items');
  if (items === undefined) return undefined;
  if (Object.hasOwn(state, 'ItemReader'))
    refuse(within(place, 'Items'), 'Items and ItemReader exclude each other; remove one.');
  if (!Array.isArray(items) && !isExpression(items)) {
    refuse(within(place, 'Items'), 'must be an array, or an expression for one, "{% … %}".');
  }
  return optionalTemplate(state, 'Items', place, { access: {}, context });
}

function parseReader(state: JsonObject, place: Place, context: ParseContext): ItemReader | undefined {
  const value = own(state, 'ItemReader');
  if (value === undefined) return undefined;
  const here = within(place, 'ItemReader');
  const reader = requireObject(value, here);
  checkNames(reader, here, ['Resource', 'ReaderConfig', 'Arguments']);
  oneOf(own(reader, 'Resource'), within(here, 'Resource'), ['arn:aws:states:::s3:getObject']);
  const config = requireObject(own(reader, 'ReaderConfig'), within(here, 'ReaderConfig'));
  checkNames(config, within(here, 'ReaderConfig'), ['InputType', 'MaxItems']);
  const given = requireObject(own(reader, 'Arguments'), within(here, 'Arguments'));
  checkNames(given, within(here, 'Arguments'), ['Bucket', 'Key', 'VersionId']);
  return {
    inputType: oneOf(own(config, 'InputType'), within(within(here, 'ReaderConfig'), 'InputType'), ['JSON', 'JSONL']),
    maxItems: optionalNumberTemplate(config, 'MaxItems', within(here, 'ReaderConfig'), { rule: MAX_ITEMS, context }),
    bucket: requireText(given, 'Bucket', within(here, 'Arguments'), context),
    key: requireText(given, 'Key', within(here, 'Arguments'), context),
    versionId: optionalTemplate(given, 'VersionId', within(here, 'Arguments'), { access: {}, context }),
  };
}

function parseBatcher(state: JsonObject, place: Place, context: ParseContext): ItemBatcher | undefined {
  const value = own(state, 'ItemBatcher');
  if (value === undefined) return undefined;
  const here = within(place, 'ItemBatcher');
  const batcher = requireObject(value, here);
  checkNames(batcher, here, ['MaxItemsPerBatch', 'MaxInputBytesPerBatch', 'BatchInput']);
  const maxItems = optionalNumberTemplate(batcher, 'MaxItemsPerBatch', here, { rule: MAX_ITEMS_PER_BATCH, context });
  const maxBytes = optionalNumberTemplate(batcher, 'MaxInputBytesPerBatch', here, {
    rule: MAX_INPUT_BYTES_PER_BATCH,
    context,
  });
  if (maxItems === undefined && maxBytes === undefined) {
    refuse(here, 'has no limit; give MaxItemsPerBatch, MaxInputBytesPerBatch or both.');
  }
  return { maxItems, maxBytes, batchInput: optionalTemplate(batcher, 'BatchInput', here, { access: {}, context }) };
}

function parseWriter(state: JsonObject, place: Place, context: ParseContext): MapState['writer'] {
  const value = own(state, 'ResultWriter');
  if (value === undefined) return undefined;
  const here = within(place, 'ResultWriter');
  const writer = requireObject(value, here);
  checkNames(writer, here, ['Resource', 'Arguments', 'WriterConfig']);
  oneOf(own(writer, 'Resource'), within(here, 'Resource'), ['arn:aws:states:::s3:putObject']);
  const given = requireObject(own(writer, 'Arguments'), within(here, 'Arguments'));
  checkNames(given, within(here, 'Arguments'), ['Bucket', 'Prefix']);
  context.resultWriters.add(place.state ?? '');
  return {
    bucket: requireText(given, 'Bucket', within(here, 'Arguments'), context),
    prefix: optionalTemplate(given, 'Prefix', within(here, 'Arguments'), { access: {}, context }),
    ...parseWriterConfig(writer, within(here, 'WriterConfig')),
  };
}

/** Step Functions also knows FLATTEN, which no state here needs (developer guide, "ResultWriter (Map)", 2026-11). */
function parseWriterConfig(writer: JsonObject, place: Place): Pick<ResultWriter, 'transformation' | 'outputType'> {
  const value = own(writer, 'WriterConfig');
  if (value === undefined) return { transformation: 'NONE', outputType: 'JSON' };
  const config = requireObject(value, place);
  checkNames(config, place, ['Transformation', 'OutputType']);
  return {
    transformation: oneOf(own(config, 'Transformation'), within(place, 'Transformation'), ['NONE', 'COMPACT']),
    outputType: oneOf(own(config, 'OutputType'), within(place, 'OutputType'), ['JSON', 'JSONL']),
  };
}

function requireText(object: JsonObject, name: string, place: Place, context: ParseContext): Template {
  const value: Json | undefined = own(object, name);
  if (typeof value !== 'string' || value === '')
    refuse(within(place, name), 'must be a string or an expression for one.');
  return optionalTemplate(object, name, place, { access: {}, context }) ?? refuse(within(place, name), 'is missing.');
}
