import type { DdlProgram, DdlStep } from '../../../engine/dialects/ddl.ts';
import { NotRead, type Call } from './call.ts';
import { KnownNames, type Course } from './known-names.ts';
import { migrationIn } from './migration.ts';
import { addsToTable } from './new-table.ts';
import { rubyParser } from './ruby.ts';
import { callsIn, statementsFor } from './statements.ts';
import { isUnread, type Step } from './steps.ts';

/** Reads the migrations of Rails, one after the other as they are run: what one has named, a later one takes away. */
export interface RailsReader {
  /** Undefined where the file holds no migration. */
  read(file: string, text: string): DdlProgram | undefined;
  /** The same file, named as what is not read. */
  unread(file: string, text: string): DdlProgram;
}

const remedy = 'Have Rails write its SQL, and convert that: docs/convert.md has the command.';

export async function railsReader(): Promise<RailsReader> {
  const parse = await rubyParser();
  const known = new KnownNames();
  return {
    read: (file, text) => {
      const migration = migrationIn(parse(text));
      if (migration === null) return undefined;
      if ('fact' in migration) return unreadFile(file, text, migration);
      const { steps, version } = migration;
      return { file, steps: steps.flatMap((step) => ddlSteps(step, { version, known })) };
    },
    unread: (file, text) =>
      unreadFile(file, text, { line: 1, fact: 'no class in it inherits from ActiveRecord::Migration' }),
  };
}

const unreadFile = (
  file: string,
  text: string,
  { line, fact }: { readonly line: number; readonly fact: string },
): DdlProgram => ({
  file,
  steps: [{ line, sql: text.split('\n')[line - 1]?.trim() ?? '', unread: { fact, remedy } }],
});

function ddlSteps(step: Step, of: Course): readonly DdlStep[] {
  if (isUnread(step)) return [{ line: step.line, sql: step.source, unread: { fact: step.fact, remedy } }];
  return callsIn(step).flatMap((call) => {
    const { block } = call;
    const strange = call.method.startsWith('create_')
      ? block.filter(({ method }) => !addsToTable(method))
      : [];
    return [
      ...written({ ...call, block: block.filter((each) => !strange.includes(each)) }, of),
      ...strange.map((each) => unread(each, `what ${each.method} adds to a table is not known here`)),
    ];
  });
}

function written(call: Call, of: Course): readonly DdlStep[] {
  try {
    return statementsFor(call, of).map((each) => ({ line: call.line, ...each }));
  } catch (error) {
    if (error instanceof NotRead) return [unread(call, error.message)];
    throw error;
  }
}

const unread = ({ line, source }: Call, fact: string): DdlStep => ({
  line,
  sql: source,
  unread: { fact, remedy },
});
