import { defineConfig } from 'vitest/config';

/** `pure` needs no server and is part of `npm run check`; `real` runs against real PostgreSQL. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'pure', include: ['test/**/*.test.ts'], exclude: ['test/**/*.real.test.ts'] } },
      {
        test: {
          name: 'real',
          include: ['test/**/*.real.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: true,
          maxWorkers: 2,
          globalSetup: ['test/postgres-server.ts', 'test/bundled-functions.ts'],
        },
      },
    ],
  },
});
