import type { SqlParser } from '../../../database/sql-parser.ts';
import type { DdlFile, DdlStep } from '../../ddl.ts';
import { isTree, listOf } from '../naming/tree.ts';
import { opaqueSource } from '../opaque.ts';

/** A statement of a file, with where it begins. */
export interface SqlPiece {
  readonly sql: string;
  readonly line: number;
  /** Why PostgreSQL cannot read it; null where it can. */
  readonly unreadable: string | null;
}

/** Of a program, which says more of a statement than its text. */
export interface DdlPiece extends SqlPiece, Pick<DdlStep, 'table' | 'unread'> {}

export const piecesOf = (file: DdlFile, parser: SqlParser): readonly DdlPiece[] =>
  'text' in file ? statementsIn(file.text, parser) : file.steps.flatMap((step) => stepPieces(step, parser));

const stepPieces = (step: DdlStep, parser: SqlParser): readonly DdlPiece[] =>
  step.unread === undefined
    ? statementsIn(step.sql, parser).map((piece) => ({ ...piece, ...step, sql: piece.sql }))
    : [{ ...step, unreadable: null }];

/**
 * The statements of a file. PostgreSQL's parser says where each ends; where it cannot read the whole, the file is cut at
 * its semicolons, so that one statement which cannot be read hides no other.
 */
function statementsIn(text: string, parser: SqlParser): readonly SqlPiece[] {
  const { sql, pieces } = withoutClient(withoutDown(text));
  const read = parsed(sql, parser);
  const statements =
    typeof read === 'string'
      ? cut(sql).map((each) => ({ ...each, unreadable: whyUnreadable(each.sql, parser) }))
      : read.map((each) => ({ ...each, unreadable: null }));
  return [...statements, ...pieces].toSorted((a, b) => a.line - b.line);
}

function parsed(text: string, parser: SqlParser): readonly Omit<SqlPiece, 'unreadable'>[] | string {
  try {
    const tree = parser.sql(text);
    const bytes = new TextEncoder().encode(text);
    return listOf(isTree(tree) ? tree['stmts'] : undefined).map((raw) => {
      const { stmt_location: from = 0, stmt_len: length } = isTree(raw) ? raw : {};
      const start = Number(from);
      const end = typeof length === 'number' ? start + length : bytes.length;
      return placed(text, decoded(bytes, 0, start).length, decoded(bytes, start, end));
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const decoded = (bytes: Uint8Array, from: number, until: number): string =>
  new TextDecoder().decode(bytes.subarray(from, until));

function whyUnreadable(sql: string, parser: SqlParser): string | null {
  const read = parsed(sql, parser);
  return typeof read === 'string' ? read : null;
}

const leading = /^(?:\s+|--[^\n]*|\/\*[^]*?\*\/)+/u;

/** Without what stands before its first word. */
function placed(text: string, at: number, raw: string): Omit<SqlPiece, 'unreadable'> {
  const before = leading.exec(raw)?.[0].length ?? 0;
  return { sql: raw.slice(before).trimEnd(), line: lineAt(text, at + before) };
}

const lineAt = (text: string, at: number): number => text.slice(0, at).split('\n').length;

const opaqueOrEnd = new RegExp(`${opaqueSource}|(?<end>;)`, 'gsu');

function cut(text: string): readonly Omit<SqlPiece, 'unreadable'>[] {
  const ends = [...text.matchAll(opaqueOrEnd)].flatMap((each) =>
    each.groups?.['end'] === undefined ? [] : [each.index],
  );
  return [...ends, text.length]
    .map((end, at) => {
      const start = at === 0 ? 0 : (ends[at - 1] ?? 0) + 1;
      return placed(text, start, text.slice(start, end));
    })
    .filter(({ sql }) => sql !== '');
}

const blank = (text: string): string => text.replaceAll(/[^\n]/gu, ' ');

/** goose, sql-migrate and dbmate write the way back into the same file. */
const downPart =
  /^[ \t]*--[ \t]*(?:\+(?:goose|migrate)[ \t]+|migrate:)down\b[^]*?(?=^[ \t]*--[ \t]*(?:\+(?:goose|migrate)[ \t]+|migrate:)up\b|(?![^]))/gimu;

/** The same text with the way back blanked out, so that every line keeps its number. */
const withoutDown = (text: string): string => text.replaceAll(downPart, blank);

// psql's own; the harmless ones that pg_dump writes are left away.
const silent = /^\\(?:restrict|unrestrict|echo|timing|pset|set|connect|c)\b/u;
const dataBlock = /^(COPY\b[^;]*\bFROM\s+stdin\b[^;]*;)[^\n]*\n([^]*?)^\\\.$/gimu;

/** The text without what psql reads itself: rows after COPY, and its commands, which are pieces of their own. */
function withoutClient(text: string): { readonly sql: string; readonly pieces: readonly SqlPiece[] } {
  const withoutRows = text.replaceAll(
    dataBlock,
    (whole, head: string) => head + blank(whole.slice(head.length)),
  );
  const pieces: SqlPiece[] = [];
  const sql = withoutRows.replaceAll(/^\\[a-z!].*$/gimu, (command, at: number) => {
    if (!silent.test(command))
      pieces.push({ sql: command.trim(), line: lineAt(text, at), unreadable: 'it is a command of psql' });
    return blank(command);
  });
  return { sql, pieces };
}
