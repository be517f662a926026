import type { SessionSettings } from '../inspector.ts';
import type { TableName } from '../../spec/table-name.ts';
import { everyRowSeen } from './every-row-seen.ts';
import { dollarQuoted, literal, qualifiedName } from './quote.ts';

const types = {
  migration: 'text',
  purpose: 'text',
  start: 'bigint',
  n: 'bigint',
  shard: 'integer',
  epoch: 'bigint',
  rows: 'bigint',
  key: 'jsonb',
  lock_timeout: 'text',
} as const;
export type Parameter = keyof typeof types;

/** What names a walk. */
export const ofWalk = ['migration', 'purpose', 'start', 'n'] as const;
export const ofBatch = [...ofWalk, 'shard', 'epoch', 'rows', 'lock_timeout'] as const;
export const ofSweep = ['migration', 'epoch', 'key', 'lock_timeout'] as const;

/** A parameter in a statement that is sent as it is. */
export const boundParameter = (name: Parameter): string =>
  name === 'key' ? '(:key)::jsonb' : name === 'rows' ? ':rows::bigint' : `:${name}`;

/** What every part of a walk's statements speaks of. */
export interface Walked {
  /** The table, quoted. */
  readonly table: string;
  readonly parameter: (name: Parameter) => string;
  /** Conditions on `underpin.checkpoint`. */
  readonly thisWalk: string;
  readonly thisShard: string;
  /** A column of what locks the walk: raises where the role may not see all rows that the walk is about. */
  readonly everyRowSeen: string;
}

/** `others`: tables that the walk reads too. */
export const walkOf = (
  table: TableName,
  parameter: Walked['parameter'],
  others: readonly TableName[] = [],
): Walked => ({
  table: qualifiedName(table),
  parameter,
  thisWalk: ofWalk.map((name) => `${name} = ${parameter(name)}`).join(' AND '),
  thisShard: `shard = ${parameter('shard')} AND epoch = ${parameter('epoch')}`,
  everyRowSeen: [table, ...others].map(everyRowSeen).join(', '),
});

/** The same in one that runs under settings: its parameters come as one JSON object. */
export function unpackedParameter(name: Parameter): string {
  if (name === 'key') return `($1 -> 'key')`;
  return types[name] === 'text' ? `($1 ->> '${name}')` : `($1 ->> '${name}')::${types[name]}`;
}

/** The object that such a statement is given. */
export const boundObject = (parameters: readonly Parameter[]): string =>
  `jsonb_build_object(${parameters.map((name) => `'${name}', (:${name})::${types[name]}`).join(', ')})`;

/**
 * A statement that is read and run under the settings. No statement can do that to itself: its names are found and its
 * constants are read before anything of it runs.
 */
export const underSettings = (
  settings: SessionSettings,
  statement: string,
  parameters: readonly Parameter[],
): string => `SELECT underpin.under_settings(
  ${literal(JSON.stringify(settings))},
  ${boundObject(parameters)},
${dollarQuoted(statement, 'walk')})`;

/** A question of which each row is an answer, under the settings: all answers as one JSON array. */
export const askedUnder = (settings: SessionSettings, question: string): string =>
  underSettings(settings, `SELECT json_agg(a)::text FROM (\n${question}\n) AS a`, []);

/** Part of the ledger. */
export const underSettingsFunction = `CREATE OR REPLACE FUNCTION underpin.under_settings(settings jsonb, parameters jsonb, statement text)
  RETURNS text
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `DECLARE
  answer text;
BEGIN
  PERFORM set_config(name, value, true) FROM jsonb_each_text(settings) AS s (name, value);
  EXECUTE statement INTO answer USING parameters;
  RETURN answer;
END`,
  'under_settings',
)};`;
