import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Many tests wait for child processes and servers: a second worker helps on two cores as well.
    maxWorkers: Math.max(2, availableParallelism()),
  },
});
