import { mkdtemp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';

/** What tests run in processes of their own, by the names that they have when built. */
export const SCRIPTS = {
  cli: new URL('../lib/cli/main.ts', import.meta.url),
  'killed-run': new URL('./e2e/killed-run.ts', import.meta.url),
};

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the built scripts lie. */
    scripts: string;
  }
}

let folder = '';

/** Builds the scripts once: a process that compiles for itself takes three times as long to begin. Beside the packages, which they import. */
export async function setup(project: TestProject): Promise<void> {
  folder = await mkdtemp(fileURLToPath(new URL('../node_modules/.finedrop-test-', import.meta.url)));
  const entries = Object.entries(SCRIPTS).map(([name, url]) => [name, fileURLToPath(url)]);
  await build({
    entryPoints: Object.fromEntries(entries),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
  });
  project.provide('scripts', folder);
}

export async function teardown(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
