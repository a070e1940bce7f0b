import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { handlerFile } from './handler-file.ts';
import type { FunctionFailure, LambdaFunction, Outcome } from './lambda-function.ts';
import { HEAP_SHARES, LOAD_SECONDS } from './limits.ts';
import { type MemoryWatch, watchMemory } from './memory.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { contextFacts, lambdaVariables, type Place } from './variables.ts';

/** One process that keeps a function loaded; it handles one event at a time. */
export interface Environment {
  pid: number;
  /** From the start of the process to a loaded handler. */
  loadMilliseconds: number;
  /** False once it has ended, by itself or by a limit. */
  isAlive(): boolean;
  /** The most memory it ever held, in bytes. */
  peakBytes(): number;
  handle(eventText: string, request: { id: string; shift: number }): Promise<Outcome>;
  /** Ends the process at once, whatever it does. */
  kill(): Promise<void>;
}

export interface EnvironmentOptions {
  place: Place;
  /** Lines that the function writes, both streams as Lambda logs them. */
  onLog(line: string): void;
}

/** Starts a process for the function and loads its handler; a failure to load is an answer, as on Lambda. */
export async function openEnvironment(
  definition: LambdaFunction,
  { place, onLog }: EnvironmentOptions,
): Promise<{ environment: Environment } | { failure: FunctionFailure }> {
  const file = await handlerFile(definition);
  if ('failure' in file) return file;
  const temporary = await temporaryFolder();
  const running = await startProcess(definition, { place, onLog, temporary, ...file });
  const ready = await running.next({ seconds: Math.max(LOAD_SECONDS, definition.timeoutSeconds), id: 'INIT' });
  if (!('ready' in ready)) {
    await running.kill();
    return 'failure' in ready ? { failure: ready.failure } : { failure: exited('INIT', null, null) };
  }
  return {
    environment: {
      pid: running.pid,
      loadMilliseconds: ready.loadMilliseconds,
      isAlive: running.isAlive,
      peakBytes: running.memory.peak,
      handle: (eventText, request) => handle(definition, running, { eventText, request }),
      kill: running.kill,
    },
  };
}

async function handle(
  { timeoutSeconds }: LambdaFunction,
  running: Running,
  { eventText, request }: { eventText: string; request: { id: string; shift: number } },
): Promise<Outcome> {
  const { id, shift } = request;
  const deadline = Date.now() + timeoutSeconds * 1000;
  running.send({ event: eventText, requestId: id, deadline, shift });
  const told = await running.next({ seconds: timeoutSeconds, id });
  await running.memory.look();
  if ('answer' in told) return running.isAlive() ? told : { failure: exited(id, null, 'SIGKILL') };
  if (!('failure' in told)) throw new Error('[lambda] the function answered before it was asked.');
  if (told.fatal === true) await running.kill();
  return { failure: told.failure };
}

type Told =
  | { ready: true; loadMilliseconds: number }
  | { answer: string }
  | { failure: FunctionFailure; fatal?: boolean };

interface Running {
  pid: number;
  memory: MemoryWatch;
  isAlive(): boolean;
  send(message: object): void;
  /** What the process tells next; its end and its limits are failures. */
  next(limit: { seconds: number; id: string }): Promise<Told>;
  kill(): Promise<void>;
}

interface Starting extends EnvironmentOptions {
  temporary: string;
  path: string;
  exportName: string;
}

async function startProcess(definition: LambdaFunction, starting: Starting): Promise<Running> {
  const child = await spawnNode(definition, starting);
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('exit', (code, signal) => resolve([code, signal]));
    child.once('error', () => resolve([null, null]));
  });
  const removed = ended.then(() => rm(starting.temporary, { recursive: true, force: true }));
  const kill = async () => {
    child.kill('SIGKILL');
    await removed;
  };
  const pid = child.pid ?? 0;
  const memory = watchMemory(pid, definition.memoryMegabytes * 1024 ** 2, () => void child.kill('SIGKILL'));
  void ended.then(memory.stop);
  return {
    pid,
    memory,
    isAlive: () => !child.killed && child.exitCode === null && child.signalCode === null,
    send: (message) => void child.send(JSON.stringify(message), () => {}),
    next: (limit) => nextOf(child, ended, limit),
    kill,
  };
}

const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.ts', import.meta.url));

/** In the build its neighbour is a .js file. */
function bootstrapPath(): string {
  return import.meta.url.endsWith('.ts') ? BOOTSTRAP : BOOTSTRAP.replace(/\.ts$/, '.js');
}

async function spawnNode(definition: LambdaFunction, { place, onLog, temporary, path, exportName }: Starting) {
  const stream = `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
  const heap = (share: number) => Math.floor(definition.memoryMegabytes * share);
  const facts = JSON.stringify(contextFacts(definition, place, stream));
  const bootstrap = await readFile(bootstrapPath(), 'utf8');
  const words = [
    `--max-semi-space-size=${heap(HEAP_SHARES.new)}`,
    `--max-old-space-size=${heap(HEAP_SHARES.old)}`,
    '--input-type=module',
    '--eval',
    bootstrap,
    '--',
    path,
    exportName,
    facts,
  ];
  const child = spawn(process.execPath, words, {
    cwd: definition.folder,
    env: lambdaVariables(definition, place, { temporary, stream }),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const output of [child.stdout, child.stderr]) forEachLine(output, onLog);
  return child;
}

function forEachLine(output: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = '';
  output?.setEncoding('utf8').on('data', (text: string | Buffer) => {
    const lines = (rest + String(text)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  output?.once('end', () => {
    if (rest !== '') onLine(rest);
  });
}

async function nextOf(
  child: ChildProcess,
  ended: Promise<[number | null, NodeJS.Signals | null]>,
  { seconds, id }: { seconds: number; id: string },
): Promise<Told> {
  let timer: NodeJS.Timeout | undefined;
  let listen: ((message: unknown) => void) | undefined;
  const told = new Promise<Told>((resolve) => {
    listen = (message) => resolve(JSON.parse(String(message)) as Told);
    child.once('message', listen);
  });
  const gone = ended.then(([code, signal]): Told => ({ failure: exited(id, code, signal), fatal: true }));
  const late = new Promise<Told>((resolve) => {
    const failure = timedOut(id, seconds);
    timer = setTimeout(() => resolve({ failure, fatal: true }), seconds * 1000);
  });
  try {
    return await Promise.race([told, gone, late]);
  } finally {
    clearTimeout(timer);
    if (listen !== undefined) child.off('message', listen);
  }
}

function timedOut(id: string, seconds: number): FunctionFailure {
  return {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${id} Error: Task timed out after ${seconds.toFixed(2)} seconds`,
  };
}

/** Running out of memory looks the same: the sandbox kills the process. */
function exited(id: string, code: number | null, signal: NodeJS.Signals | null): FunctionFailure {
  const how = signal === 'SIGKILL' ? 'signal: killed' : signal === null ? `exit status ${code}` : `signal: ${signal}`;
  const reason = code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: ${how}`;
  return { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${id} Error: ${reason}` };
}
