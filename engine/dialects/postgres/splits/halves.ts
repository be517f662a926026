import type { TableSplit } from '../../splits.ts';
import { notOurWorker } from '../converting-triggers.ts';
import { identifier, indentLines, qualifiedName } from '../quote.ts';
import { createFunction, createTrigger, dropTriggers, type Trigger } from '../trigger.ts';
import { triggerName } from '../made-names.ts';
import { forgetLeftOut, isLeftOut } from './left-out.ts';
import { ofRow, saysOther, saysSomething, unsaidValue } from './said.ts';

type Which = 'old' | 'new';

/**
 * Whichever table is written, the other one follows. What a trigger was told may be old, so the row is read once more, and
 * the other side is made equal to what is there now; where it is already, nothing is written, and nobody is woken again.
 */
const triggers = (split: TableSplit, which: Which): readonly Trigger[] =>
  which === 'old' ? ofOld(split) : ofNew(split);

/**
 * The foreign key moves rows of the new table together with those of the old one, which wakes the new table's trigger. PostgreSQL
 * queues that behind ours of the same statement: by then both sides are equal, and nothing is written.
 */
function ofOld({ moved, key }: TableSplit): readonly Trigger[] {
  const names = moved.map(({ column }) => column);
  const filled = moved
    .filter(({ isFilled }) => isFilled)
    .map(({ column }) => `NEW.${identifier(column)} IS NULL`);
  const keyMoved = movedFrom(key);
  return [
    ...(filled.length === 0 ? [] : [{ event: '_0_fill', on: 'INSERT', when: filled.join(' OR ') }]),
    { event: '_2_insert', isAfter: true, on: 'INSERT', when: saysSomething({ moved }, ofRow('NEW', names)) },
    {
      event: '_2_update',
      isAfter: true,
      on: 'UPDATE',
      when: `${saysOther({ moved }, ofRow('NEW', names), ofRow('OLD', names))} OR ${keyMoved}`,
    },
    { event: '_2_delete', isAfter: true, on: 'DELETE', when: null },
  ];
}

/** What our worker copies says what is there already. */
function ofNew({ moved, key }: TableSplit): readonly Trigger[] {
  const names = moved.map(({ column }) => column);
  const differs = `${saysOther({ moved }, ofRow('NEW', names), ofRow('OLD', names))} OR ${movedFrom(key)}`;
  const back = { isAfter: true, calls: 'dual write back' } as const;
  return [
    { event: '_0_left_out', isOfStatement: true, on: 'INSERT', when: null, calls: 'dual write back' },
    { event: '_1_half', on: 'INSERT', when: notOurWorker, calls: 'dual write back' },
    { ...back, event: '_2_insert', on: 'INSERT', when: notOurWorker },
    { ...back, event: '_2_update', on: 'UPDATE', when: `${notOurWorker}\n    AND (${differs})` },
    { ...back, event: '_2_delete', on: 'DELETE', when: null },
    { ...back, event: '_3_truncate', isOfStatement: true, on: 'TRUNCATE', when: null },
  ];
}

const movedFrom = (key: TableSplit['key']): string =>
  key.map(({ name }) => `NEW.${identifier(name)} IS DISTINCT FROM OLD.${identifier(name)}`).join(' OR ');

const tableOf = (split: TableSplit, which: Which) => (which === 'old' ? split.table : split.into);

export const startTriggers = (split: TableSplit, which: Which): readonly string[] =>
  triggers(split, which).flatMap((trigger) =>
    createTrigger({ migration: split.migration, table: tableOf(split, which) }, trigger),
  );

export const endTriggers = (split: TableSplit, which: Which): readonly string[] =>
  dropTriggers(
    split.migration,
    tableOf(split, which),
    triggers(split, which).map(({ event }) => event),
  );

export const triggersOf = (split: TableSplit) => ({
  old: namesOf(split, 'old'),
  new: namesOf(split, 'new'),
});

const namesOf = (split: TableSplit, which: Which): readonly string[] =>
  triggers(split, which).map(({ event }) => triggerName(split.migration, event));

/** `now`: what the old columns are called. Replacing the functions needs no lock on a table. */
export const followFunctions = (split: TableSplit, now: readonly string[]): readonly string[] => [
  ...createFunction(split, 'dual write', 'installer, by our path', newFollows(split, now)),
  ...createFunction(split, 'dual write back', 'installer, by our path', oldFollows(split, now)),
];

const is = (left: string, right: string, key: TableSplit['key']): string =>
  key.map(({ name }) => `${left}.${identifier(name)} = ${right}.${identifier(name)}`).join(' AND ');

/** Runs for a write of the old table. */
function newFollows(split: TableSplit, now: readonly string[]): readonly string[] {
  const { table, into, key, moved } = split;
  const filled = moved.flatMap(({ isFilled, ...column }, at) => {
    const field = `NEW.${identifier(now[at] ?? '')}`;
    return isFilled ? [`    ${field} := coalesce(${field}, ${unsaidValue(column)});`] : [];
  });
  return [
    'BEGIN',
    ...(filled.length === 0
      ? []
      : [`  IF TG_WHEN = 'BEFORE' THEN`, ...filled, '    RETURN NEW;', '  END IF;']),
    `  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (${movedFrom(key)}) THEN`,
    // Where no foreign key acts: in a session that has set session_replication_role.
    `    DELETE FROM ${qualifiedName(into)} AS t\n    WHERE ${is('t', 'OLD', key)}`,
    `      AND NOT EXISTS (SELECT FROM ${qualifiedName(table)} AS s WHERE ${is('s', 't', key)});`,
    '  END IF;',
    `  IF TG_OP <> 'DELETE' THEN`,
    indentLines(upsert(split, now), '    '),
    '  END IF;',
    '  RETURN NULL;',
    'END',
  ];
}

function upsert(split: TableSplit, now: readonly string[]): string {
  const { table, into, key } = split;
  const keys = key.map(({ name }) => identifier(name));
  const moved = columnsOf(split);
  const names = moved.map(identifier);
  return [
    `INSERT INTO ${qualifiedName(into)} AS t (${[...keys, ...names].join(', ')})`,
    `SELECT ${[...keys, ...now.map(identifier)].join(', ')}`,
    `FROM ${qualifiedName(table)} AS s`,
    `WHERE ${is('s', 'NEW', key)}`,
    // A row that says nothing need not be there. Where an old snapshot might not see that it is, the insert finds it.
    `  AND (${saysSomething(split, ofRow('s', now))}`,
    `    OR current_setting('underpin.takes', true) IS DISTINCT FROM 'on'`,
    `      AND (current_setting('transaction_isolation') <> 'read committed'`,
    `        OR EXISTS (SELECT FROM ${qualifiedName(into)} AS m WHERE ${is('m', 's', key)})))`,
    `ON CONFLICT (${keys.join(', ')}) DO UPDATE`,
    `SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    `WHERE ${saysOther(split, ofRow('t', moved), ofRow('excluded', moved))};`,
  ].join('\n');
}

const columnsOf = ({ moved }: TableSplit): readonly string[] => moved.map(({ column }) => column);

/** Before the backfill has come. The old row is locked first, as its own writers do. */
function completed(split: TableSplit, now: readonly string[]): readonly string[] {
  const { table, into, key, moved } = split;
  return [
    `    SELECT ${now.map((name) => `s.${identifier(name)}`).join(', ')} INTO was`,
    `    FROM ${qualifiedName(table)} AS s`,
    `    WHERE ${is('s', 'NEW', key)}`,
    '    FOR NO KEY UPDATE;',
    `    IF FOUND AND NOT EXISTS (SELECT FROM ${qualifiedName(into)} AS t WHERE ${is('t', 'NEW', key)}) THEN`,
    ...moved.flatMap(({ column }, at) => [
      `      IF ${isLeftOut(at)} THEN`,
      `        NEW.${identifier(column)} := was.${identifier(now[at] ?? '')};`,
      '      END IF;',
    ]),
    '    END IF;',
    `    ${forgetLeftOut}`,
  ];
}

/** What is taken away is not to come back as a row that says nothing. */
const takes = (note: 'on' | ''): string => `    PERFORM set_config('underpin.takes', '${note}', true);`;

/** Runs for a write of the new table. */
function oldFollows(split: TableSplit, now: readonly string[]): readonly string[] {
  const { table, into, key, moved } = split;
  const unsaid = now.map((name, at) => {
    const column = moved[at];
    return `${identifier(name)} = ${column === undefined ? 'NULL' : unsaidValue(column)}`;
  });
  const said = now.map((name, at) => `${identifier(name)} = t.${identifier(moved[at]?.column ?? '')}`);
  const old = `UPDATE ${qualifiedName(table)} AS s`;
  return [
    'DECLARE',
    '  was record;',
    'BEGIN',
    `  IF TG_WHEN = 'BEFORE' THEN`,
    `    IF TG_LEVEL = 'STATEMENT' THEN`,
    `      ${forgetLeftOut}`,
    '      RETURN NULL;',
    '    END IF;',
    ...completed(split, now),
    '    RETURN NEW;',
    '  END IF;',
    `  IF TG_OP = 'TRUNCATE' THEN`,
    takes('on'),
    `    ${old}\n    SET ${unsaid.join(', ')}\n    WHERE ${saysSomething(split, ofRow('s', now))};`,
    takes(''),
    '    RETURN NULL;',
    '  END IF;',
    `  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (${movedFrom(key)}) THEN`,
    takes('on'),
    `    ${old}\n    SET ${unsaid.join(', ')}\n    WHERE ${is('s', 'OLD', key)}`,
    `      AND NOT EXISTS (SELECT FROM ${qualifiedName(into)} AS t WHERE ${is('t', 's', key)})`,
    `      AND (${saysSomething(split, ofRow('s', now))});`,
    takes(''),
    '  END IF;',
    `  IF TG_OP <> 'DELETE' THEN`,
    `    ${old}\n    SET ${said.join(', ')}\n    FROM ${qualifiedName(into)} AS t`,
    `    WHERE ${is('t', 'NEW', key)} AND ${is('s', 't', key)}`,
    `      AND (${saysOther(split, ofRow('s', now), ofRow('t', columnsOf(split)))});`,
    '  END IF;',
    '  RETURN NULL;',
    'END',
  ];
}
