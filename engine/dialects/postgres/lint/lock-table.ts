import type { Lock } from '../../../plan/plan.ts';
import { textOf } from '../naming/tree.ts';
import { definitionOf, hasOption, type Part } from './parts.ts';

const strength: readonly Lock[] = [
  'none',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE ROW EXCLUSIVE',
  'ACCESS EXCLUSIVE',
];

/** The strongest of some locks. */
export const strongest = (locks: readonly Lock[]): Lock =>
  strength.findLast((each) => locks.includes(each)) ?? 'none';

/** The table lock of each statement, as PostgreSQL's manual has it; what a weaker word would understate is rounded up. */
const ofStatements: Readonly<Record<string, (part: Part) => Lock>> = {
  // Its commands say it.
  AlterTableStmt: () => 'none',
  IndexStmt: ({ node }) => (node['concurrent'] === true ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE ROW EXCLUSIVE'),
  DropStmt: ({ node }) => (node['concurrent'] === true ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE'),
  CreateTrigStmt: () => 'SHARE ROW EXCLUSIVE',
  AlterSeqStmt: () => 'SHARE ROW EXCLUSIVE',
  CreateStmt: () => 'SHARE ROW EXCLUSIVE',
  VacuumStmt: ({ node }) =>
    hasOption(node['options'], 'full') ? 'ACCESS EXCLUSIVE' : 'SHARE UPDATE EXCLUSIVE',
  CommentStmt: () => 'SHARE UPDATE EXCLUSIVE',
  CreateStatsStmt: () => 'SHARE UPDATE EXCLUSIVE',
  AlterStatsStmt: () => 'SHARE UPDATE EXCLUSIVE',
  CreatePublicationStmt: () => 'SHARE UPDATE EXCLUSIVE',
  AlterPublicationStmt: () => 'SHARE UPDATE EXCLUSIVE',
  AT_ValidateConstraint: () => 'SHARE UPDATE EXCLUSIVE',
  AT_SetStatistics: () => 'SHARE UPDATE EXCLUSIVE',
  AT_SetOptions: () => 'SHARE UPDATE EXCLUSIVE',
  AT_ResetOptions: () => 'SHARE UPDATE EXCLUSIVE',
  AT_ClusterOn: () => 'SHARE UPDATE EXCLUSIVE',
  AT_AddConstraint: (part) =>
    textOf(definitionOf(part, 'Constraint'), 'contype') === 'CONSTR_FOREIGN'
      ? 'SHARE ROW EXCLUSIVE'
      : 'ACCESS EXCLUSIVE',
  AT_EnableTrig: () => 'SHARE ROW EXCLUSIVE',
  AT_DisableTrig: () => 'SHARE ROW EXCLUSIVE',
};

const unlocked =
  /^(?:InsertStmt|UpdateStmt|DeleteStmt|MergeStmt|CreateFunctionStmt|AlterFunctionStmt|CreateTableAsStmt|CreateSeqStmt|CreateSchemaStmt|CreateExtensionStmt|CreateEnumStmt|AlterEnumStmt|CompositeTypeStmt|CreateDomainStmt|AlterDomainStmt|GrantStmt|AlterDefaultPrivilegesStmt)$/u;

export const lockOf = (part: Part): Lock =>
  ofStatements[part.kind]?.(part) ?? (unlocked.test(part.kind) ? 'none' : 'ACCESS EXCLUSIVE');
