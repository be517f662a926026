import type { Pair, PairColumn } from '../dual-write.ts';
import { dropDefault, setDefault } from './columns.ts';
import { dollarQuoted, identifier } from './quote.ts';
import { absentName } from './made-names.ts';
import { updateOf } from './naming-triggers.ts';
import { isNull } from './null-test.ts';
import { createFunction, dropFunction, type Trigger } from './trigger.ts';

// A domain that is NOT NULL is asked before any trigger runs: an INSERT of the new side alone would fail. The function below
// gives the old column a NULL that nobody has asked the domain about, the trigger fills it from the new side, and where
// that has given nothing, the last one asks the domain after all.

/** What each old column whose type refuses NULL needs. `at`: its place in the pair. */
const requiredOf = ({ old }: Pair): readonly { readonly column: PairColumn; readonly at: number }[] =>
  old.map((column, at) => ({ column, at })).filter(({ column }) => column.refusesNull === true);

export const asksRequired = (pair: Pair): boolean => requiredOf(pair).length > 0;

const absent = ({ migration }: Pair): string => `underpin.${identifier(absentName(migration))}`;

/** A NULL of a column whose type refuses it. */
export const absentValue = (pair: Pair, { type }: PairColumn): string =>
  `${absent(pair)}(CAST(NULL AS ${type}[]))`;

/**
 * STRICT: given NULL it is not run, and what it would give is NULL, of the type that the array is of. (The documentation of
 * CREATE DOMAIN names such ways past a domain's NOT NULL.)
 */
export const absentDefaults = (pair: Pair): readonly string[] =>
  asksRequired(pair)
    ? [
        [
          `CREATE OR REPLACE FUNCTION ${absent(pair)}(nothing anyarray)`,
          '  RETURNS anyelement',
          '  LANGUAGE plpgsql',
          '  IMMUTABLE',
          '  STRICT',
          `AS ${dollarQuoted('BEGIN\n  RETURN nothing[1];\nEND', 'function')}`,
        ].join('\n'),
        ...requiredOf(pair).map(({ column }) =>
          setDefault(pair.table, column.column, absentValue(pair, column)),
        ),
      ]
    : [];

/** `oldNow`: the old columns' names at that time. */
export const endAbsentDefaults = (pair: Pair, oldNow: readonly string[]): readonly string[] =>
  asksRequired(pair)
    ? [
        ...requiredOf(pair).map(({ at }) => dropDefault(pair.table, oldNow[at] ?? '')),
        dropUnlessTaken(`${absent(pair)}(anyarray)`),
        dropFunction(pair.migration, 'required'),
      ]
    : [];

/**
 * A table that was made LIKE ours, or a partition that was detached, may have taken the default with it: that is not ours to
 * change, and no reason to stop the way back. The contract gate names it before.
 */
const dropUnlessTaken = (name: string): string =>
  `DO ${dollarQuoted(
    `BEGIN
  DROP FUNCTION IF EXISTS ${name};
EXCEPTION WHEN dependent_objects_still_exist THEN
  NULL;
END`,
    'absent',
  )}`;

/** Defaults of other tables that are the column's own while it has one of ours; `table`: as regclass. */
export const describeTakenDefaults = (
  table: string,
): string => `SELECT json_build_object('what', pg_describe_object(o.classid, o.objid, 0) || ', which was taken over from here: drop it',
  'foreignKey', false, 'publication', false, 'bound', false, 'trigger', false)::text
FROM pg_attrdef AS f
JOIN pg_attribute AS a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
JOIN pg_depend AS d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_proc'::regclass
JOIN pg_proc AS p ON p.oid = d.refobjid AND p.pronamespace = to_regnamespace('underpin')
JOIN pg_depend AS o ON o.classid = 'pg_attrdef'::regclass AND o.refclassid = 'pg_proc'::regclass AND o.refobjid = p.oid
JOIN pg_attrdef AS taken ON taken.oid = o.objid AND taken.adrelid <> f.adrelid
  AND taken.adrelid NOT IN (SELECT relid FROM pg_partition_tree(f.adrelid))
WHERE f.adrelid = ${table} AND a.attname = :column`;

/** They come last, when both sides have been written. An UPDATE may say DEFAULT too. */
export const requiredTriggers = (pair: Pair): readonly Trigger[] =>
  requiredOf(pair).map(({ column, at }) => ({
    event: `_4_required_${at + 1}`,
    on: `INSERT OR ${updateOf([column])}`,
    when: isNull(`NEW.${identifier(column.column)}`, column),
    calls: 'required',
    argument: String(at + 1),
  }));

/** Raises what PostgreSQL itself says of a NULL. */
export const requiredFunction = (pair: Pair): readonly string[] =>
  asksRequired(pair)
    ? createFunction(pair, 'required', 'writer, by our path', [
        'BEGIN',
        ...requiredOf(pair).flatMap(({ column, at }) => [
          `  IF TG_ARGV[0] = '${at + 1}' THEN`,
          `    PERFORM CAST(NULL AS ${column.type});`,
          '  END IF;',
        ]),
        '  RETURN NEW;',
        'END',
      ])
    : [];
