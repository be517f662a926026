import { expect, test } from 'vitest';
import { serverFault } from '../../../cli/database/mysql-fault.ts';

const mysql = { version: '8.4.3', comment: 'MySQL Community Server - GPL', isReadOnly: 0 };

test('a MySQL that can be written is worked on', () => {
  expect(serverFault(mysql)).toBeUndefined();
});

test.each([
  { version: '11.4.2-MariaDB-ubu2404', comment: 'mariadb.org binary distribution' },
  { version: '10.6.1', comment: 'MariaDB Server' },
])('MariaDB is refused by name: $version', (facts) => {
  expect(serverFault({ ...mysql, ...facts })).toContain(`is MariaDB (${facts.version})`);
});

test('a server that nobody can write is refused', () => {
  expect(serverFault({ ...mysql, isReadOnly: 1 })).toContain('nobody can write');
});
