import type { TableSplit } from '../../splits.ts';
import { identifier, literal, qualifiedName } from '../quote.ts';
import type { Trigger } from '../trigger.ts';
import { ofRow, saysSomething } from './said.ts';
import { isOfKey, keyText, sameKey } from './same-key.ts';

// Before the backfill has come to a row, an INSERT into the new table is about one that the old table has already. Its statement
// should do what it will do afterwards. With no other branch, or DO NOTHING, it finds its row there: the trigger makes it. DO UPDATE
// cannot be given a row that came within its own statement (21000); but the server wakes triggers of an UPDATE at its start, by the
// columns that its other branch sets. So what that branch does not set stays, and what it sets is what was to be inserted.

/** A note of what the other branch of the statement sets, one for each depth of triggers: these may write too, in between. */
const note = `pg_catalog.concat('underpin.branch_', pg_trigger_depth())`;
const noted = `coalesce(current_setting(${note}, true), '')`;
const noteOnce = (value: string): string => `PERFORM set_config(${note}, ${value}, true);`;

const event = '_0_branch';
const ofStatement = { isOfStatement: true, when: null, calls: 'dual write back' } as const;

/** PostgreSQL wakes those of INSERT first, then the others by their names. */
export const branchTriggers = ({ moved }: Pick<TableSplit, 'moved'>): readonly Trigger[] => [
  { event, on: 'INSERT OR UPDATE', ...ofStatement },
  ...moved.map(({ column }, at) => ({
    event: `${event}_${at + 1}`,
    on: `UPDATE OF ${identifier(column)}`,
    argument: String(at + 1),
    ...ofStatement,
  })),
];

/** Whose a note is: other tables may be written by triggers of the same depth. */
const mine = `pg_catalog.concat(TG_RELID, '/')`;

export const noteBranch: readonly string[] = [
  'CASE',
  `  WHEN TG_OP = 'INSERT' THEN ${noteOnce(`''`)}`,
  `  WHEN TG_NARGS = 0 THEN ${noteOnce(mine)}`,
  `  ELSE ${noteOnce(`pg_catalog.concat(${noted}, TG_ARGV[0], '/')`)}`,
  'END CASE;',
];

const brought = 'underpin.brings';

/** `now`: what the old columns are called. The old row is locked first, as its own writers do. */
export function meetUnfilled(split: TableSplit, now: readonly string[]): readonly string[] {
  const { table, into, key, moved } = split;
  const names = key.map(({ name }) => identifier(name));
  const columns = [...names, ...moved.map(({ column }) => identifier(column))].join(', ');
  const values = [
    ...ofRow(
      's',
      key.map(({ name }) => name),
    ),
    ...ofRow('s', now),
  ].join(', ');
  return [
    `SELECT ${ofRow('s', now).join(', ')} INTO was`,
    `FROM ${qualifiedName(table)} AS s`,
    `WHERE ${sameKey('s', 'NEW', key)}`,
    'FOR NO KEY UPDATE;',
    `IF FOUND AND (${saysSomething(split, ofRow('was', now))})`,
    `  AND ${isOfKey(brought, split, 'NEW')} IS NOT TRUE`,
    `  AND NOT EXISTS (SELECT FROM ${qualifiedName(into)} AS t WHERE ${sameKey('t', 'NEW', key)}) THEN`,
    `  IF pg_catalog.starts_with(${noted}, ${mine}) THEN`,
    ...moved.flatMap(({ column }, at) => [
      `    IF pg_catalog.strpos(${noted}, '/${at + 1}/') = 0 THEN`,
      `      NEW.${identifier(column)} := was.${identifier(now[at] ?? '')};`,
      '    END IF;',
    ]),
    '  ELSE',
    `    PERFORM set_config(${literal(brought)}, ${keyText(split, 'NEW')}, true);`,
    `    INSERT INTO ${qualifiedName(into)} (${columns})`,
    `    SELECT ${values}`,
    `    FROM ${qualifiedName(table)} AS s`,
    `    WHERE ${sameKey('s', 'NEW', key)}`,
    `    ON CONFLICT (${names.join(', ')}) DO NOTHING;`,
    `    PERFORM set_config(${literal(brought)}, '', true);`,
    '  END IF;',
    'END IF;',
  ];
}
