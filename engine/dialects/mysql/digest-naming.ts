import type { TableName } from '../../spec/table-name.ts';

/** What a statement has to do with a column, or with the table as such where no column is asked for. */
export interface DigestNaming {
  readonly verb: string;
  readonly names: boolean;
  readonly writes: boolean;
  /** Reads or writes whole rows, and so the column without its name. */
  readonly wholeRow: boolean;
  /** Its end is not known. */
  readonly doubtful: boolean;
}

interface Token {
  /** In small letters, without quotes. */
  readonly word: string;
  readonly isQuoted: boolean;
}

const token = /`(?<quoted>(?:[^`]|``)*)`|(?<word>[\p{L}\p{N}_$@]+)|(?<sign>\.\.\.|[^\s])/gu;

const tokensOf = (text: string): readonly Token[] =>
  [...text.matchAll(token)].map(({ groups }) => {
    const quoted = groups?.['quoted'];
    const word = quoted?.replaceAll('``', '`') ?? groups?.['word'] ?? groups?.['sign'] ?? '';
    return { word: word.toLowerCase(), isQuoted: quoted !== undefined };
  });

// What changes or shows the table, and reads no row for an application.
const aboutTable =
  /^(?:prepare|create(?! (?:temporary )?table .* select )|alter|drop|truncate|rename|analyze|optimize|check|checksum|repair|grant|revoke|show|explain|describe|lock|unlock|flush)\b/su;

/**
 * Whether a block of the statement is called `underpin`: it says that it knows both shapes, as a rehearsal's own comparison does.
 * Comments are in no digest.
 */
const isMarked = (tokens: readonly Token[]): boolean =>
  tokens.some(({ word }, at) => word === 'qb_name' && tokens[at + 2]?.word === 'underpin');

const ofServer = new Set(['underpin', 'performance_schema', 'information_schema']);

const behindTable = new Set(['from', 'join', 'straight_join', 'update', 'into', 'table']);

/** Bytes that the longest name takes. */
export const largestWord = 260;

// The server keeps two bytes for a keyword, a sign or a value, and two more and its own for a name.
const bytesOf = (tokens: readonly Token[]): number =>
  tokens.reduce(
    (sum, { word, isQuoted }) => sum + (isQuoted ? 4 + new TextEncoder().encode(word).length : 2),
    0,
  );

export interface DigestText {
  /** The session's own. */
  readonly schema: string | null;
  readonly text: string;
  /** Nothing of the text was left out on the way. */
  readonly isWhole: boolean;
  /** Bytes that the server keeps of a statement's words: it says nowhere that one had more. */
  readonly room: number;
}

/**
 * Reads a digest. It is a list of words and no SQL: values are `?`, lists `...`, DISTINCT is DISTINCTROW, DAY is SQL_TSI_DAY, and a
 * column whose name is a keyword stands in capitals without quotes. So a statement names the column where the table and the
 * column are among its words, unless the column is another table's by its alias.
 */
export function digestNaming(
  { schema, text, isWhole, room }: DigestText,
  table: TableName,
  column: string | null,
): DigestNaming {
  const all = tokensOf(text);
  // A statement that is prepared has two lines, which begin with what is done with it.
  const tokens = all[0]?.word === 'execute' ? all.slice(1) : all;
  const verb = tokens.find(({ word }) => /^[a-z]/u.test(word))?.word.toUpperCase() ?? '';
  const isCut = !isWhole || bytesOf(all) > room - largestWord;
  const words = tokens.map(({ word }) => word).join(' ');
  const nothing = { verb, names: false, writes: false, wholeRow: false, doubtful: false };
  if (aboutTable.test(words) || isMarked(tokens)) return nothing;
  const places = placesOf(tokens, table, schema);
  const isMentioned = places.length > 0;
  // What was cut may name both, unless it asks the server about itself, as the ledger does.
  if (isCut && !tokens.some(({ word }) => ofServer.has(word)))
    return { verb, names: true, writes: writesRows(verb), wholeRow: false, doubtful: true };
  if (!isMentioned) return nothing;
  if (column === null) return { ...nothing, names: true, writes: verb !== 'SELECT' };
  const others = otherNames(tokens, new Set(places));
  const ours = new Set([table.name.toLowerCase(), ...places.flatMap((at) => aliasAt(tokens, at))]);
  const isOurs = (at: number): boolean => {
    const qualifier = tokens[at - 1]?.word === '.' ? tokens[at - 2]?.word : undefined;
    return qualifier === undefined || ours.has(qualifier) || !others.has(qualifier);
  };
  const named = tokens.flatMap(({ word }, at) =>
    word === column.toLowerCase() && tokens[at - 1]?.word !== 'as' && !places.includes(at) && isOurs(at)
      ? [at]
      : [],
  );
  const where = tokens.findIndex(({ word }) => word === 'where');
  return {
    verb,
    names: named.length > 0,
    writes: writesRows(verb) && (verb !== 'UPDATE' || where < 0 || named.some((at) => at < where)),
    wholeRow: named.length === 0 && readsAll(tokens, isOurs, places),
    doubtful: false,
  };
}

const writesRows = (verb: string): boolean => /^(?:INSERT|REPLACE|UPDATE|LOAD)$/u.test(verb);

/** Where the table is named, and not another one of its name in another schema. */
const placesOf = (
  tokens: readonly Token[],
  { schema, name }: TableName,
  current: string | null,
): readonly number[] =>
  tokens.flatMap(({ word }, at) => {
    if (word !== name.toLowerCase()) return [];
    const qualifier = tokens[at - 1]?.word === '.' ? tokens[at - 2]?.word : current?.toLowerCase();
    return qualifier === undefined || qualifier === schema.toLowerCase() ? [at] : [];
  });

/** The alias of a table that is named there. */
function aliasAt(tokens: readonly Token[], at: number): readonly string[] {
  const [next, then] = [tokens[at + 1], tokens[at + 2]];
  if (next?.word === 'as') return then === undefined ? [] : [then.word];
  return next?.isQuoted === true ? [next.word] : [];
}

/** Other tables and their aliases, and those of subqueries: what they have of the column, they name themselves. */
function otherNames(tokens: readonly Token[], places: ReadonlySet<number>): ReadonlySet<string> {
  return new Set(
    tokens.flatMap(({ word, isQuoted }, at) => {
      if (word === ')') return aliasAt(tokens, at);
      // A table behind its schema.
      const first = tokens[at - 1]?.word === '.' ? at - 2 : at;
      if (!isQuoted || places.has(at) || !behindTable.has(tokens[first - 1]?.word ?? '')) return [];
      return tokens[at + 1]?.word === '.' ? [] : [word, ...aliasAt(tokens, at)];
    }),
  );
}

const beforeStar = new Set(['select', 'distinctrow', 'all', ',', '.']);

function readsAll(
  tokens: readonly Token[],
  isOurs: (at: number) => boolean,
  places: readonly number[],
): boolean {
  const star = tokens.some(
    ({ word }, at) => word === '*' && beforeStar.has(tokens[at - 1]?.word ?? '') && isOurs(at),
  );
  const isListless = places.some(
    (at) =>
      /^(?:values|select|table)$/u.test(tokens[at + 1]?.word ?? '') ||
      (tokens[at - 1]?.word === 'table' && tokens[at - 2]?.word !== 'into'),
  );
  return star || isListless;
}
