import { printable, type Fault } from '../../spec/fault.ts';
import { identifier } from './quote.ts';

/** Words of an expression that are no names of columns. */
const keywords =
  'and as between binary case char date datetime decimal div double else end escape false float in is like ' +
  'mod not null or real signed then time true unsigned when xor year json collate';

/**
 * What an expression may call: it gives the same value for the same row whenever and wherever it is computed, reads no
 * table and no setting, and tells by a warning what it cannot compute. CONVERT … USING is not among them: it writes `?` for
 * what a character set lacks, and says nothing.
 */
const functions =
  'abs bin_to_uuid cast ceil ceiling char_length character_length coalesce concat concat_ws crc32 date datediff day ' +
  'dayofmonth field find_in_set floor from_days greatest hex hour if ifnull inet6_aton inet6_ntoa inet_aton inet_ntoa ' +
  'instr is_uuid json_array json_extract json_object json_quote json_unquote json_valid last_day lcase least left length locate lower ' +
  'lpad ltrim md5 microsecond minute mod month nullif octet_length pow power quarter regexp_replace regexp_substr repeat ' +
  'replace reverse right round rpad rtrim second sha1 sha2 sign str_to_date strcmp substr substring substring_index ' +
  'time_to_sec sec_to_time timestampdiff to_days trim truncate ucase unhex upper uuid_to_bin year';

const known: ReadonlySet<string> = new Set([...keywords.split(' '), ...functions.split(' ')]);

const token =
  /(?<space>\s+)|(?<text>'(?:[^'\\]|'')*')|(?<number>(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)|(?<quoted>`(?:[^`]|``)+`)|(?<name>[a-z_][a-z0-9_$]*)|(?<sign><=>|->>|->|<>|!=|<=|>=|[-+*/%=<>(),])/iuy;

interface Token {
  readonly kind: string;
  readonly text: string;
}

/** Undefined where something is in it that no expression needs: a parameter, a variable, a semicolon, a backslash. */
function tokensOf(written: string): readonly Token[] | undefined {
  const found: Token[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < written.length) {
    const groups = token.exec(written)?.groups;
    if (groups === undefined) return undefined;
    const [kind, text] = Object.entries(groups).find(([, each]) => each !== undefined) ?? ['', ''];
    found.push({ kind, text: text ?? '' });
  }
  return found;
}

const remedy = 'Write one expression over the columns, such as `CAST(amount AS decimal(14,4)) / 100`';

/**
 * What keeps a text from being one expression that only computes. Of its words and signs no other statement can be made:
 * parentheses close, no comma stands outside of them, and nothing begins a comment. Whether it reads, MySQL says.
 */
export function expressionFault(written: string): Fault | undefined {
  const fault = (fact: string): Fault => ({ fact: `\`${printable(written)}\` ${fact}`, remedy });
  const tokens = tokensOf(written);
  if (tokens === undefined) return fault('holds what no expression needs, or a backslash');
  const meaning = tokens.filter(({ kind }) => kind !== 'space');
  if (tokens.some(({ text }, at) => /^(?:--|\/\*|\*\/)$/u.test(text + (tokens[at + 1]?.text ?? ''))))
    return fault('holds a comment');
  let depth = 0;
  for (const { kind, text } of meaning) {
    if (kind !== 'sign') continue;
    depth += text === '(' ? 1 : text === ')' ? -1 : 0;
    if (depth < 0) return fault('closes a parenthesis that it did not open');
    if (text === ',' && depth === 0) return fault('is more than one expression');
  }
  if (depth !== 0 || meaning.length === 0) return fault('is not a whole expression');
  const called = meaning.find(
    ({ kind, text }, at) =>
      (kind === 'name' && meaning[at + 1]?.text === '(' && !known.has(text.toLowerCase())) ||
      (kind === 'quoted' && meaning[at + 1]?.text === '('),
  );
  if (called !== undefined)
    return {
      fact: `\`${printable(called.text)}\` is nothing that an expression may call on MySQL`,
      remedy: `It may call what gives one row one value whenever it is computed, and warns where it cannot: ${functions}`,
    };
  return undefined;
}

/** The first word of an expression that is neither a column that it may name nor a word that it may use. */
export function strangerIn(written: string, columns: readonly string[]): string | undefined {
  const mine = new Set(columns.map((column) => column.toLowerCase()));
  const meaning = (tokensOf(written) ?? []).filter(({ kind }) => kind !== 'space');
  return meaning.find(({ kind, text }, at) => {
    if (kind === 'quoted') return !mine.has(text.slice(1, -1).replaceAll('``', '`').toLowerCase());
    if (kind !== 'name' || meaning[at - 1]?.text.toLowerCase() === 'collate') return false;
    return !mine.has(text.toLowerCase()) && !known.has(text.toLowerCase());
  })?.text;
}

/** The name of a column that a token is, among these; undefined for whatever else it is. */
function columnOf(
  { kind, text }: Token,
  next: Token | undefined,
  columns: ReadonlyMap<string, string>,
): string | undefined {
  if (kind === 'quoted') return columns.get(text.slice(1, -1).replaceAll('``', '`').toLowerCase());
  return kind === 'name' && next?.text !== '(' ? columns.get(text.toLowerCase()) : undefined;
}

const byName = (columns: readonly string[]): ReadonlyMap<string, string> =>
  new Map(columns.map((column) => [column.toLowerCase(), column]));

/** Those of the columns that an expression names. */
export function columnsIn(written: string, columns: readonly string[]): readonly string[] {
  const tokens = tokensOf(written) ?? [];
  const mine = byName(columns);
  const found = tokens.map((each, at) => columnOf(each, tokens[at + 1], mine));
  return columns.filter((column) => found.includes(column));
}

/** The same expression about a row of a trigger. */
export function ofRow(written: string, columns: readonly string[], row: 'OLD' | 'NEW'): string {
  const tokens = tokensOf(written);
  if (tokens === undefined) throw new Error('an expression that nobody has read');
  const mine = byName(columns);
  return tokens
    .map((each, at) => {
      const column = columnOf(each, tokens[at + 1], mine);
      return column === undefined ? each.text : `${row}.${identifier(column)}`;
    })
    .join('');
}
