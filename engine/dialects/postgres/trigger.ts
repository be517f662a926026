import type { TableName } from '../../spec/table-name.ts';
import type { SessionSettings } from '../inspector.ts';
import { firstTriggerName, functionName, triggerName, type Part } from './made-names.ts';
import { quotesDoubled } from './opaque.ts';
import { alterTable, dollarQuoted, identifier, qualifiedName } from './quote.ts';
import { clausesOf, type RunAs } from './run-as.ts';

export interface Trigger {
  /** What its name ends with; by it they run one after the other. */
  readonly event: string;
  /** Before those of others, and not behind them. */
  readonly isFirst?: true;
  /** After the row is written, when it has its place. */
  readonly isAfter?: true;
  readonly isOfStatement?: true;
  readonly on: string;
  readonly when: string | null;
  readonly calls?: Part;
  readonly argument?: string;
}

export function createTrigger(
  { migration, table }: { readonly migration: string; readonly table: TableName },
  { event, isFirst, isAfter, isOfStatement, on, when, calls = 'dual write', argument }: Trigger,
): string[] {
  const name = identifier((isFirst ? firstTriggerName : triggerName)(migration, event));
  return [
    [
      `CREATE TRIGGER ${name}`,
      `  ${isAfter ? 'AFTER' : 'BEFORE'} ${on} ON ${qualifiedName(table)}`,
      `  FOR EACH ${isOfStatement ? 'STATEMENT' : 'ROW'}`,
      ...(when === null ? [] : [`  WHEN (${when})`]),
      `  EXECUTE FUNCTION ${functionName(migration, calls)}(${argument === undefined ? '' : `'${argument}'`})`,
    ].join('\n'),
    // Also for writers that set session_replication_role: a bulk load must not slip past.
    alterTable(table, `ENABLE ALWAYS TRIGGER ${name}`),
  ];
}

export function createFunction(
  { migration, settings }: { readonly migration: string; readonly settings: SessionSettings },
  part: Part,
  runAs: RunAs,
  body: readonly string[],
): string[] {
  const name = functionName(migration, part);
  return [
    [
      `CREATE OR REPLACE FUNCTION ${name}()`,
      '  RETURNS trigger',
      '  LANGUAGE plpgsql',
      ...clausesOf(runAs, settings).map((clause) => `  ${clause}`),
      // A column of the author's may be called like a variable of plpgsql (found, new).
      `AS ${dollarQuoted(quotesDoubled(['#variable_conflict use_column', ...body].join('\n')), 'function')}`,
    ].join('\n'),
    // A trigger needs no right on its function; a stranger with one could hang it on a table of their own.
    ...(runAs.startsWith('installer') ? [`REVOKE ALL ON FUNCTION ${name}() FROM PUBLIC`] : []),
  ];
}

export const dropTriggers = (table: TableName, names: readonly string[]): string[] =>
  names.map((name) => `DROP TRIGGER IF EXISTS ${identifier(name)} ON ${qualifiedName(table)}`);

export const dropFunction = (migration: string, part: Part): string =>
  `DROP FUNCTION IF EXISTS ${functionName(migration, part)}()`;
