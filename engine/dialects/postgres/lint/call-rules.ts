import { relationsIn } from '../naming/tree.ts';
import type { Part } from './parts.ts';
import type { Rule } from './rule.ts';

/** Statements whose effect is read from their text. What is not among them is refused. */
export const knownStatements =
  /^(?:AT_\w+|AlterTableStmt|IndexStmt|DropStmt|RenameStmt|CreateStmt|CreateTableAsStmt|ViewStmt|RefreshMatViewStmt|CreateSeqStmt|AlterSeqStmt|CommentStmt|GrantStmt|AlterOwnerStmt|AlterObjectSchemaStmt|CreateFunctionStmt|AlterFunctionStmt|CreateTrigStmt|CreatePolicyStmt|AlterPolicyStmt|RuleStmt|CreateSchemaStmt|CreateExtensionStmt|CreateEnumStmt|AlterEnumStmt|CompositeTypeStmt|CreateDomainStmt|AlterDomainStmt|CreateStatsStmt|AlterStatsStmt|CreatePublicationStmt|AlterPublicationStmt|InsertStmt|UpdateStmt|DeleteStmt|MergeStmt|TruncateStmt|VacuumStmt|ReindexStmt|ClusterStmt|RepackStmt|AlterDefaultPrivilegesStmt|DropdbStmt|DropOwnedStmt)$/u;

const isOneOf =
  (...kinds: readonly string[]) =>
  ({ kind }: Part): boolean =>
    kinds.includes(kind);

/** What cannot be one call of its own, or would leave something behind in a session that others use next. */
export const callRules: readonly Rule[] = [
  {
    name: 'transaction-control',
    never: true,
    finds: isOneOf('TransactionStmt'),
    fact: 'a migration has the transactions: each phase commits its statements together with its mark in the ledger',
    remedy: 'Leave BEGIN, COMMIT and ROLLBACK away.',
  },
  {
    name: 'session-setting',
    never: true,
    finds: isOneOf('VariableSetStmt', 'DiscardStmt'),
    fact: 'a setting would stay in a session that others use next, or would be gone before the next call',
    remedy: 'Write the setting at a function (CREATE FUNCTION … SET …), or at the role.',
  },
  {
    name: 'lock-table',
    never: true,
    finds: isOneOf('LockStmt'),
    fact: 'LOCK TABLE keeps others out for the statements that follow',
    remedy: 'Leave it out: each statement takes the lock that it needs.',
  },
  {
    name: 'hidden-statements',
    never: true,
    finds: isOneOf('DoStmt', 'CallStmt', 'ExecuteStmt', 'PrepareStmt'),
    fact: 'nobody can tell from its text what it runs',
    remedy: 'Write its statements out.',
  },
  {
    name: 'query',
    never: true,
    finds: isOneOf('SelectStmt'),
    fact: 'a query changes nothing that could be undone, and a function in it could change anything',
    remedy:
      'Write the statements that change something; a query that must give no row belongs under `verify:`.',
  },
  {
    name: 'copy',
    never: true,
    finds: isOneOf('CopyStmt'),
    fact: 'COPY reads or writes a file, and there is none',
    remedy: 'Write INSERT.',
  },
  {
    name: 'ledger',
    never: true,
    finds: ({ node }) => relationsIn(node).some(({ schema }) => schema === 'underpin'),
    fact: 'the schema underpin holds the ledger of all migrations',
    remedy: 'Leave it alone.',
  },
  {
    name: 'unknown-statement',
    never: true,
    finds: (part) =>
      !knownStatements.test(part.kind) &&
      !isOneOf(
        'TransactionStmt',
        'VariableSetStmt',
        'DiscardStmt',
        'LockStmt',
        'DoStmt',
        'CallStmt',
        'ExecuteStmt',
        'PrepareStmt',
        'SelectStmt',
        'CopyStmt',
      )(part),
    fact: 'it is not known what this statement locks and reads',
    remedy: 'Run it by hand, outside a migration.',
  },
];
