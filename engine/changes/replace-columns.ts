import { isDomain, type BuiltObjects } from '../catalog/inherited.ts';
import type { NewColumn as AddedColumn } from '../dialects/definitions.ts';
import type { ColumnDefault } from '../dialects/column-default.ts';
import type { Pair } from '../dialects/dual-write.ts';
import type { Grant } from '../plan/expected.ts';
import { expectsBuilt } from './expectations.ts';
import type { CompiledChange, Subject } from './kind.ts';
import { changeOfPair } from './pair-phases.ts';
import { oldPairColumn } from './pair-defaults.ts';
import { replacementWarnings } from './replacement-warnings.ts';
import { leftBehindBy, type SidesFacts } from './sides-facts.ts';
import type { SidesChange } from './sides-change.ts';
import { sidesWarnings } from './sides-warnings.ts';

/** The plan of a change of several columns. `built`: what the author's answers became. */
export function replaceColumns(
  change: SidesChange,
  subject: Subject,
  facts: SidesFacts,
  built: BuiltObjects,
): CompiledChange {
  const pair = pairOf(change, subject, facts);
  const grants = sharedGrants(facts);
  const added = facts.new.map((each) => addedColumn(each, grants));
  const notNull = change.new.filter((column) => column.notNull).map(({ name }) => name);
  const leftBehind = leftBehindBy(change, facts);
  const next = change.new.map(({ name }) => name).join(', ');
  const plan = {
    pair,
    old: facts.old.map((each) => each.catalog),
    added,
    notNull,
    // Nothing else is left behind: what the database refused would have been said.
    built: { ...built, leftBehind },
    partitions: subject.catalog.partitions,
    taken: [],
  };
  return {
    ...changeOfPair(plan, subject, change),
    warnings: [...replacementWarnings(subject, next, leftBehind), ...sidesWarnings(facts, grants)],
    expects: {
      ...expectsBuilt(plan.built, subject, pair, change),
      columns: added.map(({ name }, at) => ({
        name,
        notNull: notNull.includes(name),
        hasDefault: pair.new[at]?.default !== null,
        comment: null,
        grants: [...grants],
      })),
    },
  };
}

const pairOf = (change: SidesChange, { migration, table, catalog }: Subject, facts: SidesFacts): Pair => {
  const [first] = facts.new;
  if (first === undefined) throw new Error('no column takes the place of the old ones');
  return {
    migration,
    table,
    key: catalog.key,
    old: facts.old.map(({ catalog: column, inheritance }) => oldPairColumn(column, inheritance)),
    new: facts.new.map(({ column, inheritance }) => ({
      column: column.name,
      type: inheritance.type,
      plain: inheritance.plain,
      default: defaultOf(column.default ?? inheritance.typeDefault, inheritance.defaultVaries),
    })),
    conversion: { up: change.new.map(({ up }) => up), down: change.old.map(({ down }) => down) },
    settings: first.inheritance.settings,
  };
};

const defaultOf = (expression: string | null, varies: ColumnDefault['varies']): ColumnDefault | null =>
  expression === null ? null : { expression, varies };

const addedColumn = (
  { column, inheritance }: SidesFacts['new'][number],
  grants: readonly Grant[],
): AddedColumn => ({
  name: column.name,
  type: inheritance.type,
  collation: inheritance.collation,
  // A domain's default would fill every row.
  default: inheritance.typeDefault === null ? null : 'NULL',
  mayCost: isDomain(inheritance),
  comment: null,
  grants,
  settings: null,
});

/** Who may do something with every old column may do it with every new one; who may not with one of them, may not. */
function sharedGrants({ old }: SidesFacts): readonly Grant[] {
  const [first, ...others] = old.map(({ catalog: { grants } }) => grants ?? []);
  return (first ?? []).flatMap((grant) => {
    const same = others.map((grants) =>
      grants.find(({ grantee, privilege }) => grantee === grant.grantee && privilege === grant.privilege),
    );
    if (same.includes(undefined)) return [];
    return [{ ...grant, grantable: grant.grantable && same.every((each) => each?.grantable === true) }];
  });
}
