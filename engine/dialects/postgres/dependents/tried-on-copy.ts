import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { trialWithinMs } from '../evaluated.ts';
import { installShared } from '../ledger-schema.ts';
import { tellingNoValue } from '../likeness-rows.ts';
import { dollarQuoted, qualifiedName } from '../quote.ts';

/** Something that a function in PL/pgSQL tries on an empty copy of a table, of which it gives rows of JSON. */
export interface Trial<Json extends string, Text extends string> {
  readonly name: string;
  /** Its parameters besides the table and the name of its copy, in this order. */
  readonly json: readonly Json[];
  readonly texts: readonly Text[];
  /** The parameter whose statements change the copy first. */
  readonly changedBy: Json;
  readonly declares?: string;
  /**
   * Has `of_table`; `relation`, the copy with its schema; `path`, the search_path, which it leaves as it was; and `part`, for its loops.
   * What depends on the copy goes by its own statement.
   */
  readonly body: string;
}

/** The copy is gone when a call ends; no row is in it, and no lock but the weakest is taken on the table. */
export const installTrial = <Json extends string, Text extends string>({
  name,
  json,
  texts,
  changedBy,
  declares,
  body,
}: Trial<Json, Text>): Statement =>
  installShared(
    `CREATE OR REPLACE FUNCTION underpin.${name}(${[
      ...['of_table', 'copy'].map((each) => `${each} text`),
      ...json.map((each) => `${each} jsonb`),
      ...texts.map((each) => `${each} text`),
    ].join(', ')})
  RETURNS SETOF text
  LANGUAGE plpgsql
AS ${dollarQuoted(
      `DECLARE
  relation text := format('underpin.%I', copy);
  path text := current_setting('search_path');
  part record;
  raised_in text;${declares === undefined ? '' : `\n${declares}`}
BEGIN
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING INDEXES)', relation, of_table::regclass);
  FOR part IN SELECT s.statement FROM jsonb_array_elements_text(${changedBy}) AS s (statement) LOOP
    EXECUTE part.statement;
  END LOOP;
${body}
  EXECUTE format('DROP TABLE %s', relation);
${tellingNoValue()}
END`,
      'tried',
    )}`,
  );

/** A table, what its copy is called in the ledger's schema, and the trial's own parameters. */
interface Asked<Json extends string, Text extends string> {
  readonly table: TableName;
  readonly copy: string;
  readonly json: Readonly<Record<Json, object>>;
  readonly texts: Readonly<Record<Text, string | null>>;
}

export const askTrial = <Json extends string, Text extends string>(
  { name, json, texts }: Trial<Json, Text>,
  asked: Asked<Json, Text>,
): Statement => ({
  text: `SELECT * FROM underpin.${name}(${[
    ...['table', 'copy'].map((each) => `:${each}`),
    ...json.map((each) => `(:${each})::jsonb`),
    ...texts.map((each) => `:${each}`),
  ].join(', ')})`,
  parameters: {
    table: qualifiedName(asked.table),
    copy: asked.copy,
    ...Object.fromEntries(Object.entries(asked.json).map(([key, value]) => [key, JSON.stringify(value)])),
    ...asked.texts,
  },
  catalogOnly: true,
  withinMs: trialWithinMs,
});
