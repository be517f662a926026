import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parseDocument } from 'yaml';
import * as z from 'zod';
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
import { typeOf } from './column-type.ts';
import {
  everyState,
  keepMysqlResult,
  canMeet,
  momentOf,
  mysqlPaths,
  type MysqlPath,
} from './mysql-moments.ts';

/**
 * By hand, and kept for docs/faults.md: `MOMENTS='Copy a shard' npx vitest run --project mysql-apart test/faults`, or the name of
 * a path, or `MOMENTS=all`. Each takes half a minute and more.
 */
const moments = process.env['MOMENTS'] ?? '';

// In the cloud's time, which is twenty times as fast.
const windows = {
  'reads.ramp': [100],
  'reads.bake': '60s',
  'confidence.window': '20s',
  'confidence.reconcileEvery': '10s',
  'contract.quarantine': '5s',
  // A server that is killed has forgotten its statements.
  'contract.statements': 'unmeasured',
};
const chosen = mysqlPaths.flatMap((path) =>
  path.states
    .filter((state) => ['all', path.name, state].includes(moments))
    .map((state) => ({ ...path, state })),
);

describe.skipIf(!hasMysql() || chosen.length === 0)(
  'a migration on MySQL ends as it would without a fault, and no write is lost,',
  () => {
    const schema = readFileSync('rehearsal/data/mysql-example-schema.sql', 'utf8');
    let folder: string;
    let server: DatabaseServer;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'underpin-faults-'));
      server = await startMysql(usable(inject('mysqlProgram')), {
        cache: inject('mysqlCache'),
        // It is killed, and must have what it has acknowledged.
        settings: { 'max-connections': '200' },
      });
    });
    afterAll(async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    });

    let count = 0;
    /** A shipped example on a database of its own; `meets` is called when its cloud is there. */
    async function ended(
      path: MysqlPath,
      moment: string,
      meets: (cloud: LocalCloud) => { readonly met: () => number; end(): Promise<void> },
    ) {
      const name = `shop_${(count += 1)}`;
      const began = performance.now();
      const url = await server.createDatabase(name);
      await loadMysqlDump(url, `${schema};\n${path.needs ?? 'SELECT 1'};`);
      const document = parseDocument(readFileSync(join('migrations/mysql', path.file), 'utf8'));
      document.set('table', `${name}.${path.table}`);
      for (const [key, value] of Object.entries({ ...windows, ...path.declares }))
        document.setIn(key.split('.'), value);
      const file = join(folder, `0001-faulty-${count}.yaml`);
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
        const options = { ...quickOptions, engine: 'mysql', databaseUrl: url, file, ...path.asked } as const;
        const { result, notes } = await rehearse(options, noScreen, { programs: inject('programs'), cloud });
        await fault.end();
        const {
          outcome,
          traffic: { requests, lostWrites },
        } = result;
        const seconds = Math.round((performance.now() - began) / 100) / 10;
        if (fault.met() > 0) await keepMysqlResult(moment, { outcome, requests, lostWrites, seconds });
        return { met: fault.met() > 0, outcome, lostWrites, notes, ...(await leftIn(url, path)) };
      } finally {
        await cloud.close();
      }
    }

    const asItMust = ({ ends, leaves, refers }: MysqlPath) => ({
      met: true,
      outcome: ends,
      lostWrites: 0,
      leaves,
      orphans: 0,
      keys: refers === undefined ? [] : [refers.key],
    });

    test.each(chosen.filter(({ state }) => canMeet(state, 'kill -9')))(
      '$name: where the server is killed with SIGKILL as "$state" begins',
      async (path) => {
        const { state } = path;
        expect(
          await ended(path, momentOf(path, state, 'kill -9'), (cloud) => killedAt(cloud, state)),
        ).toMatchObject(asItMust(path));
      },
    );

    test.each(chosen)('$name: where the answer to a statement of "$state" is lost', async (path) => {
      const { state } = path;
      expect(
        await ended(path, momentOf(path, state, 'lost answer'), (cloud) => answerLostIn(cloud, state)),
      ).toMatchObject(asItMust(path));
    });
    const sent = z.looseObject({ sql: z.string().default('') });

    /** The first that anybody sends from then on; in every state the first of each statement, once it is planned: a plan is tried ten times. */
    function answerLostIn(cloud: LocalCloud, state: string) {
      const entered = entering(cloud, state);
      const known = new Set<string>();
      let met = 0;
      const rule: FaultRule = ({ service, operation, body, caller }) => {
        if (service !== 'rds-data' || (state === everyState && caller === 'PlanMigration')) return undefined;
        // Names that hold a number of their own are new each time.
        const statement = `${operation} ${sent.parse(body).sql.replaceAll(/[0-9a-f]{6,}/gu, '…')}`;
        if (state === everyState ? known.has(statement) : !entered.is() || met > 0) return undefined;
        known.add(statement);
        met += 1;
        return { when: 'dropAfterCommit' };
      };
      const endRule = cloud.faults.when(rule);
      return {
        met: () => met,
        end: () => {
          entered.end();
          endRule();
          return Promise.resolve();
        },
      };
    }

    function killedAt(cloud: LocalCloud, state: string) {
      let killing: Promise<void> | undefined;
      const entered = entering(cloud, state, () => {
        killing = server.restart('SIGKILL', 0);
      });
      return {
        met: () => (killing === undefined ? 0 : 1),
        end: async () => {
          entered.end();
          await killing;
        },
      };
    }
  },
);

/** The columns that the path speaks of, the table's foreign keys, and rows that refer to nothing. */
async function leftIn(url: string, { table, leaves, refers }: MysqlPath) {
  const types: Record<string, string | undefined> = {};
  for (const column of Object.keys(leaves)) types[column] = await typeOf(url, table, column);
  const client = await createConnection({ uri: url, rowsAsArray: true });
  try {
    const [keys] = await client.query(
      'SELECT constraint_name FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE() AND table_name = ?',
      [table],
    );
    const names = z
      .array(z.tuple([z.string()]))
      .parse(keys)
      .flat();
    const [orphans] = await client.query(
      names.length === 0 || refers === undefined
        ? 'SELECT 0'
        : `SELECT COUNT(*) FROM ${table} AS t WHERE t.${refers.by} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users AS u WHERE u.id = t.${refers.by})`,
    );
    return { leaves: types, keys: names, orphans: z.tuple([z.tuple([z.number()])]).parse(orphans)[0][0] };
  } finally {
    await client.end();
  }
}

/** Whether a state has been entered, as often as the number behind its name says. */
function entering(cloud: LocalCloud, state: string, then: () => void = () => {}) {
  const { name = state, visit = '1' } = /^(?<name>.*?)(?: (?<visit>\d+))?$/u.exec(state)?.groups ?? {};
  let visits = 0;
  const end = cloud.stepFunctions.onEvent(({ event }) => {
    if (event.stateEnteredEventDetails?.name !== name) return;
    visits += 1;
    if (visits === Number(visit)) then();
  });
  return { is: () => visits >= Number(visit), end };
}
