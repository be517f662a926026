import type { Aliases } from '../alias-view.ts';
import type { Columns, Constraints, Indexes, StatisticsSql, Tables } from '../definitions.ts';
import type { CopiesSql } from '../copies.ts';
import type { SplitsSql } from '../splits.ts';
import type { Dialect } from '../dialect.ts';
import type { DualWrite } from '../dual-write.ts';
import type { FillSql } from '../filled-column.ts';
import type { RepairSql, RulesSql } from '../rules-sql.ts';
import { aliases } from './aliases.ts';
import { lint } from './authored/lint.ts';
import { isQuery, mustBeEmpty } from './authored/query.ts';
import { indexesBuilt, ownUnits, tablesAltered } from './authored/units.ts';
import { plannedUndo, rollbackByHand } from './by-hand.ts';
import { cautions } from './cautions.ts';
import {
  addColumn,
  changeType,
  dropColumn,
  dropDefault,
  dropNotNull,
  renameColumn,
  setDefault,
  setNotNull,
} from './columns.ts';
import { fillPhases, triggersOfFill } from './fill-phases.ts';
import { fragmentFault } from './fragments.ts';
import { buildIndex, takeIndexAway, twinOf, unbuildIndex } from './indexes.ts';
import { dropKey } from './key-statements.ts';
import { triggersOfPair } from './dual-write.ts';
import { inspector } from './inspector.ts';
import { askSchema, createSchema, installLedger } from './ledger-schema.ts';
import { changeNotYet, notYet, partly } from './not-yet.ts';
import { onlineProbe } from './online-probe.ts';
import { positionalParameters } from './positional.ts';
import { identifier, isReserved, lengthFault, literal, qualifiedName, shortName } from './quote.ts';
import { retypedCopy } from './copies/retyped-copy.ts';
import { repairPhases } from './repair-phases.ts';
import { foreignKey, notNull, uniqueKey } from './rules.ts';
import { runningDialect } from './running.ts';
import { switchPhases } from './switch-phases.ts';
import { dropTable, quarantinedName, renameTable } from './tables.ts';
import { unreadKey } from './unread-key.ts';
import { walkOfFill, walkOfPair, walkOfRepair } from './walk-target.ts';
import { findViolations } from './violations.ts';

export const mysql: Dialect = {
  ...runningDialect,
  // The first with procedures that are created only where they are not there, and with columns that are added anywhere instantly.
  oldestVersion: { number: 80_029, name: 'MySQL 8.0.29' },
  notYet: changeNotYet,
  cannot: {
    'constraint that is validated later': 'MySQL reads every row when a constraint is added',
    'check beside the traffic':
      'MySQL reads all rows of a copy of the table under a lock for it (ALGORITHM = COPY; INPLACE is refused with 1845), also for one that was NOT ENFORCED',
    'foreign key without an index of its columns': 'MySQL builds one by itself then, within the statement',
    'foreign key that sets a default':
      'InnoDB takes SET DEFAULT and then refuses the DELETE or UPDATE, as RESTRICT does',
    'repair by rows of the same table': 'no UPDATE of MySQL reads the table that it writes (1093)',
    'column that takes the place of another': 'MySQL: not supported yet',
    'keys that follow a column': 'MySQL: not supported yet',
    'walk over partitions': 'MySQL: not supported yet',
  },
  names: {
    quoted: identifier,
    qualified: qualifiedName,
    literal,
    shortened: shortName,
    keysApart: true,
    lengthFault,
    isReserved,
    // The newest trigger is the last.
    overruledBy: () => [],
  },
  tables: partly<Tables>(
    // MySQL looks for a deadlock of metadata locks at once, whatever anybody's timeout is.
    { rename: renameTable, drop: dropTable, ofTwo: (unit) => unit, quarantinedName },
    'tables that go to another schema',
  ),
  aliases: partly<Aliases>(aliases, 'views in the place of tables of other schemas'),
  columns: partly<Columns>(
    {
      add: addColumn,
      drop: dropColumn,
      rename: renameColumn,
      changeType,
      setDefault,
      dropDefault,
      setNotNull,
      dropNotNull,
      partitionedCaution: () => null,
      quarantinedName,
    },
    'columns that take the place of others',
  ),
  constraints: partly<Constraints>({ drop: dropKey }, 'constraints that are no foreign keys'),
  rules: partly<RulesSql>({ notNull, foreignKey, uniqueKey, findViolations }, 'rules over rows'),
  indexes: partly<Indexes>(
    {
      build: buildIndex,
      onPartitions: null,
      unbuild: unbuildIndex,
      takeAway: takeIndexAway,
      twin: twinOf,
      // A unique index is the constraint.
      adopt: () => [],
      countedIn: 'rows read',
      // All that an index has is in its definition.
      settings: () => [],
      takePart: () => [],
    },
    'indexes of columns that take the place of others',
  ),
  // InnoDB samples a table by itself when a tenth of it has changed.
  statistics: partly<StatisticsSql>({ analyze: () => [] }, 'statistics of the planner'),
  dualWrite: partly<DualWrite>({ triggersOfPair }, 'dual writes that are more than their triggers'),
  fill: partly<FillSql>({ triggers: triggersOfFill }, 'fills that are more than their triggers'),
  repair: partly<RepairSql>({}, 'repairs by a trigger alone'),
  pairPhases: switchPhases,
  fillPhases,
  repairPhases,
  unreadKey,
  walk: { pair: walkOfPair, lacking: null, fill: walkOfFill, repair: walkOfRepair, cautions: () => [] },
  copies: partly<CopiesSql>({}, 'tables that are copied'),
  retypedCopy,
  splits: partly<SplitsSql>({}, 'columns that go to a table of their own'),
  // It is one for the whole server.
  ledgerSchema: { install: installLedger, ask: askSchema, create: createSchema, remove: null },
  byHand: { rollback: rollbackByHand, plannedUndo },
  authored: {
    fault: fragmentFault,
    lint: (statements, _, use) => lint(statements, use),
    onlyColumn: () => null,
    judge: notYet('DDL of other tools'),
    isQuery,
    units: (_, statements, { verb }) => ownUnits(statements, verb),
    indexesBuilt,
    tablesAltered,
    columnsAdded: () => [],
    mustBeEmpty,
    // Every statement is built from names, from a column's definition as the catalog has it, from expressions whose every
    // word is known (expression.ts), and from statements that were read word by word (authored/).
    checkPlan: () => {},
    usualQuoting: "sql_mode without 'NO_BACKSLASH_ESCAPES' and 'ANSI_QUOTES'",
  },
  script: {
    beforehand: createSchema.text,
    together: (statements, lockTimeoutMs) => [
      `SET SESSION lock_wait_timeout = ${Math.max(1, Math.round(lockTimeoutMs / 1000))}`,
      ...statements,
    ],
  },
  client: { name: 'mysql', command: (database, statement) => `mysql ${database} -e ${statement}` },
  cautions,
  // The server prepares a statement anew by itself.
  retypeCaution: () => [],
  onlineProbe,
  positional: positionalParameters,
  inspector,
};
