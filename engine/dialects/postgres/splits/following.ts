import type { TableSplit } from '../../splits.ts';
import { identifier, indentLines, literal, qualifiedName } from '../quote.ts';
import { createFunction } from '../trigger.ts';
import { forgetBranch, noteBranch } from './branch.ts';
import { ofRow, saysOther, saysSomething, unsaidValue } from './said.ts';
import { isOfKey, keyMoved, keyText, sameKey } from './same-key.ts';
import { bringRow, declareBrought, meetUnfilled } from './unfilled.ts';

/** `now`: what the old columns are called. Replacing the functions needs no lock on a table. */
export const followFunctions = (split: TableSplit, now: readonly string[]): readonly string[] => [
  ...createFunction(split, 'dual write', 'installer, of every row', newFollows(split, now)),
  ...createFunction(split, 'dual write back', 'installer, of every row', oldFollows(split, now)),
];

const indented = (lines: readonly string[], by: string): string => indentLines(lines.join('\n'), by);

/** Runs for a write of the old table. */
function newFollows(split: TableSplit, now: readonly string[]): readonly string[] {
  const { table, into, key, moved } = split;
  const filled = moved.flatMap(({ isFilled, ...column }, at) => {
    const field = `NEW.${identifier(now[at] ?? '')}`;
    return isFilled ? [`    ${field} := coalesce(${field}, ${unsaidValue(column)});`] : [];
  });
  return [
    'DECLARE',
    declareBrought,
    'BEGIN',
    ...(filled.length === 0
      ? []
      : [`  IF TG_WHEN = 'BEFORE' THEN`, ...filled, '    RETURN NEW;', '  END IF;']),
    `  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (${keyMoved(key)}) THEN`,
    // Where no foreign key acts: in a session that has set session_replication_role.
    `    DELETE FROM ${qualifiedName(into)} AS t\n    WHERE ${sameKey('t', 'OLD', key)}`,
    `      AND NOT EXISTS (SELECT FROM ${qualifiedName(table)} AS s WHERE ${sameKey('s', 't', key)});`,
    '  END IF;',
    `  IF TG_OP <> 'DELETE' THEN`,
    indented(makeEqual(split, now, 'NEW'), '    '),
    '  END IF;',
    '  RETURN NULL;',
    'END',
  ];
}

/** What is taken away is not to come back as a row that says nothing. */
const taken = 'underpin.takes';

const byOldSnapshot = `current_setting('transaction_isolation') IN ('repeatable read', 'serializable')`;

/** The new table's row gets what the old one's says now. */
function makeEqual(split: TableSplit, now: readonly string[], of: 'NEW' | 'OLD'): readonly string[] {
  const { table, into, key } = split;
  const keys = key.map(({ name }) => identifier(name));
  const moved = columnsOf(split);
  const names = moved.map(identifier);
  return bringRow(split, of, [
    `INSERT INTO ${qualifiedName(into)} AS t (${[...keys, ...names].join(', ')})`,
    `SELECT ${[...keys, ...now.map(identifier)].join(', ')}`,
    `FROM ${qualifiedName(table)} AS s`,
    `WHERE ${sameKey('s', of, key)}`,
    // A row that says nothing need not be there. Where an old snapshot might not see that it is, the insert finds it.
    `  AND (${saysSomething(split, ofRow('s', now))}`,
    `    OR EXISTS (SELECT FROM ${qualifiedName(into)} AS m WHERE ${sameKey('m', 's', key)})`,
    `    OR ${byOldSnapshot}`,
    `      AND ${isOfKey(taken, split, 's')} IS NOT TRUE)`,
    `ON CONFLICT (${keys.join(', ')}) DO UPDATE`,
    `SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    `WHERE ${saysOther(split, ofRow('t', moved), ofRow('excluded', moved))};`,
  ]);
}

const columnsOf = ({ moved }: TableSplit): readonly string[] => moved.map(({ column }) => column);

const take = (value: string): string => `PERFORM set_config('${taken}', ${value}, true);`;

const variables = { own: 'own', text: 'sent' };

/** Runs for a write of the new table. A BEFORE trigger of somebody else's may see to it that the old row says something else. */
function oldFollows(split: TableSplit, now: readonly string[]): readonly string[] {
  const { table, into, key, moved } = split;
  const unsaid = now.map((name, at) => {
    const column = moved[at];
    return `${identifier(name)} = ${column === undefined ? 'NULL' : unsaidValue(column)}`;
  });
  const said = now.map((name, at) => `${identifier(name)} = t.${identifier(moved[at]?.column ?? '')}`);
  const old = `UPDATE ${qualifiedName(table)} AS s`;
  const says = saysSomething(split, ofRow('s', now));
  const differs = saysOther(split, ofRow('s', now), ofRow('t', columnsOf(split)));
  const followed = (of: 'NEW' | 'OLD'): readonly string[] => [
    'IF differs THEN',
    indented(makeEqual(split, now, of), '  '),
    'END IF;',
  ];
  return [
    'DECLARE',
    '  was record;',
    '  differs boolean;',
    declareBrought,
    `  ${variables.own} text;`,
    `  ${variables.text} text;`,
    'BEGIN',
    `  IF TG_WHEN = 'BEFORE' THEN`,
    `    IF TG_LEVEL = 'STATEMENT' THEN`,
    indented(noteBranch, '      '),
    '      RETURN NULL;',
    '    END IF;',
    indented(meetUnfilled(split, now, variables), '    '),
    '    RETURN NEW;',
    '  END IF;',
    `  IF TG_OP = 'INSERT' AND TG_LEVEL = 'STATEMENT' THEN`,
    indented(forgetBranch(variables.own), '    '),
    '    RETURN NULL;',
    '  END IF;',
    `  IF TG_OP = 'TRUNCATE' THEN`,
    indented(emptied(split, now, `${old}\nSET ${unsaid.join(', ')}\nWHERE ${says};`), '    '),
    '    RETURN NULL;',
    '  END IF;',
    `  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (${keyMoved(key)}) THEN`,
    `    ${take(keyText(split, 'OLD'))}`,
    `    ${old}\n    SET ${unsaid.join(', ')}\n    WHERE ${sameKey('s', 'OLD', key)}`,
    `      AND NOT EXISTS (SELECT FROM ${qualifiedName(into)} AS t WHERE ${sameKey('t', 's', key)})`,
    `      AND (${says})`,
    `    RETURNING ${says} INTO differs;`,
    `    ${take(`''`)}`,
    indented(followed('OLD'), '    '),
    '  END IF;',
    `  IF TG_OP <> 'DELETE' THEN`,
    `    ${old}\n    SET ${said.join(', ')}\n    FROM ${qualifiedName(into)} AS t`,
    `    WHERE ${sameKey('t', 'NEW', key)} AND ${sameKey('s', 't', key)}`,
    `      AND (${differs})`,
    `    RETURNING ${differs} INTO differs;`,
    indented(followed('NEW'), '    '),
    '  END IF;',
    '  RETURN NULL;',
    'END',
  ];
}

/** An older snapshot would leave what others have said since, but where the old table has been emptied too. */
function emptied(split: TableSplit, now: readonly string[], takeAway: string): readonly string[] {
  const { table, into, key } = split;
  const keys = key.map(({ name }) => identifier(name));
  const names = columnsOf(split).map(identifier);
  return [
    `IF ${byOldSnapshot}`,
    `  AND pg_catalog.pg_relation_size(${literal(qualifiedName(table))}::regclass) > 0 THEN`,
    `  RAISE EXCEPTION 'TRUNCATE of % by an older snapshot would leave what others have said since', TG_TABLE_NAME`,
    `    USING ERRCODE = 'serialization_failure', HINT = 'TRUNCATE it at READ COMMITTED.';`,
    'END IF;',
    takeAway,
    `INSERT INTO ${qualifiedName(into)} (${[...keys, ...names].join(', ')})`,
    `SELECT ${[...keys, ...now.map(identifier)].join(', ')}`,
    `FROM ${qualifiedName(table)} AS s`,
    `WHERE ${saysSomething(split, ofRow('s', now))}`,
    `ON CONFLICT (${keys.join(', ')}) DO NOTHING;`,
  ];
}
