import { expect, test } from 'vitest';
import { said } from './said.ts';

const onlyPostgres = 'migrations/0031-users-to-accounts.yaml';

test('a kind of change that an engine does not run is refused at its line, without a database', async () => {
  expect((await said(['lint', onlyPostgres])).code).toBe(0);
  const { code, out } = await said(['lint', '--engine', 'mysql', onlyPostgres]);
  expect(code).toBe(2);
  expect(out).toContain('0031-users-to-accounts.yaml:8');
  expect(out).toContain('MySQL: not supported yet: move-table');
});

test('plan reads a file as the engine does that an address names', async () => {
  const { code, err } = await said([
    'plan',
    onlyPostgres,
    '--database-url',
    'mysql://nobody@127.0.0.1:1/shop',
  ]);
  expect(code).toBe(2);
  expect(err).toContain('MySQL: not supported yet: move-table');
});

test('plan refuses an engine that is not that of the address', async () => {
  const words = ['--engine', 'postgres', '--database-url', 'mysql://nobody:secret@127.0.0.1:1/shop'];
  const { code, err } = await said(['plan', onlyPostgres, ...words]);
  expect(code).toBe(2);
  expect(err).toContain('Leave --engine out');
  expect(err).not.toContain('secret');
});
