import type { Online } from '../../../plan/plan.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { RetypedCopy } from '../../retyped-copy.ts';
import { hasTrigger, inHeldSession } from '../held-session.ts';
import { identifier, literal, qualifiedName, shortName } from '../quote.ts';
import { namesOf } from './copied-names.ts';
import type { Side } from './marker.ts';
import { ends, wholeNumber } from './whole-numbers.ts';

/** In the order in which they come: what a table lacks that is followed, its follower may lack, and never the other way round. */
const events = ['DELETE', 'UPDATE', 'INSERT'] as const;
type Event = (typeof events)[number];

const prefixes: Readonly<Record<Side, string>> = { old: 'copies', new: 'returns' };

const nameOf = (migration: string, part: string, event: Event): string =>
  shortName(`underpin_${migration}_${part}_${event.toLowerCase()}`);

const guarded = ['UPDATE', 'INSERT'] as const;

export const mirrorNames = (migration: string, from: Side): readonly string[] => [
  ...events.map((event) => nameOf(migration, prefixes[from], event)),
  ...(from === 'new' ? guarded.map((event) => nameOf(migration, 'fits', event)) : []),
];

/**
 * A value that the table has is one that it may have: zero, which draws no number, and dates that are none. What the other table's
 * type does not hold is an error, and is never cut.
 */
export const asItIs = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';

export const writtenColumns = ({ columns }: Pick<RetypedCopy, 'columns'>): readonly string[] =>
  columns.filter(({ generated }) => !generated).map(({ name }) => name);

interface Made {
  readonly on: TableName;
  readonly name: string;
  readonly does: string;
  readonly when: string;
  readonly lines: readonly string[];
}

const createTrigger = ({ on, name, does, when, lines }: Made): Online =>
  inHeldSession(
    {
      does,
      statement: `CREATE TRIGGER ${qualifiedName({ schema: on.schema, name })}\n  ${when} ON ${qualifiedName(on)}\n  FOR EACH ROW\nBEGIN\n${lines.map((line) => `  ${line}`).join('\n')}\nEND`,
      doneWhen: hasTrigger(on, name),
    },
    asItIs,
  );

const dropTrigger = (on: TableName, name: string): Online =>
  inHeldSession({
    does: `drop the trigger ${name}`,
    statement: `DROP TRIGGER IF EXISTS ${qualifiedName({ schema: on.schema, name })}`,
    doneWhen: `NOT ${hasTrigger(on, name)}`,
  });

interface Mirrored {
  readonly copy: RetypedCopy;
  /** Which of both tables is written, by the name that it has when its triggers are made, and what its follower is called then. */
  readonly from: Side;
  readonly on: TableName;
  readonly to: TableName;
}

/**
 * Every row that is written to the table that has the name is written to the other one, in the writer's own statement. Both have
 * such triggers, and only those of the one that has the name do anything: a row that one writes does not come back.
 */
function mirrorTriggers({ copy, from, on, to }: Mirrored): readonly Online[] {
  const { marker } = namesOf(copy.table);
  const acts = (lines: readonly string[]): readonly string[] => [
    `IF (SELECT m.side FROM ${qualifiedName(marker)} AS m) = ${literal(from)} THEN`,
    ...lines.map((line) => `  ${line}`),
    'END IF;',
  ];
  const lines: Readonly<Record<Event, readonly string[]>> = {
    DELETE: removed(copy, to),
    UPDATE: [
      `IF NOT (${keysEqual(copy)}) THEN`,
      ...removed(copy, to).map((line) => `  ${line}`),
      'END IF;',
      ...written(copy, to),
    ],
    INSERT: written(copy, to),
  };
  return events.map((event) =>
    createTrigger({
      on,
      name: nameOf(copy.migration, prefixes[from], event),
      does: `write every ${event} of ${copy.table.name} to ${to.name} too${from === 'new' ? ', once it has the name' : ''}`,
      when: `AFTER ${event}`,
      lines: acts(lines[event]),
    }),
  );
}

const keysEqual = ({ key }: RetypedCopy): string =>
  key.map(({ name }) => `NEW.${identifier(name)} <=> OLD.${identifier(name)}`).join(' AND ');

interface Row {
  readonly copy: RetypedCopy;
  readonly to: TableName;
  readonly row: 'OLD' | 'NEW';
}

/**
 * One row, as it is in the table that has the name. While both are alike no other row of the follower can be in its way. Where they
 * are not (TRUNCATE fires no trigger, and triggers are dropped one by one), what is in its way is not in the table any more: it
 * goes, and the writer is not refused.
 */
function upserted({ copy, to, row }: Row, again: readonly string[]): readonly string[] {
  const columns = writtenColumns(copy).map(identifier);
  const into = `INTO ${qualifiedName(to)} (${columns.join(', ')})`;
  const values = `VALUES (${columns.map((column) => `${row}.${column}`).join(', ')})`;
  return [
    'BEGIN',
    '  DECLARE EXIT HANDLER FOR 1062',
    `    REPLACE ${into}`,
    `    ${values};`,
    `  INSERT ${into}`,
    `  ${values}`,
    `  ON DUPLICATE KEY UPDATE ${again.map((column) => `${column} = ${row}.${column}`).join(', ')};`,
    'END;',
  ];
}

const written = (copy: RetypedCopy, to: TableName): readonly string[] =>
  upserted({ copy, to, row: 'NEW' }, writtenColumns(copy).map(identifier));

/**
 * A DELETE that finds no row, as none has been copied, locks the gap between those that are there: whoever inserts would
 * wait for it, and two of them for each other. So the row is there first.
 */
function removed(copy: RetypedCopy, to: TableName): readonly string[] {
  const key = copy.key.map(({ name }) => identifier(name));
  return [
    ...upserted({ copy, to, row: 'OLD' }, key.slice(0, 1)),
    `DELETE FROM ${qualifiedName(to)} WHERE ${key.map((column) => `${column} = OLD.${column}`).join(' AND ')};`,
  ];
}

/**
 * A number that the old type does not hold is refused before it is written: refused behind that, it would have moved
 * AUTO_INCREMENT, and nobody could insert any more. A SIGNAL is an error under IGNORE and in a lax mode too, where a
 * conversion would cut it.
 */
const guards = (copy: RetypedCopy, on: TableName): readonly Online[] =>
  guarded.map((event) =>
    createTrigger({
      on,
      name: nameOf(copy.migration, 'fits', event),
      does: `refuse what ${copy.column.type} does not hold, on ${event}, until the contract`,
      when: `BEFORE ${event}`,
      lines: refusing(copy),
    }),
  );

function refusing({ column, table }: RetypedCopy): readonly string[] {
  const type = wholeNumber(column.type);
  if (type === undefined)
    throw new Error(`compiling before the refusals were asked: ${table.name}.${column.name}`);
  const [first, last] = ends(type);
  const value = `NEW.${identifier(column.name)}`;
  return [
    `IF ${value} < ${first} OR ${value} > ${last} THEN`,
    `  SIGNAL SQLSTATE '22003' SET MYSQL_ERRNO = 1264, MESSAGE_TEXT = 'out of range for what the old table holds: not before the contract';`,
    'END IF;',
  ];
}

/** The copy follows the table. */
export function startCopying(copy: RetypedCopy): readonly Online[] {
  const { table, fresh } = namesOf(copy.table);
  return mirrorTriggers({ copy, from: 'old', on: table, to: fresh });
}

export const endCopying = (copy: RetypedCopy): readonly Online[] =>
  [...events]
    .toReversed()
    .map((event) => dropTrigger(copy.table, nameOf(copy.migration, prefixes.old, event)));

/** The old table is to follow the copy, once that has the name. */
export function prepareReturning(copy: RetypedCopy): readonly Online[] {
  const { fresh, aside } = namesOf(copy.table);
  return [...guards(copy, fresh), ...mirrorTriggers({ copy, from: 'new', on: fresh, to: aside })];
}

/** `on`: the name that the copy has by then. */
export const endReturning = (copy: RetypedCopy, on: TableName): readonly Online[] => [
  ...[...events].toReversed().map((event) => dropTrigger(on, nameOf(copy.migration, prefixes.new, event))),
  ...guarded.map((event) => dropTrigger(on, nameOf(copy.migration, 'fits', event))),
];
