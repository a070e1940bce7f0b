import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import type { LambdaFunction } from '../../lib/local/lambda/lambda-function.ts';
import { type CallReport, type Lambdas, type LambdasOptions, openLambdas } from '../../lib/local/lambda/lambdas.ts';

export interface HandlerBench {
  /** A function whose package holds this one file. */
  define(code: string, settings?: Partial<LambdaFunction> & { file?: string }): Promise<LambdaFunction>;
  /** Lambdas that are closed when the test has ended, with what they told. */
  open(functions: readonly LambdaFunction[], options?: Partial<LambdasOptions>): Opened;
}

export interface Opened {
  lambdas: Lambdas;
  lines: string[];
  reports: CallReport[];
}

/** Small packages for tests of the runner; their folders and processes are gone when the tests have ended. */
export function useHandlers(): HandlerBench {
  const folders: string[] = [];
  const opened: Lambdas[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((lambdas) => lambdas.close())));
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));
  return {
    define: async (code, { file = 'functions/work.mjs', ...settings } = {}) => {
      const folder = await mkdtemp(join(tmpdir(), 'finedrop-package-'));
      folders.push(folder);
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), code);
      return {
        name: 'work',
        handler: 'functions/work.handler',
        folder,
        memoryMegabytes: 512,
        timeoutSeconds: 20,
        environment: {},
        ...settings,
      };
    },
    open: (functions, options) => {
      const lines: string[] = [];
      const reports: CallReport[] = [];
      const lambdas = openLambdas(functions, {
        atOnce: 4,
        onLog: (_name, line) => void lines.push(line),
        onReport: (report) => void reports.push(report),
        ...options,
      });
      opened.push(lambdas);
      return { lambdas, lines, reports };
    },
  };
}
