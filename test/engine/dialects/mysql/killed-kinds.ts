import type { LiveTable } from './told-clients.ts';

/** A kind of change, on a table whose application writes all the while. */
export interface KilledKind {
  readonly kind: string;
  readonly columns: string;
  /** Tables that it refers to. */
  readonly needs?: string;
  readonly change: Readonly<Record<string, unknown>>;
  readonly live: Omit<LiveTable, 'table'>;
  /** Rows that nobody writes, from before to the end. */
  readonly before: string;
  readonly after: Readonly<Record<string, string>>;
}

const whole = "'none-none'";
const inParts: Omit<LiveTable, 'table'> = {
  old: (value) => ({ name: `${value}-${value}` }),
  new: (value) => ({ first: value, last: value }),
  none: 'none',
};
/** Few values, for what they refer to has to be there; `c0` is that of a row without one. */
const codeOf = (value: string): string => (value === 'none' ? 'c0' : `c${value.length % 9}`);

/** A column that refers to another table. */
export const referring = {
  codes: `CREATE TABLE codes (code VARCHAR(9) PRIMARY KEY);
    INSERT INTO codes VALUES ('c0'), ('c1'), ('c2'), ('c3'), ('c4'), ('c5'), ('c6'), ('c7'), ('c8');`,
  columns:
    "code VARCHAR(9) NOT NULL DEFAULT 'c0', FOREIGN KEY (code) REFERENCES codes (code) ON DELETE CASCADE",
  live: {
    old: (value: string) => ({ code: codeOf(value) }),
    new: (value: string) => ({ label: codeOf(value) }),
    none: 'none',
  },
} as const;

export const killedKinds: readonly KilledKind[] = [
  {
    kind: 'rename-column',
    needs: referring.codes,
    columns: referring.columns,
    change: { from: 'code', to: 'label' },
    live: referring.live,
    before: "(id, code) VALUES (500, 'c1')",
    after: { label: 'c1' },
  },
  {
    kind: 'split-column',
    columns: `name VARCHAR(125) NOT NULL DEFAULT ${whole}, KEY by_name (name)`,
    change: {
      column: 'name',
      down: "CONCAT(first, '-', last)",
      into: {
        first: {
          type: 'varchar(60)',
          up: "SUBSTRING_INDEX(name, '-', 1)",
          default: "'none'",
          notNull: true,
        },
        last: {
          type: 'varchar(60)',
          up: "SUBSTRING_INDEX(name, '-', -1)",
          default: "'none'",
          notNull: true,
        },
      },
      indexes: { by_name: '(last, first)' },
    },
    live: inParts,
    before: "(id, name) VALUES (500, 'a-b')",
    after: { first: 'a', last: 'b' },
  },
  {
    kind: 'merge-columns',
    columns: "first VARCHAR(60) NOT NULL DEFAULT 'none', last VARCHAR(60) NOT NULL DEFAULT 'none'",
    change: {
      columns: { first: "SUBSTRING_INDEX(name, '-', 1)", last: "SUBSTRING_INDEX(name, '-', -1)" },
      into: { name: { type: 'varchar(125)', up: "CONCAT(first, '-', last)", default: whole, notNull: true } },
    },
    live: { ...inParts, old: inParts.new, new: inParts.old },
    before: "(id, first, last) VALUES (500, 'a', 'b')",
    after: { name: 'a-b' },
  },
  {
    kind: 'add-column',
    columns: "note VARCHAR(60) NOT NULL DEFAULT 'none'",
    change: { column: 'filled', type: 'varchar(20)', backfill: "CONCAT('f', id)", notNull: true },
    live: {
      old: (value) => ({ note: value }),
      new: (value, id) => ({ note: value, filled: `f${id}` }),
      none: 'none',
      bare: (id) => ({ filled: `f${id}` }),
    },
    before: "(id, note) VALUES (500, 'a')",
    after: { note: 'a', filled: 'f500' },
  },
  {
    kind: 'set-not-null',
    columns: "note VARCHAR(60) NULL DEFAULT 'none'",
    change: { column: 'note', repair: "CONCAT('r', id)" },
    live: { old: (value) => ({ note: value }), new: (value) => ({ note: value }), none: 'none' },
    before: '(id, note) VALUES (500, NULL)',
    after: { note: 'r500' },
  },
  {
    kind: 'change-primary-key',
    needs: 'CREATE TABLE team (id INT PRIMARY KEY); INSERT INTO team VALUES (1), (2);',
    columns:
      "note VARCHAR(60) NOT NULL DEFAULT 'none', team INT NOT NULL DEFAULT 1, FOREIGN KEY (team) REFERENCES team (id)",
    change: { column: 'id', type: 'bigint' },
    live: { old: (value) => ({ note: value }), new: (value) => ({ note: value }), none: 'none' },
    before: "(id, note) VALUES (500, 'a')",
    after: { note: 'a' },
  },
  {
    kind: 'add-unique',
    columns: "note VARCHAR(60) NULL DEFAULT 'none'",
    change: { name: 'uq_note', columns: ['note', 'id'] },
    live: { old: (value) => ({ note: value }), new: (value) => ({ note: value }), none: 'none' },
    before: "(id, note) VALUES (500, 'a')",
    after: { note: 'a' },
  },
];
