import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parseDocument } from 'yaml';
import type { FaultRule } from '../../rehearsal/cloud/faults.ts';
import { loadMysqlDump } from '../../rehearsal/database/load-mysql-dump.ts';
import { usable } from '../../rehearsal/database/mysql-binary.ts';
import { startMysql } from '../../rehearsal/database/mysql-server.ts';
import type { DatabaseServer } from '../../rehearsal/database/server-process.ts';
import { startLocalCloud, type LocalCloud } from '../../rehearsal/deployment/local-cloud.ts';
import { localTarget } from '../../rehearsal/deployment/local-target.ts';
import { rehearse } from '../../rehearsal/rehearse.ts';
import { noScreen } from '../../rehearsal/screen/screen.ts';
import { hasMysql } from '../fresh-mysql-database.ts';
import { quickOptions } from '../migrations/quick-options.ts';
import { columnsOf } from '../rehearsal/mysql-columns.ts';
import { keepMysqlResult, momentOf, mysqlStates, type MysqlState } from './mysql-moments.ts';

/**
 * By hand, and kept for docs/faults.md: `MOMENTS='Copy a shard' npx vitest run --project mysql-apart test/faults`, or `MOMENTS=all`. Each takes half a minute and more.
 */
const moments = process.env['MOMENTS'] ?? '';

// In the cloud's time, which is twenty times as fast.
const windows = {
  'reads.ramp': [100],
  'reads.bake': '60s',
  'confidence.window': '20s',
  'confidence.reconcileEvery': '10s',
  'contract.quarantine': '5s',
};
const chosen = mysqlStates.filter((state) => moments === 'all' || moments === state);

describe.skipIf(!hasMysql() || chosen.length === 0)(
  'a migration on MySQL completes, and no write is lost,',
  () => {
    const schema = readFileSync('rehearsal/data/mysql-example-schema.sql', 'utf8');
    let folder: string;
    let server: DatabaseServer;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'underpin-faults-'));
      server = await startMysql(usable(inject('mysqlProgram')), {
        cache: inject('mysqlCache'),
        settings: { 'max-connections': '200' },
      });
    });
    afterAll(async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    });

    let count = 0;
    /** The shipped example on a database of its own; `meets` is called when its cloud is there. */
    async function renamed(
      moment: string,
      meets: (cloud: LocalCloud) => { readonly met: () => number; end(): Promise<void> },
    ) {
      const name = `shop_${(count += 1)}`;
      const began = performance.now();
      const url = await server.createDatabase(name);
      await loadMysqlDump(url, schema);
      const document = parseDocument(readFileSync('migrations/mysql/0001-rename-users-email.yaml', 'utf8'));
      document.set('table', `${name}.users`);
      for (const [key, value] of Object.entries(windows)) document.setIn(key.split('.'), value);
      const file = join(folder, `0001-rename-${count}.yaml`);
      writeFileSync(file, document.toString());
      const cloud = await startLocalCloud({
        targets: [localTarget(url)],
        migrationsFolder: folder,
        // How the application fares while its database is away is no reason to go back here.
        limits: { errorRate: 1, latencyP95: 1000 },
        functions: inject('programs').functions,
        speed: 20,
      });
      try {
        const fault = meets(cloud);
        const options = { ...quickOptions, engine: 'mysql', databaseUrl: url, file } as const;
        const { result, notes } = await rehearse(options, noScreen, { programs: inject('programs'), cloud });
        await fault.end();
        const {
          outcome,
          traffic: { requests, lostWrites },
        } = result;
        const seconds = Math.round((performance.now() - began) / 100) / 10;
        if (fault.met() > 0) await keepMysqlResult(moment, { outcome, requests, lostWrites, seconds });
        return {
          met: fault.met(),
          outcome,
          lostWrites,
          columns: await columnsOf(url, 'users'),
          notes,
        };
      } finally {
        await cloud.close();
      }
    }

    const completed = {
      met: 1,
      outcome: 'completed',
      lostWrites: 0,
      columns: expect.not.arrayContaining(['email']),
    };

    test.each(chosen)('where the server is killed with SIGKILL as "%s" begins', async (state) => {
      expect(await renamed(momentOf(state, 'kill -9'), (cloud) => killedAt(cloud, state))).toMatchObject(
        completed,
      );
    });

    test.each(chosen)('where the answer to a statement of "%s" is lost', async (state) => {
      expect(
        await renamed(momentOf(state, 'lost answer'), (cloud) => answerLostIn(cloud, state)),
      ).toMatchObject(completed);
    });

    /** The first that anybody sends from then on. */
    function answerLostIn(cloud: LocalCloud, state: MysqlState) {
      let isEntered = false;
      let met = 0;
      const endEvents = cloud.stepFunctions.onEvent(({ event }) => {
        if (event.stateEnteredEventDetails?.name === state) isEntered = true;
      });
      const rule: FaultRule = ({ service }) => {
        if (!isEntered || met > 0 || service !== 'rds-data') return undefined;
        met += 1;
        return { when: 'dropAfterCommit' };
      };
      const endRule = cloud.faults.when(rule);
      return {
        met: () => met,
        end: () => {
          endEvents();
          endRule();
          return Promise.resolve();
        },
      };
    }

    function killedAt(cloud: LocalCloud, state: MysqlState) {
      let killing: Promise<void> | undefined;
      const endEvents = cloud.stepFunctions.onEvent(({ event }) => {
        if (event.stateEnteredEventDetails?.name === state) killing ??= server.restart('SIGKILL', 0);
      });
      return {
        met: () => (killing === undefined ? 0 : 1),
        end: async () => {
          endEvents();
          await killing;
        },
      };
    }
  },
);
