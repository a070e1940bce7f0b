import { randomUUID } from 'node:crypto';
import { type Environment, openEnvironment } from './environment.ts';
import { type FunctionFailure, type LambdaFunction, LambdaServiceError, type Outcome } from './lambda-function.ts';
import { LARGEST_ANSWER, LARGEST_EVENT } from './limits.ts';
import { createTurns, type Turns } from './turns.ts';
import type { Place } from './variables.ts';

/** What Lambda's REPORT line tells of one call. */
export interface CallReport {
  functionName: string;
  requestId: string;
  milliseconds: number;
  /** Only where the call had to open an environment. */
  loadMilliseconds: number | null;
  /** The most memory that the environment held so far, in bytes; 0 where the system does not tell. */
  peakBytes: number;
  failure: FunctionFailure | null;
}

export interface LambdasOptions {
  place?: Partial<Place>;
  /** Events handled at once by all functions together; more wait. As many as there are processors, by default. */
  atOnce: number;
  /** Another time than the machine's, for the functions to see. */
  now?: () => Date;
  onLog?(functionName: string, line: string): void;
  onReport?(report: CallReport): void;
}

/** Packaged functions, each in processes of its own, called as Lambda's Invoke does. */
export interface Lambdas {
  /** The answer's value, or the function's failure; throws LambdaServiceError where the service would refuse. */
  invoke(functionName: string, event: unknown): Promise<{ value: unknown } | { failure: FunctionFailure }>;
  /** The processes that handle an event now. */
  busy(functionName: string): readonly Environment[];
  close(): Promise<void>;
}

const LOCAL_PLACE: Place = {
  region: 'us-east-1',
  account: '000000000000',
  credentials: { accessKeyId: 'LOCAL', secretAccessKey: 'local' },
};

/** Opens functions for calls; no process starts before the first one. */
export function openLambdas(functions: readonly LambdaFunction[], options: LambdasOptions): Lambdas {
  const fleets = new Map(functions.map((definition) => [definition.name, fleetOf(definition, options)]));
  const turns = createTurns(options.atOnce);
  return {
    invoke: async (functionName, event) => {
      const fleet = fleets.get(nameIn(functionName));
      if (fleet === undefined)
        throw new LambdaServiceError('ResourceNotFoundException', `Function not found: ${functionName}`);
      const outcome = await call(fleet, turns, { text: eventText(event), options });
      return 'failure' in outcome ? outcome : { value: JSON.parse(outcome.answer) };
    },
    busy: (functionName) => [...(fleets.get(nameIn(functionName))?.busy ?? [])],
    close: async () => {
      await Promise.all([...fleets.values()].map((fleet) => fleet.close()));
    },
  };
}

/** Invoke takes a name or an ARN. */
function nameIn(functionName: string): string {
  return /^arn:[^:]*:lambda:[^:]*:[^:]*:function:([^:]+)/.exec(functionName)?.[1] ?? functionName;
}

function eventText(event: unknown): string {
  const text = JSON.stringify(event) ?? 'null';
  const bytes = Buffer.byteLength(text);
  if (bytes > LARGEST_EVENT) {
    throw new LambdaServiceError(
      'RequestEntityTooLargeException',
      `${bytes} byte payload is too large for the RequestResponse invocation type (limit ${LARGEST_EVENT} bytes)`,
    );
  }
  return text;
}

interface Fleet {
  definition: LambdaFunction;
  busy: ReadonlySet<Environment>;
  /** Warm or new; `null` = beyond what is reserved. */
  take(): Promise<Taken>;
  /** Every call that took an environment gives it back, dead or alive. */
  giveBack(environment: Environment): void;
  /** Calls that wait for an environment or have one. */
  running: { calls: number };
  close(): Promise<void>;
}

type Taken = { environment: Environment; isNew: boolean } | { failure: FunctionFailure };

function fleetOf(definition: LambdaFunction, { place, onLog }: LambdasOptions): Fleet {
  const idle: Environment[] = [];
  const busy = new Set<Environment>();
  const open = () =>
    openEnvironment(definition, {
      place: { ...LOCAL_PLACE, ...place },
      onLog: (line) => onLog?.(definition.name, line),
    });
  return {
    definition,
    busy,
    running: { calls: 0 },
    take: async () => {
      for (let warm = idle.pop(); warm !== undefined; warm = idle.pop()) {
        if (!warm.isAlive()) continue;
        busy.add(warm);
        return { environment: warm, isNew: false };
      }
      const opened = await open();
      if ('failure' in opened) return opened;
      busy.add(opened.environment);
      return { ...opened, isNew: true };
    },
    giveBack: (environment) => {
      busy.delete(environment);
      if (environment.isAlive()) idle.push(environment);
    },
    close: async () => {
      await Promise.all([...idle, ...busy].map((environment) => environment.kill()));
    },
  };
}

interface Call {
  text: string;
  options: LambdasOptions;
}

async function call(fleet: Fleet, turns: Turns, { text, options }: Call): Promise<Outcome> {
  const { name, reservedConcurrency } = fleet.definition;
  if (fleet.running.calls >= (reservedConcurrency ?? Number.POSITIVE_INFINITY))
    throw new LambdaServiceError('TooManyRequestsException', 'Rate Exceeded.');
  fleet.running.calls += 1;
  try {
    return await turns(async () => {
      const taken = await fleet.take();
      if ('failure' in taken) return taken;
      return handleIn(taken, fleet, { name, text, options });
    });
  } finally {
    fleet.running.calls -= 1;
  }
}

async function handleIn(
  { environment, isNew }: { environment: Environment; isNew: boolean },
  fleet: Fleet,
  { name, text, options }: Call & { name: string },
): Promise<Outcome> {
  const requestId = randomUUID();
  const started = performance.now();
  try {
    const shift = options.now === undefined ? 0 : options.now().getTime() - Date.now();
    const outcome = withinLimit(await environment.handle(text, { id: requestId, shift }));
    options.onReport?.({
      functionName: name,
      requestId,
      milliseconds: performance.now() - started,
      loadMilliseconds: isNew ? environment.loadMilliseconds : null,
      peakBytes: environment.peakBytes(),
      failure: 'failure' in outcome ? outcome.failure : null,
    });
    return outcome;
  } finally {
    fleet.giveBack(environment);
  }
}

function withinLimit(outcome: Outcome): Outcome {
  if ('failure' in outcome || Buffer.byteLength(outcome.answer) <= LARGEST_ANSWER) return outcome;
  return {
    failure: {
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: `Response payload size exceeded maximum allowed payload size (${LARGEST_ANSWER} bytes).`,
    },
  };
}
