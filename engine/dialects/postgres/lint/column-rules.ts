import { everyTree, fieldOf, listOf, namesOf, nodeOf, textOf, type Tree } from '../naming/tree.ts';
import { columnConstraints, definitionOf, type Part } from './parts.ts';
import type { Rule } from './rule.ts';

const adds = (contype: string) => (part: Part) =>
  part.kind === 'AT_AddColumn' && columnConstraints(part).some((each) => textOf(each, 'contype') === contype);

const constraintWith = (contype: string, also: (constraint: Tree) => boolean) => (part: Part) => {
  const constraint = definitionOf(part, 'Constraint');
  return part.kind === 'AT_AddConstraint' && textOf(constraint, 'contype') === contype && also(constraint);
};

const isChecked = (constraint: Tree): boolean => constraint['skip_validation'] !== true;
const buildsIndex = (constraint: Tree): boolean => constraint['indexname'] === undefined;

// Known to give one value for the whole statement, so that ADD COLUMN keeps it in the catalog.
const stable = new Set([
  'now',
  'transaction_timestamp',
  'statement_timestamp',
  'current_setting',
  'coalesce',
]);

const variesByRow = (expression: Tree | undefined): boolean =>
  [...everyTree(expression)].some((tree) => {
    const call = nodeOf(tree, 'FuncCall');
    return call !== undefined && !stable.has(namesOf(call['funcname']).at(-1) ?? '');
  });

const serial = /^(?:small|big)?serial[248]?$/u;

/** What reads or writes every row of a table under a lock that keeps others out. */
export const columnRules: readonly Rule[] = [
  {
    name: 'volatile-default',
    harmlessIfNew: true,
    finds: (part) =>
      part.kind === 'AT_AddColumn' &&
      columnConstraints(part).some(
        (each) => textOf(each, 'contype') === 'CONSTR_DEFAULT' && variesByRow(fieldOf(each, 'raw_expr')),
      ),
    fact: 'a default that calls a function may rewrite the whole table, under ACCESS EXCLUSIVE',
    remedy:
      'Use kind add-column, which fills it in batches; or add the column without it, and SET DEFAULT afterwards.',
  },
  {
    name: 'serial-column',
    harmlessIfNew: true,
    finds: (part) =>
      part.kind === 'AT_AddColumn' &&
      serial.test(namesOf(fieldOf(definitionOf(part, 'ColumnDef'), 'typeName')?.['names']).at(-1) ?? ''),
    fact: 'a serial column rewrites the whole table, under ACCESS EXCLUSIVE',
    remedy: 'Add a plain column, and set nextval() as its default afterwards.',
  },
  {
    name: 'identity-column',
    harmlessIfNew: true,
    finds: adds('CONSTR_IDENTITY'),
    fact: 'an identity column rewrites the whole table, under ACCESS EXCLUSIVE',
    remedy: 'Add a plain column, fill it in batches, and make it an identity afterwards.',
  },
  {
    name: 'generated-column',
    harmlessIfNew: true,
    finds: (part) =>
      part.kind === 'AT_AddColumn' &&
      columnConstraints(part).some(
        (each) => textOf(each, 'contype') === 'CONSTR_GENERATED' && textOf(each, 'generated_kind') !== 'v',
      ),
    fact: 'a stored generated column rewrites the whole table, under ACCESS EXCLUSIVE',
    remedy: 'Use kind add-column with `backfill:`, and keep it up by a trigger.',
  },
  {
    name: 'not-null-column',
    harmlessIfNew: true,
    finds: (part) =>
      adds('CONSTR_NOTNULL')(part) &&
      !['CONSTR_DEFAULT', 'CONSTR_IDENTITY', 'CONSTR_GENERATED'].some((each) => adds(each)(part)),
    fact: 'a NOT NULL column without a default is refused as soon as the table has a row',
    remedy: 'Give it a constant default, or use kind add-column with `backfill:` and `notNull:`.',
  },
  {
    name: 'unique-column',
    harmlessIfNew: true,
    finds: (part) => adds('CONSTR_UNIQUE')(part) || adds('CONSTR_PRIMARY')(part),
    fact: 'a column with UNIQUE or PRIMARY KEY builds its index under ACCESS EXCLUSIVE',
    remedy: 'Add the column alone; then CREATE UNIQUE INDEX CONCURRENTLY, and ADD CONSTRAINT … USING INDEX.',
  },
  {
    name: 'checked-column',
    harmlessIfNew: true,
    // A column that is NULL in every row refers to nothing, and PostgreSQL knows it.
    finds: (part) =>
      adds('CONSTR_CHECK')(part) || (adds('CONSTR_FOREIGN')(part) && adds('CONSTR_DEFAULT')(part)),
    fact: 'a column with CHECK, or with a default and REFERENCES, reads the whole table under ACCESS EXCLUSIVE',
    remedy: 'Add the column alone; then ADD CONSTRAINT … NOT VALID, and VALIDATE CONSTRAINT.',
  },
  {
    name: 'set-not-null',
    harmlessIfNew: true,
    finds: ({ kind }) => kind === 'AT_SetNotNull',
    fact: 'SET NOT NULL reads the whole table under ACCESS EXCLUSIVE',
    remedy:
      'Add CHECK (… IS NOT NULL) NOT VALID and validate it in a migration before; then say that in `unsafe:`.',
  },
  {
    name: 'change-type',
    harmlessIfNew: true,
    finds: ({ kind }) => kind === 'AT_AlterColumnType',
    fact: 'another type rewrites the whole table and its indexes, under ACCESS EXCLUSIVE',
    remedy: 'Use kind change-type.',
  },
  {
    name: 'constraint-not-valid',
    harmlessIfNew: true,
    finds: (part) =>
      constraintWith('CONSTR_CHECK', isChecked)(part) || constraintWith('CONSTR_FOREIGN', isChecked)(part),
    fact: 'a CHECK or a foreign key reads the whole table under its lock; a foreign key locks both tables',
    remedy: 'Write NOT VALID, and VALIDATE CONSTRAINT as a statement of its own after it.',
  },
  {
    name: 'validate-alone',
    finds: ({ kind, statement }) => kind === 'AT_ValidateConstraint' && listOf(statement['cmds']).length > 1,
    fact: 'VALIDATE CONSTRAINT reads the whole table under the strongest lock of its ALTER TABLE',
    remedy: 'Write it as a statement of its own: then it reads beside the traffic.',
  },
  {
    name: 'validate-named',
    never: true,
    finds: ({ kind, table, statement }) =>
      kind === 'AT_ValidateConstraint' &&
      listOf(statement['cmds']).length === 1 &&
      (table?.schema ?? '') === '',
    fact: 'a constraint that is validated beside the traffic is watched by its name and its table',
    remedy: 'Name the table with its schema.',
  },
  {
    name: 'constraint-using-index',
    harmlessIfNew: true,
    finds: (part) =>
      constraintWith('CONSTR_UNIQUE', buildsIndex)(part) ||
      constraintWith('CONSTR_PRIMARY', buildsIndex)(part),
    fact: 'UNIQUE and PRIMARY KEY build their index under ACCESS EXCLUSIVE',
    remedy: 'CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … USING INDEX.',
  },
  {
    name: 'exclusion-constraint',
    harmlessIfNew: true,
    finds: constraintWith('CONSTR_EXCLUSION', () => true),
    fact: 'an exclusion constraint builds its index under ACCESS EXCLUSIVE, and PostgreSQL knows no other way',
    remedy: 'Do it where the table is small, or in a window without traffic.',
  },
  {
    name: 'rewritten-table',
    harmlessIfNew: true,
    finds: ({ kind }) =>
      /^AT_(?:SetLogged|SetUnLogged|SetTableSpace|SetAccessMethod|SetExpression)$/u.test(kind),
    fact: 'it rewrites the whole table, under ACCESS EXCLUSIVE',
    remedy: 'Copy the table beside the traffic instead.',
  },
  {
    name: 'attached-partition',
    harmlessIfNew: true,
    // An index of a partition is attached in the catalog alone.
    finds: ({ kind, statement }) =>
      kind === 'AT_AttachPartition' && textOf(statement, 'objtype') !== 'OBJECT_INDEX',
    fact: 'ATTACH PARTITION reads the whole partition under ACCESS EXCLUSIVE, unless a valid CHECK implies its bounds',
    remedy: 'Add that CHECK NOT VALID and validate it first; then say so in `unsafe:`.',
  },
  {
    name: 'detached-partition',
    finds: (part) =>
      part.kind === 'AT_DetachPartition' && definitionOf(part, 'PartitionCmd')['concurrent'] !== true,
    fact: 'DETACH PARTITION holds ACCESS EXCLUSIVE on the partitioned table',
    remedy: 'Detach it CONCURRENTLY, by hand: no plan can watch it yet.',
  },
  {
    name: 'domain-constraint',
    finds: ({ kind, node }) =>
      kind === 'AlterDomainStmt' &&
      (textOf(node, 'subtype') === 'O' ||
        (textOf(node, 'subtype') === 'C' && isChecked(nodeOf(node['def'], 'Constraint') ?? {}))),
    fact: 'a constraint of a domain reads every table that uses it, under SHARE locks',
    remedy: 'ALTER DOMAIN … ADD CONSTRAINT … NOT VALID; VALIDATE it where its tables are small.',
  },
  {
    name: 'every-row-at-once',
    harmlessIfNew: true,
    finds: ({ kind, node }) =>
      (kind === 'UpdateStmt' || kind === 'DeleteStmt') &&
      node['whereClause'] === undefined &&
      listOf(node['withClause']).length === 0,
    fact: 'it writes every row in one transaction: locks, WAL and dead rows of the whole table at once',
    remedy: 'Narrow it with WHERE; use kind add-column or change-type to fill a column in batches.',
  },
];
