import * as z from 'zod';
import { one, type Database } from '../../../database/database.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import type { RelationName } from '../naming/tree.ts';
import { bodyCalls } from './body-calls.ts';
import { describeCalled, describeViewsNamed } from './reads.ts';

const called = z.object({
  oid: z.number(),
  schema: z.string(),
  name: z.string(),
  arguments: z.number(),
  volatility: z.string(),
  language: z.string(),
  body: z.string().nullable(),
  parsed: z
    .object({ calls: z.array(z.number()), values: z.array(z.number()), writes: z.boolean() })
    .nullable(),
});
type Called = z.infer<typeof called>;
const viewed = z.object({ calls: z.array(z.number()), values: z.array(z.number()) });

/** In the order of PostgreSQL's own enumeration. */
const sqlValueNames =
  'CURRENT_DATE CURRENT_TIME CURRENT_TIME CURRENT_TIMESTAMP CURRENT_TIMESTAMP LOCALTIME LOCALTIME LOCALTIMESTAMP LOCALTIMESTAMP CURRENT_ROLE CURRENT_USER USER SESSION_USER CURRENT_CATALOG CURRENT_SCHEMA'.split(
    ' ',
  );

/** Stable functions of PostgreSQL's own that answer by the time, the session or its transaction, and not by their arguments. */
const ofTheMoment =
  /^(?:now|(?:transaction|statement)_timestamp|txid_.*|pg_current_.*|current_.*|session_user|getpgusername|inet_(?:client|server)_.*|pg_backend_pid|pg_(?:conf_load|postmaster_start)_time|pg_trigger_depth|pg_is_.*|pg_my_temp_schema|pg_client_encoding|pg_listening_channels|pg_cursor|pg_prepared_.*|pg_show_all_.*|pg_stat_.*|pg_timezone_.*|has_.*_privilege|pg_has_role|row_security_active|version)$/u;

/** A value is written in another form than it is stored in. */
const ofStorage = /^pg_column_(?:size|compression|toast_chunk_id)$/u;

/** How an expression comes to something that it must not do: `my_key() calls nextval()`. */
export type Finding = string | undefined;

/** What is wrong with functions that an expression calls, through bodies in SQL and PL/pgSQL as far as they can be read. */
export async function findingIn(
  oids: readonly number[],
  database: Database,
  parser: SqlParser,
): Promise<Finding> {
  return new CallWalk(database, parser).of(oids, []);
}

class CallWalk {
  private readonly seen = new Set<number>();

  constructor(
    private readonly database: Database,
    private readonly parser: SqlParser,
  ) {}

  async of(oids: readonly number[], names: readonly (readonly string[])[]): Promise<Finding> {
    if (oids.length + names.length === 0) return undefined;
    const found = await this.database.rows(
      describeCalled(
        oids,
        names.map((name) => name.at(-1) ?? ''),
      ),
      called,
    );
    for (const each of found) {
      const isMeant = oids.includes(each.oid) || names.some((name) => isName(name, each));
      if (!isMeant || this.seen.has(each.oid)) continue;
      this.seen.add(each.oid);
      const finding = await this.finding(each);
      if (finding !== undefined) return finding;
    }
    return undefined;
  }

  private async finding(each: Called): Promise<Finding> {
    const spoken = each.schema === 'pg_catalog' ? `${each.name}()` : `${each.schema}.${each.name}()`;
    const inside = await this.inBody(each);
    if (inside !== undefined && inside !== 'clean') return `${spoken}, which ${inside}`;
    // What can be read whole is judged by what it does, whatever its label: without a label every function is VOLATILE.
    if (each.volatility === 'v' && inside !== 'clean') return `${spoken}, which is VOLATILE`;
    if (each.schema === 'pg_catalog' && ofStorage.test(each.name))
      return `${spoken}, which depends on how the value is stored`;
    return each.schema === 'pg_catalog' && (ofTheMoment.test(each.name) || isAge(each))
      ? `${spoken}, which depends on the time or the session`
      : undefined;
  }

  /** `clean`: all of it was read, and nothing is against it; undefined: it cannot be read. */
  private async inBody({ language, body, parsed }: Called): Promise<Finding> {
    if (parsed !== null) {
      if (parsed.writes) return 'writes';
      return valueOf(parsed.values) ?? calls(await this.of(parsed.calls, [])) ?? 'clean';
    }
    if (body === null) return undefined;
    const read = bodyCalls(language, body, this.parser);
    if (read.writes) return 'writes';
    const [value] = read.sqlValues;
    if (value !== undefined) return `uses ${value.replace(/^SVFOP_/u, '')}`;
    if (read.moment !== undefined) return read.moment;
    const inner = calls(await this.of([], read.names)) ?? (await this.inViews(read.relations));
    return inner ?? (read.opaque ? undefined : 'clean');
  }

  private async inViews(names: readonly RelationName[]): Promise<Finding> {
    if (names.length === 0) return undefined;
    const { calls: oids, values } = await one(this.database, describeViewsNamed(names), viewed);
    return valueOf(values) ?? calls(await this.of(oids, []));
  }
}

/** By the first of them. */
export const valueOf = ([value]: readonly number[]): Finding =>
  value === undefined ? undefined : `uses ${sqlValueNames[value] ?? 'a value of the session'}`;

const calls = (finding: Finding): Finding => (finding === undefined ? undefined : `calls ${finding}`);

const isName = (written: readonly string[], { schema, name }: Called): boolean =>
  written.at(-1) === name && (written.length < 2 || written.at(-2) === schema);

/** With one argument it counts from today. */
const isAge = ({ name, arguments: taken }: Called): boolean => name === 'age' && taken === 1;
