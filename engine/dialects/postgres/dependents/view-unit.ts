import { brief } from '../../../plan/brief.ts';
import type { Brief } from '../../../plan/plan.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { dollarQuoted, identifier, literal, qualifiedName } from '../quote.ts';

/** A view as it is now, and as it is to be: queries as PostgreSQL prints them, with their hashes. */
export interface ViewChange {
  readonly view: TableName;
  /** `security_barrier=true` */
  readonly options: readonly string[];
  /** A column without a default of its own. */
  readonly lockedBy: string | null;
  readonly old: PrintedQuery;
  readonly new: PrintedQuery;
}

export interface PrintedQuery {
  readonly definition: string;
  readonly hash: string;
}

/** Lets the view read the new columns, if it is still the view of the plan. Owner, grants, comments, defaults and triggers stay. */
export const replaceView = (change: ViewChange, to: string): Brief =>
  unit(`let view ${spoken(change.view)} read ${to}`, change, [
    `IF ${hashOf(change.view)} IS DISTINCT FROM ${literal(change.old.hash)} THEN`,
    `  RAISE object_not_in_prerequisite_state USING MESSAGE = ${literal(`view ${spoken(change.view)} is not as it was planned for: plan anew`)};`,
    'END IF;',
    `${replacing(change, change.new)};`,
  ]);

/** Lets it read the old columns again. A view that somebody has replaced meanwhile stays as it is; so does one that was not replaced yet. */
export const restoreView = (change: ViewChange, to: string): Brief =>
  unit(`let view ${spoken(change.view)} read ${to} again`, change, [
    `IF ${hashOf(change.view)} = ${literal(change.new.hash)} THEN`,
    `${replacing(change, change.old)};`,
    'END IF;',
  ]);

const spoken = ({ schema, name }: TableName): string => `${schema}.${name}`;

// How a view is printed hangs on the schemas that are searched, and so does what it means.
/** Of a view `c` of pg_class: all that CREATE OR REPLACE VIEW would put in the place of what is there. */
export const hashOfView = `md5(pg_get_viewdef(c.oid) || coalesce(c.reloptions::text, ''))`;

/** A row of the Data API holds 64 KB. */
export const longestDefinition = 12_000;

const oidOf = (view: TableName): string => `to_regclass(${literal(qualifiedName(view))})`;

const hashOf = (view: TableName): string =>
  `(SELECT ${hashOfView} FROM pg_class AS c WHERE c.oid = ${oidOf(view)})`;

function unit(does: string, { view, lockedBy }: ViewChange, lines: readonly string[]): Brief {
  const locking =
    lockedBy === null
      ? []
      : [
          '-- Changes nothing, and keeps others from replacing the view meanwhile.',
          'IF EXISTS (SELECT FROM pg_attribute AS a',
          `  WHERE a.attrelid = ${oidOf(view)} AND a.attname = ${literal(lockedBy)} AND NOT a.atthasdef) THEN`,
          `  ALTER VIEW ${qualifiedName(view)} ALTER COLUMN ${identifier(lockedBy)} DROP DEFAULT;`,
          'END IF;',
        ];
  const body = [
    'DECLARE',
    `  path text := current_setting('search_path');`,
    'BEGIN',
    `PERFORM set_config('search_path', '', true);`,
    ...locking,
    ...lines,
    `PERFORM set_config('search_path', path, true);`,
    'END',
  ].join('\n');
  return brief(does, 'ACCESS EXCLUSIVE', [`DO ${dollarQuoted(body, 'view')}`]);
}

const replacing = ({ view, options }: ViewChange, { definition }: PrintedQuery): string => {
  const given = options.map(optionOf).join(', ');
  return `CREATE OR REPLACE VIEW ${qualifiedName(view)}${given === '' ? '' : ` WITH (${given})`} AS\n${queryOf(definition)}`;
};

function optionOf(option: string): string {
  const [name = '', ...value] = option.split('=');
  return `${name} = ${literal(value.join('='))}`;
}

/** Without the end of the statement. */
export const queryOf = (definition: string): string => definition.trim().replace(/;$/u, '');
