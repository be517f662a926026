import { describe, expect, test } from 'vitest';
import { hasMysql } from '../fresh-mysql-database.ts';
import { expectEnded } from './ended.ts';
import { without } from './example-columns.ts';
import { usersColumns } from './mysql-example-columns.ts';
import { onStage } from './on-stage.ts';

const inParts = { file: 'migrations/mysql/0009-users-name-in-parts.yaml', table: 'users' };
const parts = { first_name: 'varchar(120)', last_name: 'varchar(120)' };

describe.skipIf(!hasMysql())('a new side that a refused contract leaves on MySQL', () => {
  test('stands with its dual write, and the next start finds it equal and completes', () =>
    onStage(inParts, async (stage) => {
      expectEnded(await stage.run({ reject: 'contract' }, { onRollback: 'leave' }), 'rolled-back');
      const { columns, triggers } = await stage.catalog();
      expect(columns).toEqual({ ...usersColumns, ...parts });
      expect(triggers).not.toEqual([]);
      expectEnded(await stage.run(), 'completed');
      expect((await stage.catalog()).columns).toEqual({ ...without(usersColumns, 'name'), ...parts });
    }));
});
