import { kindNames, kinds, type KindName } from '../../engine/changes/kinds.ts';
import type { SqlReader } from '../../engine/changes/kind.ts';
import type { Draft, JudgedStatement } from '../../engine/dialects/ddl.ts';
import { lintMigrations } from '../../engine/lint-migrations.ts';
import { writtenTable } from '../../engine/spec/written-table.ts';
import { fileText, nameOf, nextNumber, slug, type WrittenMigration } from '../init/file.ts';

/** A migration that is ready to be written. */
export interface ConvertedMigration {
  readonly file: string;
  readonly text: string;
}

export interface ConvertedStatement extends JudgedStatement {
  readonly migrations: readonly ConvertedMigration[];
  /** Why none was written, where the statement would have given some. */
  readonly refused: readonly string[];
}

interface Folder {
  /** The names that are there. */
  readonly files: readonly string[];
  readonly pathOf: (file: string) => string;
}

/** The migrations of each statement, under names that are free. What would be no right file is left out. */
export function convertedStatements(
  judged: readonly JudgedStatement[],
  folder: Folder,
  reading: SqlReader,
): readonly ConvertedStatement[] {
  const files = [...folder.files];
  return judged.map((statement) => {
    const migrations: ConvertedMigration[] = [];
    for (const draft of statement.drafts) {
      const written = writtenOf(draft, statement);
      if (written === null) return without(statement, `there is no kind ${draft.kind} yet`);
      const file = freeName(written, [...files, ...migrations.map((each) => each.file)]);
      const text = fileText(written, folder.pathOf(file));
      const [problem] = lintMigrations([{ file, text }], reading)[0]?.problems ?? [];
      if (problem !== undefined)
        return without(statement, `${draft.kind}: ${problem.fact} ${problem.remedy}`);
      migrations.push({ file, text });
    }
    files.push(...migrations.map(({ file }) => file));
    return { ...statement, migrations, refused: [] };
  });
}

const without = (statement: JudgedStatement, why: string): ConvertedStatement => ({
  ...statement,
  migrations: [],
  refused: [why],
});

function writtenOf(draft: Draft, { file, line, sql }: JudgedStatement): WrittenMigration | null {
  const kind = kindNames.find((name): name is KindName => name === draft.kind);
  if (kind === undefined) return null;
  const table = writtenTable(draft.table);
  const answers = Object.fromEntries(
    Object.entries(draft.change).map(([key, value]) => [key, String(value)] as const),
  );
  return {
    kind,
    table,
    change: draft.change,
    ticket: { goal: oneLine(kinds[kind].goal(table, answers), longestGoal) },
    head: [`From ${file}:${line}: ${oneLine(sql, 120)}`, ...draft.notes],
  };
}

/** One line of a statement. */
export function oneLine(sql: string, most: number): string {
  const line = sql.replaceAll(/\s+/gu, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

// The change says the rest.
const longestGoal = 120;
const longestName = 40;

function freeName(written: WrittenMigration, files: readonly string[]): string {
  const taken = new Set(files.map(nameOf));
  const name = slug(written);
  let free = name;
  for (let n = 2; taken.has(free); n += 1) {
    const more = `-${n}`;
    free = `${name.slice(0, longestName - more.length)}${more}`;
  }
  return `${nextNumber(files)}-${free}.yaml`;
}
