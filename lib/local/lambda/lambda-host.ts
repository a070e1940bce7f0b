import { type ObjectStore, readJsonLines } from '../../storage/object-store.ts';
import { TaskError } from '../asl/errors.ts';
import type { AslClock, AslHost, HistoryEvent } from '../asl/host.ts';
import { type FunctionFailure, LambdaServiceError } from './lambda-function.ts';
import type { Lambdas } from './lambdas.ts';

export interface LambdaHostOptions {
  clock: AslClock;
  /** The bucket that item readers and result writers name. */
  bucket(name: string): ObjectStore;
  onEvent?(event: HistoryEvent): void;
}

/** Lets the interpreter call packaged functions, with the error names that Step Functions gives to what goes wrong there. */
export function lambdaHost(lambdas: Lambdas, { clock, bucket, onEvent }: LambdaHostOptions): AslHost {
  return {
    clock,
    ...(onEvent === undefined ? {} : { onEvent }),
    random: Math.random,
    invoke: async (functionName, payload) => {
      const called = await lambdas.invoke(functionName, payload).catch(refused);
      if ('failure' in called) throw taskError(called.failure);
      return called.value;
    },
    readItems: ({ Bucket, Key }) => readJsonLines(bucket(Bucket), Key, (value) => value),
    writeObject: async ({ Bucket, Key }, body) => void (await bucket(Bucket).write(Key, body)),
  };
}

/** Errors of the service come as `Lambda.<code>` (Step Functions Developer Guide, "Handle Lambda service exceptions"). */
function refused(error: unknown): never {
  if (error instanceof LambdaServiceError) throw new TaskError(`Lambda.${error.name}`, error.message);
  throw error;
}

/** A failure without a type is `Lambda.Unknown` (same page); the others keep their own name. */
function taskError({ errorType, errorMessage, trace }: FunctionFailure): TaskError {
  return new TaskError(errorType === '' ? 'Lambda.Unknown' : errorType, errorMessage, trace);
}
