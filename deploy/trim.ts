import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/**
 * What code loads when it asks for it, and the functions in which it ever asks; test/e2e/packaged.test.ts runs them all. The others
 * share that code, and would carry megabytes for it. Names are those in `import(…)`.
 */
const ASKED_FOR_IN: readonly { what: RegExp; functions: readonly string[] }[] = [
  { what: /^gpt-tokenizer\//, functions: ['convert'] },
  // A provider's SDK, and what opens it.
  {
    what: /^(\.\/job\.ts|@aws-sdk\/client-secrets-manager)$/,
    functions: ['stage', 'submit', 'poll'],
  },
  // `finedrop doctor` is for people, before they deploy.
  { what: /^\.\/doctor\.ts$/, functions: [] },
  { what: /^@aws-sdk\/client-sfn$/, functions: ['receive', 'retrain', 'survey'] },
  { what: /^@aws-sdk\/client-(sns|eventbridge)$/, functions: ['publish'] },
  { what: /\/s3-store\.ts$/, functions: [...everyStep(), 'retrain'] },
  {
    what: /^\.\/(openai|vertex|bedrock)\/index\.ts$/,
    functions: [...everyStep('fetch', 'collect', 'normalize'), 'retrain'],
  },
  { what: /\/download\.ts$/, functions: ['fetch'] },
  { what: /\/gcs-reader\.ts$/, functions: ['collect'] },
  { what: /^@hyzyla\/pdfium$/, functions: ['collect', 'fetch', 'convert'] },
  { what: /^sharp$/, functions: ['collect', 'fetch', 'convert', 'publish'] },
];

function everyStep(...without: readonly string[]): readonly string[] {
  const steps = ['survey', 'normalize', 'collect', 'fetch', 'convert', 'gate', 'stage', 'submit', 'poll', 'publish'];
  return steps.filter((step) => !without.includes(step));
}

const NAMESPACE = 'left-out';

/** Leaves out of a function's package what it never asks for. If it does ask, the error says where to put it back. */
export function leaveOut(functionName: string): Plugin {
  return {
    name: 'leave-out',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /./ }, ({ path, kind }) => {
        const rule = kind === 'dynamic-import' ? ASKED_FOR_IN.find(({ what }) => what.test(path)) : undefined;
        if (rule === undefined || rule.functions.includes(functionName)) return undefined;
        return { path, namespace: NAMESPACE };
      });
      onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => {
        const message = `[deploy] "${path}" is not in the package of ${functionName}. Add it in deploy/trim.ts.`;
        return { contents: `throw new Error(${JSON.stringify(message)})` };
      });
    },
  };
}

/** The way in which zod is imported everywhere: one name, for all that it can do. */
const ZOD = "import { z } from 'zod';";

/** esbuild drops what is not used of a namespace, but not of a name that is one: of 450 KB, messages in fifty languages included, 150 remain. */
export function leanZod(): Plugin {
  return {
    name: 'lean-zod',
    setup: ({ onLoad }) => {
      onLoad({ filter: /[\\/]lib[\\/].*\.ts$/ }, async ({ path }) => ({
        loader: 'ts',
        contents: (await readFile(path, 'utf8')).replace(ZOD, "import * as z from 'zod';"),
      }));
    },
  };
}
