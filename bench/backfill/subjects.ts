import type { GateToReject } from '../../rehearsal/options.ts';

/** A change of a table, and what the same work is by hand. */
export interface Subject {
  readonly name: string;
  /** For people. */
  readonly says: string;
  /** The shipped migration whose change it is. */
  readonly file: string;
  /** In the schema `public`; another one than the migration's where only the change is taken from there. */
  readonly table: string;
  readonly key: 'whole' | 'uuid';
  /** What its rows are walked by, where that is not their key. */
  readonly by?: 'place';
  /** The gate that ends it; null where none asks, so that it completes. */
  readonly gate: GateToReject | null;
  /** Takes back what a completed one leaves. */
  readonly restore?: string;
  /** Brings back, before each copy, what undoing leaves changed. */
  readonly prepare?: string;
  /** The work in one statement, into something of its own that goes afterwards. */
  readonly byHand: ByHand;
  /** The same into what the migration has made, for the rows of a condition; its triggers may have copied some of them. */
  readonly copy: (where: string) => string;
  /** Of how many rows its sizes are measured at most where nobody says: more are tens of GB, or half an hour for each way. */
  readonly mostRows?: number;
  /** What is true of a row that has not been copied; absent where a row cannot say so. */
  readonly uncopied?: string;
  /** What other tools are asked for; absent where they refuse the table or know no such change. */
  readonly peers?: Peers;
}

export interface ByHand {
  readonly before?: string;
  readonly copy: string;
  readonly after?: string;
}

/** A column that gets another type by an expression. */
export interface Peers {
  readonly column: string;
  readonly to: string;
  readonly type: string;
  readonly up: string;
  readonly down: string;
}

/** A new column and the value that it gets. */
function column(
  table: string,
  name: string,
  { type, value }: { readonly type: string; readonly value: string },
) {
  return {
    byHand: {
      before: `ALTER TABLE ${table} ADD COLUMN bench ${type}`,
      copy: `UPDATE ${table} SET bench = ${value}`,
      after: `ALTER TABLE ${table} DROP COLUMN bench`,
    },
    copy: (where: string) => `UPDATE ${table} SET ${name} = ${value} WHERE ${where}`,
  };
}

const decimal = { type: 'numeric(14,4)', value: 'amount / 100.0' };
const toDecimal = {
  file: 'migrations/0002-orders-amount-to-decimal.yaml',
  gate: 'read-switch',
  uncopied: 'amount_v2 IS NULL',
} as const;

/** The same conversion of a table that every tool takes. */
const plainTable = (table: string, key: Subject['key'], says: string): Subject => ({
  ...toDecimal,
  name: table.replace('by_', ''),
  says,
  table,
  key,
  ...column(table, 'amount_v2', decimal),
  peers: {
    column: 'amount',
    to: 'amount_v2',
    type: decimal.type,
    up: decimal.value,
    down: 'round(amount * 100)::integer',
  },
});

/** One change in tables of several kinds. */
export const tables: readonly Subject[] = [
  {
    name: 'rename',
    says: 'users.email gets another name: a column is copied; four indexes',
    file: 'migrations/0001-rename-users-email.yaml',
    table: 'users',
    key: 'whole',
    gate: 'read-switch',
    ...column('users', 'email_address', { type: 'text', value: 'email' }),
    uncopied: 'email_address IS NULL',
  },
  {
    ...toDecimal,
    name: 'convert',
    says: 'orders.amount from integer to numeric; three indexes, one of them partial',
    table: 'orders',
    key: 'whole',
    ...column('orders', 'amount_v2', decimal),
  },
  plainTable('narrow', 'whole', 'the same conversion of a table of three columns'),
  {
    ...plainTable('wide', 'whole', 'the same conversion of rows of 1 kB; three indexes'),
    mostRows: 1_000_000,
  },
  {
    ...plainTable('by_uuid', 'uuid', 'the same conversion of a table of three columns whose keys are random'),
    mostRows: 1_000_000,
  },
  {
    ...plainTable('by_uuid', 'uuid', 'the same table, walked as its rows lie (`backfill: { by: place }`)'),
    name: 'uuid-by-place',
    by: 'place',
  },
];

/** One table each of the other shapes that a change can have. */
export const shapes: readonly Subject[] = [
  {
    name: 'split',
    says: 'users.name into two columns',
    file: 'migrations/0017-users-name-in-parts.yaml',
    table: 'users',
    key: 'whole',
    gate: 'read-switch',
    byHand: {
      before: 'ALTER TABLE users ADD COLUMN bench_1 text, ADD COLUMN bench_2 text',
      copy: `UPDATE users SET bench_1 = nullif(split_part(name, ' ', 1), ''),
                              bench_2 = nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')`,
      after: 'ALTER TABLE users DROP COLUMN bench_1, DROP COLUMN bench_2',
    },
    copy: (where) =>
      `UPDATE users SET first_name = nullif(split_part(name, ' ', 1), ''),
                        last_name = nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')
       WHERE ${where}`,
  },
  {
    name: 'merge',
    says: 'three columns of addresses into one, with an index on it',
    file: 'migrations/0018-addresses-in-one-line.yaml',
    table: 'addresses',
    key: 'whole',
    gate: 'read-switch',
    ...column('addresses', 'address', { type: 'text', value: `concat_ws(E'\\n', street, zip, city)` }),
  },
  {
    name: 'repair',
    says: 'users.country in capitals: rows that break a rule are written',
    file: 'migrations/0006-users-country-in-capitals.yaml',
    table: 'users',
    key: 'whole',
    gate: null,
    restore: 'ALTER TABLE users DROP CONSTRAINT users_country_in_capitals',
    prepare: 'UPDATE users SET country = lower(country)',
    byHand: { copy: 'UPDATE users SET country = upper(country) WHERE country <> upper(country)' },
    copy: (where) => `UPDATE users SET country = upper(country) WHERE country <> upper(country) AND ${where}`,
  },
  {
    name: 'partition',
    says: 'orders into a table of partitions, which takes its name',
    file: 'migrations/0030-orders-by-month.yaml',
    table: 'orders',
    key: 'whole',
    gate: 'swap',
    byHand: {
      before: `CREATE TABLE bench (LIKE orders INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (created_at);
        CREATE TABLE bench_rows PARTITION OF bench DEFAULT;
        ALTER TABLE bench ADD PRIMARY KEY (id, created_at), ADD FOREIGN KEY (user_id) REFERENCES users;
        CREATE INDEX ON bench (user_id);
        CREATE INDEX ON bench (created_at) WHERE status <> 'shipped'`,
      copy: 'INSERT INTO bench SELECT * FROM orders',
      after: 'DROP TABLE bench',
    },
    copy: (where) =>
      `INSERT INTO orders_underpin_new SELECT * FROM orders WHERE ${where} ON CONFLICT DO NOTHING`,
  },
  {
    name: 'split-table',
    says: 'two columns of users into a table of their own',
    file: 'migrations/0035-users-profiles-apart.yaml',
    table: 'users',
    key: 'whole',
    gate: 'read-switch',
    // Without the lock a row that is deleted meanwhile would end the statement.
    byHand: {
      before: 'CREATE TABLE bench (id bigint PRIMARY KEY REFERENCES users, name text, last_seen timestamptz)',
      copy: `INSERT INTO bench SELECT id, name, last_seen FROM users
             WHERE name IS NOT NULL OR last_seen IS NOT NULL FOR KEY SHARE`,
      after: 'DROP TABLE bench',
    },
    copy: (where) =>
      `INSERT INTO user_profiles (id, name, last_seen) SELECT id, name, last_seen FROM users
       WHERE (name IS NOT NULL OR last_seen IS NOT NULL) AND ${where} FOR KEY SHARE ON CONFLICT DO NOTHING`,
  },
];

/** The smallest rows, where what a copy costs beside the rows shows most. */
export const narrow = tables.filter(({ name }) => name === 'narrow');
