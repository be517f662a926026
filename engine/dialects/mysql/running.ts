import * as z from 'zod';
import { auditFacts } from '../../audit/audit-facts.ts';
import { one } from '../../database/database.ts';
import { planAnew, sideFact } from '../../plan/side-facts.ts';
import type { RunningDialect } from '../running-dialect.ts';
import { countRows, describeLeftovers } from './audit.ts';
import { errors } from './errors.ts';
import { readHealth } from './health.ts';
import { journalStatements } from './ledger-events.ts';
import { walkQuestions } from './ledger-walks.ts';
import { ledgerStatements } from './ledger.ts';
import { answerOfCall, callParameter } from './procedure.ts';
import { jsonTruth } from './quote.ts';
import { remedies } from './remedies.ts';
import { rowBytes } from './row-bytes.ts';
import { describeSide, findSilentTriggers } from './side-facts.ts';
import { briefCall } from './units.ts';

const given = z.object({ gives: z.boolean() });
const measured = z.object({ bytes: z.number().nullable() });
const silent = z.object({ trigger: z.string() });
const counted = z.object({ rows: z.number(), nulls: z.number() });

/** What runs a plan on MySQL. */
export const runningDialect: RunningDialect = {
  engine: 'mysql',
  ledger: {
    brief: briefCall,
    state: ledgerStatements,
    walks: walkQuestions,
    endedWithin: null,
    journal: journalStatements,
  },
  answers: { call: callParameter, ask: answerOfCall },
  errors,
  boundedTo: null,
  remedies,
  look: {
    auditFacts: (database, of) => one(database, describeLeftovers(of), auditFacts),
    countRows: (database, { table, column }) => one(database, countRows(table, column), counted),
    givesRow: async (database, query) => {
      const text = `SELECT JSON_OBJECT('gives', ${jsonTruth(`EXISTS (\n${query}\n)`)})`;
      return (await one(database, { text }, given)).gives;
    },
    health: readHealth,
    // A trigger of MySQL cannot be turned off.
    changedTriggers: () => Promise.resolve([]),
    refuseChangedTriggers: null,
    attachedBehind: () => Promise.resolve([]),
    children: () => Promise.resolve([]),
    olderSnapshot: () => Promise.resolve(null),
    rowBytes: async (database, table) => (await one(database, rowBytes(table), measured)).bytes,
    side: (database, { table, columns }) => database.rows(describeSide(table, columns), sideFact),
    // Replicas follow the statement itself.
    replication: () => Promise.resolve([]),
    // No copy of MySQL's is written by statements that are read.
    triggersOfOthers: () => Promise.resolve([]),
    silentTriggers: async (database, { table, triggers }) => {
      const gone = await database.rows(findSilentTriggers(table, triggers), silent);
      if (gone.length === 0) return null;
      const names = gone.map(({ trigger }) => trigger);
      return `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} gone: ${planAnew}`;
    },
  },
};
