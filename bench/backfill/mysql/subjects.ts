import type { Subject } from '../subjects.ts';

/** A change of a table of the shipped example for MySQL, and what the same work is by hand. */
export type MysqlSubject = Pick<Subject, 'name' | 'says' | 'file' | 'table' | 'gate' | 'byHand' | 'copy'>;

/** A new column and the value that it gets. */
function column(
  table: string,
  name: string,
  { type, value }: { readonly type: string; readonly value: string },
) {
  return {
    byHand: {
      before: `ALTER TABLE ${table} ADD COLUMN bench ${type} INVISIBLE, ALGORITHM = INSTANT`,
      copy: `UPDATE ${table} SET bench = ${value}`,
      after: `ALTER TABLE ${table} DROP COLUMN bench, ALGORITHM = INSTANT`,
    },
    copy: (where: string) => `UPDATE ${table} SET ${name} = ${value} WHERE ${where}`,
  };
}

/** Two tables exchange their names at its end. */
export const exchanged: MysqlSubject = {
  name: 'copy',
  says: 'visits.id becomes a bigint: a copy of the table that takes its name; one index',
  file: 'migrations/mysql/0013-visits-key-to-bigint.yaml',
  table: 'visits',
  gate: 'swap',
  byHand: {
    before:
      'CREATE TABLE bench LIKE visits; ALTER TABLE bench MODIFY COLUMN id BIGINT NOT NULL AUTO_INCREMENT',
    copy: 'INSERT INTO bench SELECT * FROM visits',
    after: 'DROP TABLE bench',
  },
  copy: (where) => `INSERT INTO visits_underpin_new SELECT * FROM visits WHERE ${where}`,
};

export const mysqlSubjects: readonly MysqlSubject[] = [
  {
    name: 'rename',
    says: 'users.email gets another name: a column is copied; two indexes',
    file: 'migrations/mysql/0001-rename-users-email.yaml',
    table: 'users',
    gate: 'read-switch',
    ...column('users', 'email_address', { type: 'VARCHAR(190)', value: 'email' }),
  },
  {
    name: 'convert',
    says: 'orders.amount from int to decimal; one index',
    file: 'migrations/mysql/0003-orders-amount-in-euros.yaml',
    table: 'orders',
    gate: 'read-switch',
    ...column('orders', 'euros', { type: 'DECIMAL(14,2)', value: 'amount / 100' }),
  },
  exchanged,
];
