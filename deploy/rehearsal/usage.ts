import type { CallReport } from '../../lib/local/lambda/lambdas.ts';
import type { S3Request } from './s3-door.ts';
import type { Stack } from './stack.ts';

/** Lambda bills whole milliseconds of the memory that a function is given, whatever it takes of it. */
export interface FunctionUsage {
  calls: number;
  milliseconds: number;
  gigabyteSeconds: number;
  peakBytes: number;
  memoryMegabytes: number;
}

/** What a run used: each function, the machine's transitions, and S3. */
export interface Usage {
  functions: ReadonlyMap<string, FunctionUsage>;
  /** Of all executions, children of maps included: a state that is entered, and each further try of it. */
  transitions: number;
  /** Events of the longest history are at most a few for each of its transitions. */
  executions: number;
  /** By caller, and then by operation. */
  s3: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** S3's dearer requests (PUT, COPY, POST, LIST) and its cheaper ones (GET, HEAD); deletes cost nothing. */
  s3Writes: number;
  s3Reads: number;
}

/** Counts what everything in a stack has used so far. */
export function usageOf({ deployment, reports, executions, s3 }: Stack): Usage {
  const functions = deployment.functions.map(({ key, name, memoryMegabytes }): [string, FunctionUsage] => [
    key,
    functionUsage(
      reports.filter(({ functionName }) => functionName === name),
      memoryMegabytes,
    ),
  ]);
  const entered = executions.events.filter(({ event }) => event === 'state-entered' || event === 'state-retried');
  return {
    functions: new Map(functions),
    transitions: entered.length,
    executions: executions.events.filter(({ event }) => event === 'execution-started').length,
    s3: countedBy(s3.requests),
    s3Writes: s3.requests.filter(({ operation }) => isWrite(operation)).length,
    s3Reads: s3.requests.filter(({ operation }) => isRead(operation)).length,
  };
}

function functionUsage(reports: readonly CallReport[], memoryMegabytes: number): FunctionUsage {
  const milliseconds = reports.reduce(
    (sum, report) => sum + Math.ceil(report.milliseconds + (report.loadMilliseconds ?? 0)),
    0,
  );
  return {
    calls: reports.length,
    milliseconds,
    gigabyteSeconds: (milliseconds / 1000) * (memoryMegabytes / 1024),
    peakBytes: Math.max(0, ...reports.map(({ peakBytes }) => peakBytes)),
    memoryMegabytes,
  };
}

function countedBy(requests: readonly S3Request[]): Map<string, Map<string, number>> {
  const counts = new Map<string, Map<string, number>>();
  for (const { caller, operation } of requests) {
    const own = counts.get(caller) ?? new Map<string, number>();
    counts.set(caller, own.set(operation, (own.get(operation) ?? 0) + 1));
  }
  return counts;
}

const isRead = (operation: string) => /^(Get|Head)/.test(operation);
const isWrite = (operation: string) => /^(Put|Copy|Create|Complete|Upload|List)/.test(operation);

/** The same as tables for people and for the docs. */
export function usageText(stack: Stack): string {
  const usage = usageOf(stack);
  const functions = [...usage.functions].map(([key, used]) => [
    key,
    String(used.calls),
    `${Math.ceil(used.peakBytes / 1e6)} of ${used.memoryMegabytes} MB`,
    `${(used.milliseconds / 1000).toFixed(1)} s`,
    used.gigabyteSeconds.toFixed(1),
  ]);
  const requests = [...usage.s3].map(([caller, counts]) => [
    caller,
    [...counts].map(([operation, count]) => `${operation} ${count}`).join(', '),
  ]);
  const seconds = [...usage.functions.values()].reduce((sum, { gigabyteSeconds }) => sum + gigabyteSeconds, 0);
  const calls = [...usage.functions.values()].reduce((sum, one) => sum + one.calls, 0);
  return [
    table(['function', 'calls', 'peak memory', 'time', 'GB-seconds'], functions),
    '',
    table(['caller', 'S3 requests'], requests),
    '',
    `Lambda: ${calls} calls, ${seconds.toFixed(1)} GB-seconds.`,
    `Step Functions: ${usage.transitions} state transitions in ${usage.executions} executions.`,
    `S3: ${usage.s3Writes} PUT, COPY, POST and LIST requests; ${usage.s3Reads} GET and HEAD requests.`,
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
