import type { Brief } from '../../plan/plan.ts';
import type { TableName } from '../../spec/spec.ts';
import type { Authority, Fill, Pair, Side } from '../dialect.ts';
import { dollarQuoted, identifier, indented, qualified } from './quote.ts';

export const functionName = (migration: string): string =>
  `${identifier('underpin')}.${identifier(`${migration}_dual_write`)}`;

/** `~` sorts after every letter: PostgreSQL runs triggers by name, and ours must see what all others did to the row. */
export const triggerPrefix = '~underpin_';
/** Triggers that sort after ours run after them. */
export const overruledBy = (
  migration: string,
  triggers: readonly string[],
): readonly { readonly trigger: string; readonly remedy: string }[] =>
  triggers
    .filter((each) => each > `${triggerPrefix}${migration}`)
    .map((each) => ({ trigger: each, remedy: `Rename it to sort before "${triggerPrefix}".` }));

const triggerName = (migration: string, event = ''): string =>
  identifier(`${triggerPrefix}${migration}${event}`);

/** True where two values of one type differ in any bit that a reader could see. NULL equals NULL. */
export function distinct(left: string, right: string, side: Side): string {
  return side.plain ? `${left} IS DISTINCT FROM ${right}` : `record_image_ne(ROW(${left}), ROW(${right}))`;
}

export function same(left: string, right: string, side: Side): string {
  return side.plain
    ? `${left} IS NOT DISTINCT FROM ${right}`
    : `record_image_eq(ROW(${left}), ROW(${right}))`;
}

/**
 * Starts dual write: whichever side a writer sets, the other follows inside the writer's own transaction.
 * Rows that agree pass by the WHEN clause and never enter plpgsql; so do the backfill's own updates.
 * Shape after pgroll's paired triggers (migrations/trigger.go), but one trigger for both directions, so that
 * neither can wake the other.
 */
export function startDualWrite(pair: Pair): Brief {
  const table = qualified(pair.table);
  const newDefault = pair.new.default;
  return {
    kind: 'brief',
    does: `write every change to both ${pair.old.column} and ${pair.new.column}`,
    lock: newDefault ? 'ACCESS EXCLUSIVE' : 'SHARE ROW EXCLUSIVE',
    statements: [
      ...(newDefault && !newDefault.volatile
        ? [
            `ALTER TABLE ${table}\n  ALTER COLUMN ${identifier(pair.new.column)} SET DEFAULT ${newDefault.expression}`,
          ]
        : []),
      pairFunction(pair, 'old', pair.old.column),
      ...pairTriggers(pair),
    ],
  };
}

export function endDualWrite(migration: string, table: TableName, events: readonly string[]): string[] {
  return [
    ...events.map(
      (event) => `DROP TRIGGER IF EXISTS ${triggerName(migration, event)} ON ${qualified(table)}`,
    ),
    `DROP FUNCTION IF EXISTS ${functionName(migration)}()`,
  ];
}

export const pairEvents = (pair: Pair): readonly string[] =>
  pair.conversion ? ['_insert', '_update'] : [''];

function pairTriggers(pair: Pair): string[] {
  const oldColumn = identifier(pair.old.column);
  const newColumn = identifier(pair.new.column);
  if (!pair.conversion)
    return createTrigger(
      pair,
      '',
      'INSERT OR UPDATE',
      distinct(`NEW.${newColumn}`, `NEW.${oldColumn}`, pair.old),
    );
  const changed = [
    distinct(`NEW.${oldColumn}`, `OLD.${oldColumn}`, pair.old),
    distinct(`NEW.${newColumn}`, `OLD.${newColumn}`, pair.new),
  ].join('\n      OR ');
  // The conversion is not evaluated here: one that fails must be caught, and a WHEN clause cannot catch.
  return [
    ...createTrigger(pair, '_insert', 'INSERT', null),
    ...createTrigger(pair, '_update', 'UPDATE', `${notOurWorker}\n    AND (${changed})`),
  ];
}

// The backfill computes the new side itself and says so for the length of its own transaction.
const notOurWorker = `current_setting('underpin.worker', true) IS DISTINCT FROM 'on'`;

function createTrigger(
  { migration, table }: { readonly migration: string; readonly table: TableName },
  event: string,
  on: string,
  when: string | null,
): string[] {
  const name = triggerName(migration, event);
  return [
    [
      `CREATE TRIGGER ${name}`,
      `  BEFORE ${on} ON ${qualified(table)}`,
      '  FOR EACH ROW',
      ...(when === null ? [] : [`  WHEN (${when})`]),
      `  EXECUTE FUNCTION ${functionName(migration)}()`,
    ].join('\n'),
    // Also for writers that set session_replication_role: a bulk load must not slip past.
    `ALTER TABLE ${qualified(table)}\n  ENABLE ALWAYS TRIGGER ${name}`,
  ];
}

/**
 * The function behind the pair's triggers. A side counts as written when it differs from the row's former value or,
 * on INSERT, from the column's default: so an application that inserts only the new column keeps its value although
 * the old one has a default. When both were written and disagree, the authority wins.
 * Replacing it changes the authority, or follows a renamed old column, without a lock on the table.
 */
export function pairFunction(pair: Pair, authority: Authority, oldColumnNow: string): string {
  const names = { old: `NEW.${identifier(oldColumnNow)}`, new: `NEW.${identifier(pair.new.column)}` };
  const wroteNewOnInsert = wroteOnInsert(names.new, pair.new);
  const wroteOldOnInsert =
    pair.old.default?.volatile === true ? 'NOT wrote_new' : wroteOnInsert(names.old, pair.old);
  const up = pair.conversion && converted(pair.table, pair.conversion.up, pair.old.column, names.old);
  const down = pair.conversion && converted(pair.table, pair.conversion.down, pair.new.column, names.new);
  const toNew = `${names.new} := ${up ?? names.old};`;
  const toOld = `${names.old} := ${down ?? names.new};`;
  const upwards = pair.conversion ? caught(toNew, names.new) : toNew;
  const agree = [
    '  IF wrote_old AND wrote_new THEN',
    '    -- A lossy conversion agrees when either direction gives what was written; one that fails agrees with nothing.',
    '    BEGIN',
    `      IF ${same(names.old, `${down}::${pair.old.type}`, pair.old)}`,
    `        OR ${same(names.new, `${up}::${pair.new.type}`, pair.new)} THEN`,
    '        RETURN NEW;',
    '      END IF;',
    `    EXCEPTION WHEN ${refusals} THEN`,
    '      NULL;',
    '    END;',
    '  END IF;',
  ];
  const [condition, first, second] =
    authority === 'old'
      ? ['wrote_new AND NOT wrote_old', toOld, upwards]
      : ['wrote_old AND NOT wrote_new', upwards, toOld];
  return trigger(pair.migration, pair.conversion !== null || pair.old.default !== null, [
    'DECLARE',
    '  wrote_old boolean;',
    '  wrote_new boolean;',
    'BEGIN',
    "  IF TG_OP = 'INSERT' THEN",
    `    wrote_new := ${wroteNewOnInsert};`,
    `    wrote_old := ${wroteOldOnInsert};`,
    '  ELSE',
    `    wrote_new := ${distinct(names.new, names.new.replace('NEW', 'OLD'), pair.new)};`,
    `    wrote_old := ${distinct(names.old, names.old.replace('NEW', 'OLD'), pair.old)};`,
    '  END IF;',
    ...(pair.conversion ? agree : []),
    `  IF ${condition} THEN`,
    indented(first, '    '),
    '  ELSE',
    indented(second, '    '),
    '  END IF;',
    '  RETURN NEW;',
    'END',
  ]);
}

const wroteOnInsert = (name: string, side: Side): string =>
  side.default && !side.default.volatile
    ? distinct(name, `(${side.default.expression})::${side.type}`, side)
    : `${name} IS NOT NULL`;

// The expression speaks of the other side by its column name, with or without the table's: a one-row subquery has both.
const converted = (table: TableName, expression: string, column: string, value: string): string =>
  `(SELECT (${expression}) FROM (SELECT ${value}) AS ${identifier(table.name)} (${identifier(column)}))`;

// What a row's own data can do to an expression of the author's.
const refusals = 'data_exception OR integrity_constraint_violation OR raise_exception';

// A value of the old shape that the new one cannot hold must not fail the running application:
// it stays NULL on the new side, verification finds it, and the gates stay shut.
const caught = (assignment: string, target: string): string =>
  ['BEGIN', `  ${assignment}`, `EXCEPTION WHEN ${refusals} THEN`, `  ${target} := NULL;`, 'END;'].join('\n');

/** Fills a new column where a writer that does not know it left it NULL. */
export function startFill(fill: Fill): Brief {
  const column = `NEW.${identifier(fill.column)}`;
  const body = ['BEGIN', indented(caught(`${column} := ${filled(fill)};`, column)), '  RETURN NEW;', 'END'];
  return {
    kind: 'brief',
    does: `fill ${fill.column} for writers that do not know it`,
    lock: 'SHARE ROW EXCLUSIVE',
    statements: [
      trigger(fill.migration, true, body),
      ...createTrigger(fill, '', 'INSERT OR UPDATE', `${column} IS NULL`),
    ],
  };
}

const filled = ({ expression, table }: Fill): string =>
  `(SELECT (${expression}) FROM (SELECT NEW.*) AS ${identifier(table.name)})`;

// An expression of the author's resolves its functions by the path of the session that installed it, not the writer's.
function trigger(migration: string, pinsPath: boolean, body: readonly string[]): string {
  return [
    `CREATE OR REPLACE FUNCTION ${functionName(migration)}()`,
    '  RETURNS trigger',
    '  LANGUAGE plpgsql',
    ...(pinsPath ? ['  SET search_path FROM CURRENT'] : []),
    // A column of the author's may be called like a variable of plpgsql (found, new).
    `AS ${dollarQuoted(['#variable_conflict use_column', ...body].join('\n'), 'function')}`,
  ].join('\n');
}
