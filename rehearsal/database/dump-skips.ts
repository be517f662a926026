/**
 * Why a statement is not for the database that is being loaded; `undefined` for nearly all. `words` are its first four,
 * in capitals.
 */
export function reasonToSkip(sql: string, words: readonly string[]): string | undefined {
  const [first, second, third] = words;
  // The dump goes into a database that exists, whatever the original was called.
  if (second === 'DATABASE' && (first === 'CREATE' || first === 'DROP' || first === 'ALTER')) {
    return `${first} DATABASE skipped: the dump goes into the database at hand`;
  }
  if (first === 'COMMENT' && second === 'ON' && third === 'DATABASE') return 'COMMENT ON DATABASE skipped';
  if ((first === 'GRANT' || first === 'REVOKE') && /\bON\s+DATABASE\b/i.test(sql)) {
    return `${first} ON DATABASE skipped`;
  }
  // The text has been decoded by now and travels in UTF-8, whatever the file was written in.
  if (first === 'SET' && second === 'CLIENT_ENCODING' && !/utf-?8|unicode/i.test(sql)) {
    return 'SET client_encoding skipped: the dump is read as UTF-8';
  }
  return undefined;
}

/**
 * What an `ALTER DATABASE … SET` or `RESET` of the original's name has every session begin with, such as
 * `SET search_path TO app`; undefined for every other statement.
 */
export const settingOfDatabase = (sql: string): string | undefined =>
  /^ALTER\s+DATABASE\s+(?:"(?:[^"]|"")+"|[^\s";]+)\s+((?:SET\s+(?!TABLESPACE\b)|RESET\s)[^]*)$/iu.exec(
    sql,
  )?.[1];

/** Why a statement cannot be loaded at all. */
export function reasonToRefuse(sql: string, [first, second]: readonly string[]): string | undefined {
  // From there on a backslash would mean something else in every string, and statements would end elsewhere.
  if (first === 'SET' && second === 'STANDARD_CONFORMING_STRINGS' && !/\b(?:on|true|yes|1)\b/i.test(sql)) {
    return 'strings in the manner of PostgreSQL 9.0 and older. Dump again with a newer pg_dump';
  }
  return undefined;
}
