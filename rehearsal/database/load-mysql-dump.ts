import { isMysqlError } from '../../cli/database/mysql-error.ts';
import { tokenAt } from '../cloud/data-api/mysql/sql-token.ts';
import { rehearsalConnection } from '../data/mysql/connection.ts';
import { DumpError } from './dump-error.ts';
import { databasesUsed, reasonToSkip, withoutDefiner } from './mysql-dump-statements.ts';

/** A statement of a file, and the line that it begins in. */
export interface DumpStatement {
  readonly sql: string;
  readonly line: number;
}

/**
 * Runs a plain SQL file, as mysqldump or people write them, in an existing database. What it defines belongs to whoever loads it.
 * Gives notices of what was left out.
 * Raises DumpError `dump.sql:LINE: …`; what ran before stays.
 */
export async function loadMysqlDump(
  url: string,
  text: string,
  file = 'dump.sql',
): Promise<readonly string[]> {
  const client = await rehearsalConnection(url, 'underpin-load-dump');
  try {
    const notices: string[] = [];
    const statements = [...dumpStatements(text)];
    const used = databasesUsed(statements.map(({ sql }) => sql));
    for (const { sql, line } of statements) {
      const skipped = reasonToSkip(sql, used);
      if (skipped !== undefined) {
        notices.push(`${file}:${line}: ${skipped}`);
        continue;
      }
      try {
        await client.query(withoutDefiner(sql));
      } catch (error) {
        if (!isMysqlError(error)) throw error;
        throw new DumpError(`${file}:${line}: ${error.message}`, { cause: error });
      }
    }
    return notices;
  } finally {
    await client.end();
  }
}

const DELIMITER = /^[ \t]*DELIMITER[ \t]+(?<delimiter>\S+)[ \t]*$/imuy;

/** Statements as the client `mysql` reads them: between delimiters, which the file may change. */
export function* dumpStatements(text: string): Generator<DumpStatement> {
  let delimiter = ';';
  let begun = 0;
  let line = 1;
  const upTo = (end: number): DumpStatement | undefined => {
    const raw = text.slice(begun, end);
    const sql = raw.trim();
    const blank = raw.length - raw.trimStart().length;
    return sql === '' ? undefined : { sql, line: line + newlines(raw.slice(0, blank)) };
  };
  for (let at = 0; at < text.length;) {
    DELIMITER.lastIndex = at;
    const changed = isLineStart(text, at) ? DELIMITER.exec(text) : null;
    const ends = text.startsWith(delimiter, at);
    if (changed === null && !ends) {
      at = endOfPart(text, at, delimiter);
      continue;
    }
    const statement = upTo(at);
    if (statement !== undefined) yield statement;
    const end = at + (changed?.[0].length ?? delimiter.length);
    line += newlines(text.slice(begun, end));
    delimiter = changed?.groups?.['delimiter'] ?? delimiter;
    begun = at = end;
  }
  const last = upTo(text.length);
  if (last !== undefined && !isOnlyComment(last.sql)) yield last;
}

/** A word may end with a delimiter such as `$$`, which is a name's sign to MySQL's own parser. */
function endOfPart(text: string, at: number, delimiter: string): number {
  const { kind, end } = tokenAt(text, at);
  const delimited = kind === 'word' || kind === 'symbol' ? text.slice(at + 1, end).indexOf(delimiter) : -1;
  return Math.max(at + 1, delimited < 0 ? end : at + 1 + delimited);
}

const isLineStart = (text: string, at: number): boolean => at === 0 || text[at - 1] === '\n';
const newlines = (text: string): number => text.split('\n').length - 1;

function isOnlyComment(sql: string): boolean {
  for (let at = 0; at < sql.length;) {
    const { kind, end } = tokenAt(sql, at);
    if (kind !== 'comment' && sql.slice(at, end).trim() !== '') return false;
    at = Math.max(at + 1, end);
  }
  return true;
}
