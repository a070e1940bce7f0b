import { accessSync, constants, statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const MEMORY_FOLDER = '/dev/shm';
const ROOM_BYTES = 4 * 1024 ** 3;

/** Runs write thousands of small files: in memory, where a machine has room for that, they take two thirds of the time. */
function scratchFolder(): { TMPDIR?: string } {
  try {
    accessSync(MEMORY_FOLDER, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY_FOLDER);
    return bavail * bsize >= ROOM_BYTES ? { TMPDIR: MEMORY_FOLDER } : {};
  } catch {
    return {};
  }
}

/** Tests of plain functions, which leave nothing in their process: files that share one need not load it all again. */
const PLAIN = ['cli', 'deploy', 'domain', 'formats', 'providers', 'report', 'rows'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    env: scratchFolder(),
    globalSetup: ['test/scripts.ts'],
    // Many tests wait for child processes and servers: a second worker helps on two cores as well.
    maxWorkers: Math.max(2, availableParallelism()),
    projects: [
      { extends: true, test: { name: 'runs', include: ['test/**/*.test.ts'], exclude: PLAIN } },
      { extends: true, test: { name: 'plain', include: PLAIN, isolate: false } },
    ],
  },
});
