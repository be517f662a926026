import type { Columns, Constraints, Indexes, StatisticsSql, Tables } from '../definitions.ts';
import type { Dialect } from '../dialect.ts';
import type { DualWrite, WalkSql } from '../dual-write.ts';
import type { RulesSql } from '../rules-sql.ts';
import { plannedUndo, rollbackByHand } from './by-hand.ts';
import { dropNotNull, setNotNull } from './columns.ts';
import { inspector } from './inspector.ts';
import { askSchema, createSchema, installLedger } from './ledger-schema.ts';
import { kindNotYet, notYet, partly } from './not-yet.ts';
import { positionalParameters } from './positional.ts';
import { identifier, isReserved, lengthFault, literal, qualifiedName, shortName } from './quote.ts';
import { running } from './running.ts';

export const mysql: Dialect = {
  ...running,
  // The first with procedures that are created only where they are not there, and with columns that are added anywhere instantly.
  oldestVersion: { number: 80_029, name: 'MySQL 8.0.29' },
  kindNotYet,
  cannot: {},
  names: {
    quoted: identifier,
    qualified: qualifiedName,
    literal,
    shortened: shortName,
    lengthFault,
    isReserved,
  },
  tables: partly<Tables>({}, 'tables that go or get another name'),
  columns: partly<Columns>({ setNotNull, dropNotNull }, 'columns that come, go or get another name'),
  constraints: partly<Constraints>({}, 'constraints'),
  rules: partly<RulesSql>({}, 'rules over rows'),
  indexes: partly<Indexes>({}, 'indexes'),
  statistics: partly<StatisticsSql>({}, 'statistics of the planner'),
  dualWrite: partly<DualWrite>({}, 'dual writes'),
  walk: partly<WalkSql>({}, 'walks over rows'),
  ledgerSchema: { install: installLedger, ask: askSchema, create: createSchema },
  byHand: { rollback: rollbackByHand, plannedUndo },
  authored: {
    fault: notYet('SQL of the author'),
    lint: notYet('SQL of the author'),
    onlyColumn: notYet('SQL of the author'),
    isQuery: notYet('SQL of the author'),
    units: notYet('SQL of the author'),
    indexesBuilt: notYet('SQL of the author'),
    mustBeEmpty: notYet('SQL of the author'),
    // Every statement is built from names, and from a column's definition as the catalog has it.
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
  cautions: notYet('columns that come, go or get another name'),
  retypeCaution: notYet('another type'),
  onlineProbe: notYet('indexes'),
  positional: positionalParameters,
  inspector,
};
