import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RehearsalOptions } from '../../rehearsal/options.ts';
import { freshName } from '../engine/dialects/mysql/fresh-name.ts';
import { hasMysql } from '../fresh-mysql-database.ts';
import { mysqlCloud, type MysqlCloud } from '../rehearsal/mysql-cloud.ts';
import { columnsOf, tablesOf, typeOf } from '../rehearsal/mysql-columns.ts';

interface Course {
  /** What a rollback leaves standing; none where it is not said. */
  readonly leaves?: readonly string[];
  readonly target: string;
  readonly file: string;
  readonly goes: string;
  readonly asked: Partial<RehearsalOptions>;
  readonly outcome: 'completed' | 'rolled-back';
  readonly adds: readonly string[];
  readonly takes?: readonly string[];
  /** Left out: users. */
  readonly table?: string;
  /** What the key's type is in the end; left out: nobody asks. */
  readonly key?: string;
}

const required = '0007-users-country-required.yaml';
const locale = '0008-users-add-locale.yaml';
const inParts = '0009-users-name-in-parts.yaml';
const wider = { file: '0013-visits-key-to-bigint.yaml', table: 'visits', adds: [] };
const courses: readonly Course[] = [
  {
    target: 'repaired',
    file: required,
    goes: 'completes',
    asked: {},
    outcome: 'completed',
    adds: [],
  },
  {
    target: 'filled',
    file: locale,
    goes: 'completes although a worker is killed',
    asked: { killWorker: true },
    outcome: 'completed',
    adds: ['locale'],
  },
  {
    target: 'in-parts',
    file: inParts,
    goes: 'completes',
    asked: {},
    outcome: 'completed',
    adds: ['first_name', 'last_name'],
    takes: ['name'],
  },
  {
    target: 'referring',
    file: '0014-orders-user-to-customer.yaml',
    goes: 'completes, with its foreign key',
    asked: {},
    outcome: 'completed',
    table: 'orders',
    adds: ['customer_id'],
    takes: ['user_id'],
  },
  {
    ...wider,
    target: 'wider',
    goes: 'completes although a worker is killed',
    asked: { killWorker: true },
    outcome: 'completed',
    key: 'bigint',
  },
  {
    ...wider,
    target: 'wider-breach',
    goes: 'rolls back when a guardrail trips in its backfill',
    asked: { breach: 'backfill' },
    outcome: 'rolled-back',
    key: 'int',
  },
  {
    ...wider,
    target: 'wider-unswapped',
    goes: 'rolls back when the swap is refused',
    asked: { reject: 'swap' },
    outcome: 'rolled-back',
    key: 'int',
  },
  {
    ...wider,
    target: 'wider-refused',
    goes: 'swaps back when the contract is refused',
    asked: { reject: 'contract' },
    outcome: 'rolled-back',
    key: 'int',
  },
  {
    target: 'repaired-breach',
    file: required,
    goes: 'rolls back when a guardrail trips in its backfill',
    asked: { breach: 'backfill' },
    outcome: 'rolled-back',
    adds: [],
  },
  {
    target: 'filled-refused',
    file: locale,
    goes: 'rolls back when the contract is refused',
    asked: { reject: 'contract' },
    outcome: 'rolled-back',
    adds: [],
  },
  {
    target: 'in-parts-refused',
    file: inParts,
    goes: 'rolls back when the read switch is refused',
    asked: { reject: 'read-switch' },
    outcome: 'rolled-back',
    adds: [],
  },
  {
    target: 'in-parts-left',
    file: inParts,
    goes: 'leaves the new side with its dual write, when the contract is refused',
    asked: { reject: 'contract' },
    outcome: 'rolled-back',
    adds: [],
    leaves: ['first_name', 'last_name'],
  },
];

describe.skipIf(!hasMysql())('under live traffic on MySQL', () => {
  let stage: MysqlCloud<string>;
  beforeAll(async () => {
    stage = await mysqlCloud(courses.map(({ target }) => target));
  });
  afterAll(() => stage.close());

  test.each(courses)('$file $goes', async ({ target, file, asked, outcome, ...of }) => {
    const { adds, takes = [], table = 'users', key, leaves } = of;
    const columns = async () => (await columnsOf(stage.urlOf(target), table)).toSorted();
    const before = await columns();
    const tables = await tablesOf(stage.urlOf(target));
    const name = freshName();
    const onRollback = leaves === undefined ? 'remove' : 'leave';
    const { result, asAsked, notes } = await stage.run(target, file, asked, { onRollback }, name);
    expect({ ...result, asAsked, notes }).toMatchObject({
      outcome,
      asAsked: true,
      traffic: { failed: 0, lostWrites: 0 },
    });
    expect(result.traffic.requests).toBeGreaterThan(0);
    const kept = before.filter((column) => !takes.includes(column));
    expect(await columns()).toEqual([...kept, ...adds, ...(leaves ?? [])].toSorted());
    if (key !== undefined) expect(await typeOf(stage.urlOf(target), table, 'id')).toBe(key);
    expect(await tablesOf(stage.urlOf(target))).toEqual(tables);
    if (leaves === undefined) return;
    // Whoever starts again finds a side that was kept equal, and the migration completes.
    const again = await stage.run(target, file, {}, {}, name);
    expect({ ...again.result, asAsked: again.asAsked }).toMatchObject({
      outcome: 'completed',
      asAsked: true,
      traffic: { failed: 0, lostWrites: 0 },
    });
    expect(await columns()).toEqual([...before.filter((column) => column !== 'name'), ...leaves].toSorted());
  });
});
