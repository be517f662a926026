import { NotRead, type Call, type RubyValue } from './call.ts';
import { columnMethods } from './column-methods.ts';
import { columnTypes } from './columns.ts';
import { constraintMethods } from './constraint-methods.ts';
import type { Course } from './known-names.ts';
import { quotedTable } from './names.ts';
import { Options } from './options.ts';
import { tableMethods } from './table-methods.ts';
import type { Write, Written } from './writing.ts';

const methods: Readonly<Record<string, Write>> = { ...columnMethods, ...constraintMethods, ...tableMethods };

export const isKnown = (method: string): boolean => method === 'change_table' || method in methods;

/** The statements that Rails runs for a call; raises NotRead for what is not known here. */
export function statementsFor(call: Call, of: Course): readonly Written[] {
  if (call.method === 'change_table')
    return together(
      call.args[0] ?? null,
      inBlock(call).flatMap((each) => statementsFor(each, of)),
    );
  const method = methods[call.method];
  if (method === undefined) throw new NotRead(`what ${call.method} does is not known here`);
  const options = new Options(call.options);
  const written = method({ call, options, ...of });
  options.end();
  return written;
}

/** What the block of change_table calls, as the method that does the same. */
const ofBlock: Readonly<Record<string, string>> = {
  column: 'add_column',
  timestamps: 'add_timestamps',
  index: 'add_index',
  references: 'add_reference',
  belongs_to: 'add_reference',
  foreign_key: 'add_foreign_key',
  check_constraint: 'add_check_constraint',
  unique_constraint: 'add_unique_constraint',
  exclusion_constraint: 'add_exclusion_constraint',
  rename: 'rename_column',
  rename_index: 'rename_index',
  change: 'change_column',
  change_default: 'change_column_default',
  change_null: 'change_column_null',
  remove: 'remove_columns',
  remove_columns: 'remove_columns',
  remove_column: 'remove_columns',
  remove_index: 'remove_index',
  remove_references: 'remove_reference',
  remove_belongs_to: 'remove_reference',
  remove_timestamps: 'remove_timestamps',
  remove_foreign_key: 'remove_foreign_key',
  remove_check_constraint: 'remove_check_constraint',
  remove_unique_constraint: 'remove_unique_constraint',
  remove_exclusion_constraint: 'remove_exclusion_constraint',
  validate_constraint: 'validate_constraint',
  validate_check_constraint: 'validate_check_constraint',
};

/** The calls that a call stands for: of change_table those of its block, unless they are one statement. */
export const callsIn = (call: Call): readonly Call[] =>
  call.method === 'change_table' && call.options.get('bulk') !== true ? inBlock(call) : [call];

const inBlock = (call: Call): readonly Call[] =>
  call.block.flatMap((each) => callsOf(call.args[0] ?? null, each));

function callsOf(table: RubyValue, call: Call): readonly Call[] {
  if (columnTypes.has(call.method))
    return call.args.map((column) => ({ ...call, method: 'add_column', args: [table, column, call.method] }));
  const method = ofBlock[call.method] ?? `t.${call.method}`;
  // One name a call, and any number of them in a block.
  if (method === 'add_reference' || method === 'remove_reference')
    return call.args.map((name) => ({ ...call, method, args: [table, name] }));
  return [{ ...call, method, args: [table, ...call.args] }];
}

/** `bulk: true`: what alters the table is one statement, up to the next that is something else. */
function together(table: RubyValue, written: readonly Written[]): readonly Written[] {
  const head = typeof table === 'string' ? `ALTER TABLE ${quotedTable(table)} ` : '';
  const merged: Written[] = [];
  for (const each of written) {
    const last = merged.at(-1);
    if (last !== undefined && [last, each].every(({ sql }) => sql.startsWith(head) && !/ RENAME /u.test(sql)))
      merged[merged.length - 1] = { sql: `${last.sql}, ${each.sql.slice(head.length)}` };
    else merged.push(each);
  }
  return merged;
}
