import { finished } from 'node:stream/promises';
import { Client, DatabaseError, escapeIdentifier } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { DumpError } from './dump-error.ts';
import { leadingWords, type CopyData } from './dump-pieces.ts';
import { MissingExtensions, refusedExtension } from './dump-extensions.ts';
import { reasonToRefuse, reasonToSkip, settingOfDatabase } from './dump-skips.ts';
import { PsqlScript, type PlacedStatement, type ScriptReader } from './psql-script.ts';

export { DumpError } from './dump-error.ts';

export interface LoadedDump {
  /** Statements that ran, COPY included. */
  readonly statements: number;
  /** What was left out or added, each with its place in the dump. */
  readonly notices: readonly string[];
}

/**
 * Loads a plain SQL dump, as pg_dump or people write them, into an existing database. Roles that the dump only mentions
 * are created without a login, and what wants an extension that is not to be had is left out. `path`: where the file lies, for what it
 * includes. Throws DumpError `dump.sql:LINE: …`; what ran before the error stays.
 */
export async function loadDump(
  databaseUrl: string,
  sqlText: string,
  file = 'dump.sql',
  path: string | null = null,
): Promise<LoadedDump> {
  if (sqlText.startsWith('PGDMP')) {
    throw new DumpError(
      `${file}:1: a dump in pg_dump's custom format. Make it plain with: pg_restore -f plain.sql ${file}`,
    );
  }
  const client = new Client({ connectionString: databaseUrl, application_name: 'underpin-load-dump' });
  client.on('error', () => {});
  await client.connect();
  try {
    // A dump of INSERTs commits for every row; nobody needs each of them on disk before the next.
    await client.query('SET synchronous_commit = off');
    return await new DumpLoad(client).all(sqlText, file, path);
  } finally {
    await client.end();
  }
}

/** They move the savepoints of a transaction, or end it. */
const TRANSACTION_VERBS: ReadonlySet<string> = new Set([
  'COMMIT',
  'END',
  'ROLLBACK',
  'ABORT',
  'SAVEPOINT',
  'RELEASE',
]);

class DumpLoad implements ScriptReader {
  readonly #client: Client;
  readonly #missing = new MissingExtensions();
  readonly #notices: string[] = [];
  #statements = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  async all(dump: string, file: string, path: string | null): Promise<LoadedDump> {
    await new PsqlScript(this).read(dump, file, path);
    if (this.#client.getTransactionStatus() !== 'I')
      throw new DumpError(`${file}: ends inside a transaction`);
    return { statements: this.#statements, notices: this.#notices };
  }

  async statement(statement: PlacedStatement): Promise<void> {
    const words = leadingWords(statement.sql, 4);
    const refused = reasonToRefuse(statement.sql, words);
    if (refused !== undefined) throw new DumpError(`${placeOf(statement)}: ${refused}`);
    const setting = settingOfDatabase(statement.sql);
    if (setting !== undefined) return this.#setForAll(statement, setting);
    const skipped = reasonToSkip(statement.sql, words);
    if (skipped !== undefined) return this.notice(placeOf(statement), skipped);
    try {
      await this.#run(statement, words[0] ?? '');
      this.#statements++;
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      await this.#repair(statement, words, error);
    }
  }

  async rows(statement: PlacedStatement): Promise<readonly Readonly<Record<string, string | null>>[]> {
    try {
      const asked = { text: statement.sql, types: asText };
      return (await this.#client.query<Record<string, string | null>>(asked)).rows;
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      throw new DumpError(`${faultOf(statement, error)}${this.#missing.remark()}`);
    }
  }

  notice(place: string, text: string): void {
    this.#notices.push(`${place}: ${text}`);
  }

  leftOut(why: string): void {
    this.#notices.push(`${why} (left out, since ON_ERROR_STOP is off)`);
  }

  /** For the sessions to come, as the dump has it, and for this one, which the dump would leave behind it (\connect). */
  async #setForAll(statement: PlacedStatement, setting: string): Promise<void> {
    const { rows } = await this.#client.query<{ name: string }>('SELECT current_database() AS name');
    const name = escapeIdentifier(rows[0]?.name ?? '');
    try {
      await this.#run({ ...statement, sql: `ALTER DATABASE ${name} ${setting}` }, 'ALTER');
      await this.#run({ ...statement, sql: setting }, 'SET');
      this.#statements++;
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      this.notice(placeOf(statement), `setting of the database skipped: ${error.message}`);
    }
  }

  /** In a transaction of the dump's own, an error that we can fix must not end it. */
  async #run({ sql, data }: PlacedStatement, verb: string): Promise<void> {
    const savepoint = this.#client.getTransactionStatus() === 'T' && !TRANSACTION_VERBS.has(verb);
    if (savepoint) await this.#client.query('SAVEPOINT underpin_dump');
    try {
      await (data === undefined ? this.#client.query(sql) : this.#copy(sql, data));
    } catch (error) {
      if (savepoint) await this.#client.query('ROLLBACK TO SAVEPOINT underpin_dump');
      throw error;
    }
    if (savepoint) await this.#client.query('RELEASE SAVEPOINT underpin_dump');
  }

  async #copy(sql: string, data: CopyData): Promise<void> {
    const stream = this.#client.query(copyFrom(sql));
    stream.end(Buffer.from(data.text, 'utf8'));
    await finished(stream);
  }

  async #repair(statement: PlacedStatement, words: readonly string[], error: DatabaseError): Promise<void> {
    const place = placeOf(statement);
    const role = missingRole(error);
    if (role !== undefined) {
      await this.#createRole(role, place);
      return this.statement(statement);
    }
    if (words[0] === 'CREATE' && words[1] === 'ROLE' && error.code === '42710') {
      return this.notice(place, `${error.message}: left as it is`);
    }
    if (isHarmlessSetting(words, error)) return this.notice(place, `setting skipped: ${error.message}`);
    const extension = refusedExtension(statement.sql, error);
    if (extension !== undefined) {
      this.#missing.add(extension, statement.line);
      return this.notice(place, `the extension "${extension}" is not to be had here; going on without it`);
    }
    if (this.#missing.concerns(words, error)) return;
    if (this.#missing.mayExplain(error))
      return this.notice(place, `left out, ${this.#missing.inWords()}: ${error.message}`);
    throw new DumpError(`${faultOf(statement, error)}${this.#missing.remark()}`);
  }

  async #createRole(role: string, place: string): Promise<void> {
    try {
      await this.#client.query(`CREATE ROLE ${escapeIdentifier(role)} NOLOGIN`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new DumpError(`${place}: the role "${role}" does not exist and cannot be created: ${why}`);
    }
    this.notice(place, `created the role "${role}", which was not here, without a login`);
  }
}

/** Values as psql has them. */
const asText = { getTypeParser: () => (text: string) => text };

const placeOf = ({ file, line }: PlacedStatement): string => `${file}:${line}`;

const faultOf = (statement: PlacedStatement, error: DatabaseError): string =>
  `${statement.file}:${lineOf(statement, error)}: ${error.message}${details(error)}`;

/** The name stands nowhere but in the message: PostgreSQL has no field for it. */
function missingRole(error: DatabaseError): string | undefined {
  return /^role "(.+)" does not exist$/s.exec(error.message)?.[1];
}

/** pg_dump of a newer version sets what this one does not know: 42704 unknown, 22023 bad value, 55P02 fixed at start. */
function isHarmlessSetting([first, second]: readonly string[], { code, message }: DatabaseError): boolean {
  const sets =
    first === 'SET' || (first === 'SELECT' && (second === 'SET_CONFIG' || second === 'PG_CATALOG'));
  return sets && ['42704', '22023', '55P02'].includes(code ?? '') && message.includes('parameter');
}

/** The line at fault within the statement, or within its data. */
function lineOf({ sql, line, data }: PlacedStatement, error: DatabaseError): number {
  const row = data === undefined ? undefined : /^COPY .*?, line (\d+)/.exec(error.where ?? '')?.[1];
  if (data !== undefined && row !== undefined) return data.line + Number(row) - 1;
  const before = sql.slice(0, Math.max(Number(error.position ?? 1) - 1, 0));
  return line + before.split('\n').length - 1;
}

function details({ detail, hint }: DatabaseError): string {
  return [detail, hint]
    .map((text) => (text === undefined ? '' : `. ${text}`))
    .join('')
    .replaceAll('..', '.');
}
