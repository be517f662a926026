import type * as z from 'zod';
import type { Expression } from '../dialects/inspector.ts';
import { childPath } from '../spec/spec-source.ts';
import type { CompiledChange, DatabaseQuestions, Refusal, RefusedChange, Subject } from './kind.ts';
import { columnNamed } from './refusals.ts';
import { replacementRefusals } from './replacement-refusals.ts';
import { replaceColumns } from './replace-columns.ts';
import type { NewColumn, SidesChange } from './sides-change.ts';
import { answeredBy, readSidesFacts } from './sides-facts.ts';
import { sidesFactsRefused } from './sides-refusals.ts';
import type { intoKey } from './sides-keys.ts';

export const oldColumnsOf = ({ old }: SidesChange): readonly string[] => old.map(({ name }) => name);

export const newSide = (columns: Readonly<z.output<ReturnType<typeof intoKey>>>): readonly NewColumn[] =>
  Object.entries(columns).map(([name, { type, up, default: otherwise, notNull }]) => ({
    name,
    type,
    up,
    // DEFAULT NULL is none.
    default: otherwise === undefined || /^null$/iu.test(otherwise) ? null : otherwise,
    saysDefault: otherwise !== undefined,
    notNull: notNull === true,
    key: childPath('change.into', name),
  }));

export const sidesRefusals = (change: SidesChange, subject: Subject): readonly Refusal[] =>
  replacementRefusals(
    {
      from: change.old.map(({ name, keys }) => ({ name, key: keys.name })),
      to: change.new.map(({ name, key }) => ({ name, key })),
      keysToo: false,
      dualWrite: change.dualWrite,
    },
    subject,
  );

/** Each side must follow from the other alone: a write of a third column wakes no dual write. */
export function sidesExpressions(
  change: SidesChange,
  { catalog }: Subject,
): readonly { readonly key: string; readonly expression: Expression }[] {
  const old = change.old.map(({ name, ...rest }) => ({
    ...rest,
    column: name,
    type: columnNamed(catalog, name)?.type ?? 'text',
  }));
  const over = old.map(({ column, type }) => ({ column, type }));
  return [
    ...change.new.map(({ type, up, key }) => ({ key: `${key}.up`, expression: { text: up, type, over } })),
    ...old.map(({ type, down, keys }) => ({
      key: keys.down,
      expression: {
        text: down,
        type,
        over: change.new.map(({ name, type: its }) => ({ column: name, type: its })),
      },
    })),
  ];
}

export async function compileSides(
  change: SidesChange,
  subject: Subject,
  ask: DatabaseQuestions,
): Promise<CompiledChange | RefusedChange> {
  const facts = await readSidesFacts(change, subject, ask);
  const refused = sidesFactsRefused(change, subject, facts);
  if (refused.length > 0) return { refused };
  const converted = facts.new.map(({ column: { name, up }, inheritance: { type, collates } }) => ({
    column: name,
    expression: up,
    type,
    collation: collates,
  }));
  const built = await ask.sides(
    {
      table: subject.table,
      old: change.old.map(({ name, down }) => ({ name, expression: down })),
      new: change.new.map(({ name, type, up }) => ({ name, type, expression: up })),
      answers: answeredBy(change, facts),
    },
    converted,
  );
  const unbuilt = built.leftBehind.map(({ what, name, says }) => ({
    key: childPath(what === 'check' ? 'change.checks' : 'change.indexes', name),
    fact: `the database refuses this over the new columns: ${says ?? 'it does not say why'}`,
    remedy: `Write one that it takes, or \`${name}: drop\`.`,
  }));
  return unbuilt.length > 0 ? { refused: unbuilt } : replaceColumns(change, subject, facts, built);
}
