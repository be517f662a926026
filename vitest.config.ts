import { defineConfig } from 'vitest/config';

// What handlers log and publish is theirs to tell in a deployment; that the SDK will want a newer Node, ours to know once.
const quiet = {
  POWERTOOLS_METRICS_DISABLED: 'true',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};
// A machine under load is no failure: `expect.poll` would give up after a second.
const patient = { poll: { timeout: 50_000, interval: 20 } };

// Whose files share a process: they change nothing of it, be it a variable or a mock, and need none of our programs.
const sharing = ['engine', 'client', 'docs', 'rehearsal/cloud/data-api', 'rehearsal/data'];
const sharingFiles = sharing.map((folder) => `test/${folder}/**`);
const paths = 'test/migrations/**';

const common = { env: quiet, expect: patient };
// One more than cores: a test on a server waits for a third of its time. A machine under load is no failure.
const onServers = { ...common, maxWorkers: 3, testTimeout: 600_000, hookTimeout: 600_000 };
const sideBySide = {
  ...onServers,
  // The files that a worker runs share its process, and in it one warm cloud.
  isolate: false,
  // As many paths side by side as a warm cloud has targets: one more would start another cloud.
  maxConcurrency: 4,
};

/**
 * `pure` needs neither a server nor a process and is part of `npm run check`; its files share a thread, which takes half
 * the time. `real` runs what SQL does against real PostgreSQL; its files share three processes, since each new one loads for
 * nearly two seconds of processor time. `apart` gives each file a process of its own: handlers keep there what a warm sandbox
 * keeps, and programs are started. `paths` sends migrations through whole rehearsals. `mysql`, `mysql-apart` and `mysql-paths`
 * are the same against a real MySQL, and say so where none can be had.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'pure',
          maxWorkers: 2,
          // Who runs all projects at once: with another number of workers it has a turn of its own.
          sequence: { groupOrder: 1 },
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.real.test.ts', 'test/**/*.mysql.test.ts'],
          pool: 'threads',
          isolate: false,
          // A machine under load is no failure. Longer than a test's own patience, which says what it waited for.
          testTimeout: 180_000,
        },
      },
      {
        test: {
          ...onServers,
          name: 'real',
          include: sharingFiles.map((files) => `${files}/*.real.test.ts`),
          isolate: false,
          globalSetup: ['test/postgres-server.ts'],
        },
      },
      {
        test: {
          ...onServers,
          name: 'apart',
          include: ['test/**/*.real.test.ts'],
          exclude: [...sharingFiles, paths],
          globalSetup: ['test/postgres-server.ts', 'test/bundled-commands.ts'],
        },
      },
      {
        test: {
          ...sideBySide,
          name: 'paths',
          include: [`${paths}/*.real.test.ts`],
          globalSetup: [
            'test/postgres-server.ts',
            'test/bundled-programs.ts',
            'test/migrations/scratch-folder.ts',
          ],
        },
      },
      {
        test: {
          ...onServers,
          name: 'mysql',
          include: sharingFiles.map((files) => `${files}/*.mysql.test.ts`),
          isolate: false,
          globalSetup: ['test/mysql-server.ts'],
        },
      },
      {
        test: {
          ...onServers,
          name: 'mysql-apart',
          include: ['test/**/*.mysql.test.ts'],
          exclude: [...sharingFiles, paths],
          globalSetup: ['test/mysql-server.ts', 'test/bundled-programs.ts'],
        },
      },
      {
        test: {
          ...sideBySide,
          name: 'mysql-paths',
          include: [`${paths}/*.mysql.test.ts`],
          globalSetup: [
            'test/mysql-server.ts',
            'test/bundled-programs.ts',
            'test/migrations/scratch-folder.ts',
          ],
        },
      },
    ],
  },
});
