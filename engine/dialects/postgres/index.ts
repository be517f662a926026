import type { Dialect } from '../dialect.ts';
import { aliases } from './alias-view.ts';
import { cautions, retypeCaution } from './cautions.ts';
import { plannedUndo, rollbackByHand } from './by-hand.ts';
import { byPosition } from './by-position.ts';
import {
  analyze,
  commentOnConstraint,
  createStatistics,
  dropStatistics,
  identifyByDefault,
  indexSettings,
  moveSequence,
  ownSequence,
  releaseSequence,
  renameStatistics,
  takePart,
  takeSequence,
  widenSequence,
} from './carried.ts';
import { addColumn, dropColumn, dropDefault, renameColumn, setDefault } from './columns.ts';
import { asideName, partitionIndexName, quarantinedName } from './made-names.ts';
import { underAlias } from './under-alias.ts';
import { partitionedCaution } from './cautions.ts';
import { adoptIndex, createIndex, dropIndex, renameIndex, takePrimaryKey } from './index-builds.ts';
import { addConstraint, dropConstraint, dropNotNull, renameConstraint, setNotNull } from './constraints.ts';
import { notNullCheck } from './made-names.ts';
import { copies } from './copies/copies.ts';
import { endDualWrite, pairFunctions, startDualWrite, triggersOfPair } from './dual-write.ts';
import { endFill, startFill, triggersOfFill, fillTarget } from './fill.ts';
import { claimFault } from './fragments/claim-fault.ts';
import { onlyColumn } from './fragments/only-column.ts';
import { inspector } from './inspector.ts';
import { askSchema, createSchema, installLedger, removeSchema } from './ledger-schema.ts';
import { buildIndex, takeIndexAway, unbuildIndex } from './built-index.ts';
import { judgeDdl } from './ddl/judge-ddl.ts';
import { limitIdentity, moveIdentity } from './identity.ts';
import { backTarget, lackingTarget } from './lacking.ts';
import { lint } from './lint/lint.ts';
import { columnsAdded, indexesBuilt, ownUnits } from './lint/own-units.ts';
import { isQuery, mustBeEmpty } from './lint/verify-query.ts';
import { checkPlan } from './meaning/check-plan.ts';
import { noOlderSnapshot } from './older-snapshots.ts';
import { onlineProbe } from './online-probe.ts';
import { beginPartitionIndex, buildPartitionIndex, dropPartitionIndex } from './partition-indexes.ts';
import { positionalParameters } from './positional.ts';
import { changeType } from './retyped.ts';
import { identifier, isReserved, lengthFault, literal, qualifiedName, shortName } from './quote.ts';
import { endRepair, repairTarget, startRepair } from './repair.ts';
import { rules } from './rules.ts';
import { runningDialect } from './running.ts';
import { splits } from './splits/splits.ts';
import { dropTable, renameTable, setSchema } from './tables.ts';
import { ofTwoTables } from './two-locks.ts';
import { overruledBy } from './made-names.ts';
import { pairTarget } from './pair-target.ts';
import { walkStatements } from './walk.ts';
import { walkCautions } from './block-address.ts';

export const postgres: Dialect = {
  ...runningDialect,
  oldestVersion: { number: 140_000, name: 'PostgreSQL 14' },
  notYet: () => undefined,
  cannot: {
    'exclusion constraint beside the traffic': 'PostgreSQL cannot build one beside the traffic',
  },
  names: {
    quoted: identifier,
    qualified: qualifiedName,
    literal,
    shortened: shortName,
    lengthFault,
    isReserved,
    overruledBy,
  },
  aliases,
  tables: { rename: renameTable, setSchema, drop: dropTable, ofTwo: ofTwoTables, quarantinedName },
  columns: {
    add: addColumn,
    drop: dropColumn,
    rename: renameColumn,
    setDefault,
    dropDefault,
    setNotNull,
    dropNotNull,
    notNullCheck,
    underAlias,
    changeType,
    partitionedCaution,
    asideName,
    ownSequence,
    releaseSequence,
    moveSequence,
    widenSequence,
    takeSequence,
    moveIdentity,
    limitIdentity,
    quarantinedName,
  },
  rules,
  constraints: {
    add: addConstraint,
    drop: dropConstraint,
    rename: renameConstraint,
    comment: commentOnConstraint,
  },
  indexes: {
    create: createIndex,
    build: buildIndex,
    onPartitions: {
      called: partitionIndexName,
      begin: beginPartitionIndex,
      build: buildPartitionIndex,
      drop: dropPartitionIndex,
    },
    unbuild: unbuildIndex,
    takeAway: takeIndexAway,
    countedIn: 'scans',
    // Two stand beside each other for as long as one of them is made anew.
    twin: () => null,
    adopt: adoptIndex,
    drop: dropIndex,
    rename: renameIndex,
    settings: indexSettings,
    takePrimaryKey,
    identifyByDefault,
    takePart,
  },
  statistics: {
    create: createStatistics,
    drop: dropStatistics,
    rename: renameStatistics,
    analyze: (migration, table) => [analyze(migration, table)],
  },
  dualWrite: {
    startPair: startDualWrite,
    setAuthority: pairFunctions,
    filledForAll: (migration) => [noOlderSnapshot(migration)],
    endPair: endDualWrite,
    triggersOfPair,
    byPosition,
  },
  fill: { start: startFill, end: endFill, triggers: triggersOfFill },
  repair: { start: startRepair, end: endRepair },
  pairPhases: null,
  fillPhases: null,
  repairPhases: null,
  unreadKey: null,
  walk: {
    cautions: walkCautions,
    pair: (pair, { truth } = {}) =>
      walkStatements(pair.table, pair.key, {
        ...(truth === 'new' ? backTarget(pair) : pairTarget(pair)),
        truth,
      }),
    lacking: (pair, options) => walkStatements(pair.table, pair.key, lackingTarget(pair, options)),
    fill: (fill) => walkStatements(fill.table, fill.key, fillTarget(fill)),
    repair: (key, repair) => walkStatements(repair.table, key, repairTarget(repair)),
  },
  copies,
  retypedCopy: null,
  splits,
  ledgerSchema: { install: [installLedger], ask: askSchema, create: createSchema, remove: removeSchema },
  byHand: { rollback: rollbackByHand, plannedUndo },
  authored: {
    fault: claimFault,
    lint,
    onlyColumn,
    judge: judgeDdl,
    isQuery,
    units: ownUnits,
    indexesBuilt,
    // Their text says how.
    tablesAltered: () => [],
    columnsAdded,
    mustBeEmpty,
    checkPlan,
    usualQuoting: 'standard_conforming_strings = on',
  },
  script: {
    beforehand: 'CREATE SCHEMA IF NOT EXISTS underpin',
    together: (statements, lockTimeoutMs) => [
      'BEGIN',
      `SET LOCAL lock_timeout = '${lockTimeoutMs}ms'`,
      ...statements,
      'COMMIT',
    ],
  },
  client: { name: 'psql', command: (database, statement) => `psql -d ${database} -c ${statement}` },
  cautions,
  retypeCaution,
  onlineProbe,
  positional: positionalParameters,
  inspector,
};
