import { AslDefinitionError, TaskError } from '../../../lib/local/asl/errors.ts';
import type { AslHost, ExecutionResult, HistoryEvent, TaskContext } from '../../../lib/local/asl/host.ts';
import type { Json, JsonObject } from '../../../lib/local/asl/json.ts';
import { parseStateMachine } from '../../../lib/local/asl/parse-state-machine.ts';
import { type ExecutionOptions, startExecution } from '../../../lib/local/asl/start-execution.ts';
import { type VirtualClock, virtualClock } from '../../../lib/local/asl/virtual-clock.ts';

export const START = new Date('2030-01-01T00:00:00.000Z');

export type Functions = Record<string, (payload: Json, context: TaskContext, clock: VirtualClock) => unknown>;

export interface TestHost extends AslHost {
  clock: VirtualClock;
  events: HistoryEvent[];
  calls: { name: string; payload: Json; at: number; attempt: number }[];
}

/** A host whose functions are plain callbacks and whose time is virtual; `objects` are what readItems finds. */
export function testHost(functions: Functions = {}, objects: Record<string, Json[]> = {}): TestHost {
  const clock = virtualClock(START);
  let draws = 0;
  const host: TestHost = {
    clock,
    events: [],
    calls: [],
    random: () => {
      draws = (draws * 16_807 + 11) % 2_147_483_647;
      return draws / 2_147_483_647;
    },
    onEvent: (event) => void host.events.push(event),
    invoke: async (name, payload, context) => {
      host.calls.push({ name, payload, at: secondsSince(clock), attempt: context.attempt });
      const implementation = functions[name];
      if (implementation === undefined) throw new TaskError('Lambda.ResourceNotFoundException', `no function ${name}`);
      return implementation(payload, context, clock);
    },
    readItems: async function* ({ Bucket, Key }) {
      const items = objects[`${Bucket}/${Key}`];
      if (items === undefined) throw new Error('The specified key does not exist.');
      yield* items;
    },
  };
  return host;
}

export function secondsSince(clock: VirtualClock): number {
  return (clock.now().getTime() - START.getTime()) / 1000;
}

/** A machine of these states; the first one starts. */
export function machineText(states: JsonObject, top: JsonObject = {}): string {
  const [StartAt = ''] = Object.keys(states);
  return JSON.stringify({ QueryLanguage: 'JSONata', StartAt, States: states, ...top });
}

export async function run(
  states: JsonObject,
  input: Json = {},
  host: AslHost = testHost(),
  options: Partial<ExecutionOptions> & { top?: JsonObject } = {},
): Promise<ExecutionResult> {
  const { top, ...rest } = options;
  return startExecution(parseStateMachine(machineText(states, top)), { host, name: 'test', input, ...rest });
}

/** A Pass state that ends the machine with this output. */
export function pass(output: Json, more: JsonObject = {}): JsonObject {
  return { Type: 'Pass', Output: output, End: true, ...more };
}

export function task(name: string, more: JsonObject = {}): JsonObject {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: name, Payload: '{% $states.input %}' },
    ...(Object.hasOwn(more, 'Next') ? {} : { End: true }),
    ...more,
  };
}

export function fails(name: string, message: string = 'broken'): () => never {
  return () => {
    throw new TaskError(name, message);
  };
}

/** The message with which a definition is refused; "accepted" where it is not. */
export function refusal(text: string, substitutions: Record<string, string> = {}): string {
  try {
    parseStateMachine(text, substitutions);
  } catch (error) {
    if (error instanceof AslDefinitionError) return error.message;
    throw error;
  }
  return 'accepted';
}

export const refused = (states: JsonObject, top: JsonObject = {}) => refusal(machineText(states, top));

/** A Map state over these states, distributed by default. */
export function map(
  more: JsonObject = {},
  config: JsonObject = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
  states: JsonObject = { P: pass(1) },
): JsonObject {
  const [StartAt = ''] = Object.keys(states);
  return { Type: 'Map', ItemProcessor: { ProcessorConfig: config, StartAt, States: states }, End: true, ...more };
}
