import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AslHost, ExecutionResult, HistoryEvent } from '../../lib/local/asl/host.ts';
import type { Json } from '../../lib/local/asl/json.ts';
import { parseStateMachine } from '../../lib/local/asl/parse-state-machine.ts';
import { startExecution } from '../../lib/local/asl/start-execution.ts';
import type { ServiceAnswer, ServiceCall } from './aws-services.ts';
import { type Deployment, ROOT } from './deployment.ts';

export interface Executions {
  /** Answers the calls of Step Functions' API that functions make; null for any other. */
  answer(call: ServiceCall): Promise<ServiceAnswer> | null;
  /** Starts one by hand, as an operator would. */
  start(name: string, input: Json): Promise<ServiceAnswer>;
  /** Ends one; the functions that it called go on. */
  stop(name: string): void;
  /** How one ended; waits for it. */
  result(name: string): Promise<ExecutionResult>;
  names(): string[];
  events: HistoryEvent[];
}

interface Entry {
  input: string;
  stop: AbortController;
  status: 'RUNNING' | ExecutionResult['status'];
  done: Promise<ExecutionResult>;
}

/** Step Functions' STANDARD executions of the deployed definition, run by the interpreter. */
export async function openExecutions(deployment: Deployment, host: AslHost): Promise<Executions> {
  const definition = await readFile(join(ROOT, 'functions', 'pipeline.asl.json'), 'utf8');
  const machine = parseStateMachine(definition, deployment.substitutions);
  const entries = new Map<string, Entry>();
  const events: HistoryEvent[] = [];
  const arnOf = (name: string) => `${deployment.machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  const start = async (name: string, input: Json): Promise<ServiceAnswer> => {
    const standing = entries.get(name);
    const text = JSON.stringify(input);
    if (standing !== undefined && (standing.input !== text || standing.status !== 'RUNNING'))
      return { error: 'ExecutionAlreadyExists', message: `Execution Already Exists: '${arnOf(name)}'` };
    if (standing === undefined) {
      const stop = new AbortController();
      const heard = { ...host, onEvent: (event: HistoryEvent) => void events.push(event) };
      const done = startExecution(machine, { host: heard, name, input, signal: stop.signal });
      const entry: Entry = { input: text, stop, status: 'RUNNING', done };
      entries.set(name, entry);
      done.then(
        ({ status }) => {
          entry.status = status;
        },
        () => {
          entry.status = 'FAILED';
        },
      );
    }
    return { value: { executionArn: arnOf(name), startDate: host.clock.now().getTime() / 1000 } };
  };
  return {
    answer: (call) => {
      if (call.action === 'states:StartExecution') {
        const { name, input } = call.input;
        return start(String(name), JSON.parse(String(input)));
      }
      if (call.action !== 'states:DescribeExecution') return null;
      return Promise.resolve(describeExecution(entries, String(call.input['executionArn'])));
    },
    start,
    stop: (name) => entries.get(name)?.stop.abort(new Error('stopped by an operator')),
    result: (name) => {
      const entry = entries.get(name);
      if (entry === undefined) throw new Error(`[rehearsal] there is no execution "${name}".`);
      return entry.done;
    },
    names: () => [...entries.keys()],
    events,
  };
}

function describeExecution(entries: ReadonlyMap<string, Entry>, executionArn: string): ServiceAnswer {
  const name = executionArn.split(':').at(-1) ?? '';
  const entry = entries.get(name);
  if (entry === undefined)
    return { error: 'ExecutionDoesNotExist', message: `Execution Does Not Exist: '${executionArn}'` };
  return { value: { executionArn, name, status: entry.status, startDate: 0 } };
}
