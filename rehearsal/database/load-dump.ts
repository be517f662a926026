import { finished } from 'node:stream/promises';
import { Client, DatabaseError, escapeIdentifier } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { DumpError } from './dump-error.ts';
import { dumpPieces, leadingWords, type CopyData, type DumpPiece } from './dump-pieces.ts';
import { MissingExtensions, refusedExtension } from './dump-extensions.ts';
import { followPsqlCommand, reasonToRefuse, reasonToSkip, settingOfDatabase } from './dump-skips.ts';

export { DumpError } from './dump-error.ts';

export interface LoadedDump {
  /** Statements that ran, COPY included. */
  readonly statements: number;
  /** What was left out or added, each with its place in the dump. */
  readonly notices: readonly string[];
}

/**
 * Loads a plain SQL dump, as pg_dump or people write them, into an existing database. Roles that the dump only mentions
 * are created without a login. Throws DumpError `dump.sql:LINE: …`; what ran before the error stays.
 */
export async function loadDump(databaseUrl: string, sqlText: string, file = 'dump.sql'): Promise<LoadedDump> {
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
    return await new DumpLoad(client, file).all(sqlText);
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

type Statement = Extract<DumpPiece, { kind: 'statement' }>;

class DumpLoad {
  readonly #client: Client;
  readonly #file: string;
  readonly #missing = new MissingExtensions();
  readonly #notices: string[] = [];
  #statements = 0;

  constructor(client: Client, file: string) {
    this.#client = client;
    this.#file = file;
  }

  async all(dump: string): Promise<LoadedDump> {
    for (const piece of dumpPieces(dump)) {
      if (piece.kind === 'statement') await this.#statement(piece);
      else this.#psqlCommand(piece.text, piece.line);
    }
    if (this.#client.getTransactionStatus() !== 'I')
      throw new DumpError(`${this.#file}: ends inside a transaction`);
    return { statements: this.#statements, notices: this.#notices };
  }

  #psqlCommand(text: string, line: number): void {
    const verdict = followPsqlCommand(text);
    if ('refused' in verdict) throw new DumpError(`${this.#file}:${line}: ${verdict.refused}`);
    this.#notice(line, verdict.notice);
  }

  async #statement(statement: Statement): Promise<void> {
    const words = leadingWords(statement.sql, 4);
    const refused = reasonToRefuse(statement.sql, words);
    if (refused !== undefined) throw new DumpError(`${this.#file}:${statement.line}: ${refused}`);
    const setting = settingOfDatabase(statement.sql);
    if (setting !== undefined) return this.#setForAll(statement, setting);
    const skipped = reasonToSkip(statement.sql, words);
    if (skipped !== undefined) return this.#notice(statement.line, skipped);
    try {
      await this.#run(statement, words[0] ?? '');
      this.#statements++;
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      await this.#repair(statement, words, error);
    }
  }

  /** For the sessions to come, as the dump has it, and for this one, which the dump would leave behind it (\connect). */
  async #setForAll(statement: Statement, setting: string): Promise<void> {
    const { rows } = await this.#client.query<{ name: string }>('SELECT current_database() AS name');
    const name = escapeIdentifier(rows[0]?.name ?? '');
    try {
      await this.#run({ ...statement, sql: `ALTER DATABASE ${name} ${setting}` }, 'ALTER');
      await this.#run({ ...statement, sql: setting }, 'SET');
      this.#statements++;
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      this.#notice(statement.line, `setting of the database skipped: ${error.message}`);
    }
  }

  /** In a transaction of the dump's own, an error that we can fix must not end it. */
  async #run({ sql, data }: Statement, verb: string): Promise<void> {
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

  async #repair(statement: Statement, words: readonly string[], error: DatabaseError): Promise<void> {
    const { line } = statement;
    const role = missingRole(error);
    if (role !== undefined) {
      await this.#createRole(role, line);
      return this.#statement(statement);
    }
    if (words[0] === 'CREATE' && words[1] === 'ROLE' && error.code === '42710') {
      return this.#notice(line, `${error.message}: left as it is`);
    }
    if (isHarmlessSetting(words, error)) return this.#notice(line, `setting skipped: ${error.message}`);
    const extension = refusedExtension(words, error);
    if (extension !== undefined) {
      this.#missing.add(extension, line);
      return this.#notice(line, `the extension "${extension}" is not to be had here; going on without it`);
    }
    if (this.#missing.concerns(words, error)) return;
    throw new DumpError(
      `${this.#file}:${lineOf(statement, error)}: ${error.message}${details(error)}${this.#missing.remark()}`,
    );
  }

  async #createRole(role: string, line: number): Promise<void> {
    try {
      await this.#client.query(`CREATE ROLE ${escapeIdentifier(role)} NOLOGIN`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new DumpError(
        `${this.#file}:${line}: the role "${role}" does not exist and cannot be created: ${why}`,
      );
    }
    this.#notice(line, `created the role "${role}", which was not here, without a login`);
  }

  #notice(line: number, text: string): void {
    this.#notices.push(`${this.#file}:${line}: ${text}`);
  }
}

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
function lineOf({ sql, line, data }: Statement, error: DatabaseError): number {
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
