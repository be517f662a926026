const comments = String.raw`\s|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|/\*(?!!)[^]*?\*/`;
const account = String.raw`(?:\x60(?:[^\x60]|\x60\x60)*\x60|'[^']*'|[\w$.%-]+)`;

const definer = new RegExp(
  String.raw`^(?<head>(?:${comments}|/\*!\d*|\*/|CREATE\b|OR\s+REPLACE\b|ALGORITHM\s*=\s*\w+)*)DEFINER\s*=\s*${account}(?:\(\)|\s*@\s*${account})?`,
  'iu',
);

/**
 * A statement without whom it says to be defined by: that account may not be there, and then every statement fails that meets the view,
 * the trigger or the routine (1449). Whoever loads the dump defines it.
 */
export const withoutDefiner = (sql: string): string => sql.replace(definer, '$<head>');

const beginning = (words: string): RegExp => new RegExp(String.raw`^(?:${comments})*${words}`, 'iu');
const using = beginning(String.raw`USE\s+(?<name>${account})\s*$`);
const ofDatabase = beginning(String.raw`(?<verb>CREATE|DROP|ALTER)\s+(?:DATABASE|SCHEMA)\b`);
const ofReplication = beginning(String.raw`SET\s+@@GLOBAL\.GTID_PURGED\b`);

/** The databases that a dump goes to by USE. */
export const databasesUsed = (statements: readonly string[]): ReadonlySet<string> =>
  new Set(statements.flatMap((sql) => using.exec(sql)?.groups?.['name'] ?? []));

/** Why a statement is not for the database that is loaded; undefined for nearly all. `used`: the databases that the dump goes to by USE. */
export function reasonToSkip(sql: string, used: ReadonlySet<string>): string | undefined {
  if (ofReplication.test(sql)) return 'GTID_PURGED skipped: this server replicates from nobody';
  if (used.size > 1) return undefined;
  const verb = ofDatabase.exec(sql)?.groups?.['verb']?.toUpperCase();
  // What is made by another name and not used is meant as it is written.
  const isAtHand = verb === 'ALTER' || used.size === 1;
  const what =
    verb === undefined ? (using.test(sql) ? 'USE' : undefined) : isAtHand ? `${verb} DATABASE` : undefined;
  return what === undefined ? undefined : `${what} skipped: the dump goes into the database at hand`;
}
