import type { InheritedFacts } from '../../catalog/inherited-facts.ts';
import { column } from '../../catalog/facts.ts';
import type { Database } from '../../database/database.ts';
import { StatementRefused } from '../../database/errors.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { Likeness, NewRelation, RetypedColumn } from '../inspector.ts';
import { describeColumns } from './catalog.ts';
import { addColumn, changeType } from './columns.ts';
import { refuseUnheldDefault } from './held-default.ts';
import { addIndexAction } from './indexes.ts';
import { reasonsText, refusalOfAction, triedName, tryActions, type TriedStep } from './ladder.ts';
import { inPlaceOf } from './in-place-of.ts';
import { refuseDrawnNumbers } from './read-expression.ts';
import { refuseType } from './pair.ts';
import { actionOf } from './settled.ts';
import { isOfClock, takesNoLiteral } from './written-default.ts';
import { triedKey } from './tried-key.ts';

/** What a new column is, once MySQL has added it to an empty copy. Raises what it says against it. */
export async function heirsOf(database: Database, likeness: Likeness): Promise<readonly InheritedFacts[]> {
  const { table, from, to, type, default: otherwise, up } = likeness;
  if (from !== null) return inPlaceOf(database, { ...likeness, from });
  if (up !== null) await refuseDrawnNumbers(database, table, up);
  // MySQL would copy the table for a default that is an expression: it comes behind the column, and rows that are there are filled.
  const isFilled = otherwise !== null && takesNoLiteral(type) && !isOfClock(otherwise);
  const added = addColumn(table, {
    name: to,
    type,
    default: isFilled ? null : otherwise,
    collation: null,
    comment: null,
    grants: [],
    settings: null,
  });
  const [tried] = await tryActions(database, table, [actionOf(added, table)]);
  const says = tried === undefined ? undefined : refusalOfAction(tried);
  if (says !== undefined) throw new StatementRefused(says);
  if (isFilled) await refuseUnheldDefault(database, tried?.column ?? { type, collation: null }, otherwise);
  if (up !== null) refuseType(table, to, tried?.column?.type ?? type);
  return [
    {
      kind: 'column',
      type: tried?.column?.type ?? type,
      collation: tried?.column?.collation ?? null,
      collates: tried?.column?.collation ?? null,
      plain: false,
      toastable: false,
      defaultVaries: isFilled
        ? 'at each call'
        : otherwise !== null && /^(?:current|now|local)/iu.test(otherwise)
          ? 'by session'
          : 'never',
      oldDefaultVaries: 'never',
      upDefault: null,
      typeDefault: null,
      rewrites: false,
      domainRules: [],
      oldRefusesNull: false,
      base: tried?.column?.type ?? type,
      oldBase: null,
    },
  ];
}

/** Whether MySQL gives a column another type in its place beside the traffic, and the old one again. */
export async function retypedOf(
  database: Database,
  table: TableName,
  name: string,
  type: string,
): Promise<RetypedColumn> {
  const old = (await database.rows(describeColumns(table), column)).find((each) => each.name === name);
  if (old === undefined) throw new Error(`no column ${name}`);
  const before = inCollation(old.type, old.collation);
  const [there, back] = await tryActions(database, table, [
    actionOf(changeType(table, old, type), table),
    actionOf(changeType(table, { ...old, type }, before), table),
  ]);
  if (there?.column === null || there === undefined) throw new Error(`the column ${name} has gone`);
  if (there.step === null || there.rebuilt === true)
    return { there: false, back: false, old: before, type: null, refused: refused(name, type, there) };
  return {
    there: true,
    back: back !== undefined && back.step !== null,
    old: before,
    type: inCollation(there.column.type, there.column.collation),
  };
}

const inCollation = (type: string, collation: string | null): string =>
  collation === null ? type : `${type} COLLATE ${collation}`;

function refused(name: string, type: string, tried: TriedStep) {
  const says = refusalOfAction(tried);
  return says === undefined
    ? {
        fact: `MySQL does not make ${name} ${type} beside the traffic (${tried.rebuilt === true ? 'it would rewrite the table' : reasonsText(tried)})`,
        remedy:
          'It would copy the table under a lock, which is never done. Write `to:`, `up:` and `down:`, and a second column takes its place.',
      }
    : {
        fact: `the database refuses the change on an empty copy of the table: ${says}`,
        remedy: 'Change the type so that it fits.',
      };
}

/** How MySQL prints an index of the author's; a foreign key is tried. Raises what it says against it. */
export async function triedRule(database: Database, table: TableName, made: NewRelation): Promise<string> {
  if (made.as === 'constraint') {
    // NOT NULL is tried with the statement that sets it.
    if (made.references !== null) await triedKey(database, table, { ...made, references: made.references });
    return made.definition;
  }
  const index = { name: triedName, unique: made.as === 'unique index', definition: made.definition };
  const [tried] = await tryActions(database, table, [{ sql: addIndexAction(index), name: triedName }]);
  const says = tried === undefined ? undefined : refusalOfAction(tried);
  if (says !== undefined) throw new StatementRefused(says);
  return tried?.index ?? made.definition;
}
