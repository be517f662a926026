import * as z from 'zod';
import { auditFacts } from '../../audit/audit-facts.ts';
import { one } from '../../database/database.ts';
import { planAnew, sideFact } from '../../plan/side-facts.ts';
import type { RunningDialect } from '../running-dialect.ts';
import { countRows, describeLeftovers } from './audit.ts';
import { findAttachedBehind } from './attached.ts';
import {
  enableAlways,
  findChangedTriggers,
  findChildren,
  findSilentTriggers,
  refuseChangedTriggers,
} from './dual-write-triggers.ts';
import { errors } from './errors.ts';
import { readHealth } from './health.ts';
import { journalStatements } from './ledger-events.ts';
import { endedWithin, walkQuestions } from './ledger-walks.ts';
import { briefCall, ledgerStatements } from './ledger.ts';
import { findOlderSnapshots } from './older-snapshots.ts';
import { describeReplication, describeUserTriggers } from './old-shape.ts';
import { remedies } from './remedies.ts';
import { rowBytes } from './row-bytes.ts';
import { describeSide } from './side-facts.ts';

const given = z.object({ gives: z.boolean() });
const measured = z.object({ bytes: z.number().nullable() });
const placed = z.object({
  trigger: z.string(),
  /** One of those where it was found; null: on the table itself. */
  partition: z.string().nullable(),
  partitions: z.number(),
});
const silent = placed.extend({ gone: z.boolean() });
const changed = placed.extend({ restored: z.boolean() });
const named = z.object({ name: z.string() });
const counted = z.object({ rows: z.number(), nulls: z.number() });

const inWords = ({ trigger, partition, partitions }: z.output<typeof placed>): string => {
  if (partition === null) return trigger;
  return `${trigger} on ${partition}${partitions === 1 ? '' : ` and ${partitions - 1} more of the partitions`}`;
};

/** What runs a plan on PostgreSQL. */
export const runningDialect: RunningDialect = {
  engine: 'postgres',
  ledger: {
    brief: briefCall,
    state: ledgerStatements,
    walks: walkQuestions,
    endedWithin,
    journal: journalStatements,
  },
  answers: null,
  errors,
  // Waiting for somebody's lock is no fault of what is evaluated. A transaction whose caller has died ends too: the service
  // would keep it, and its lock on the table, for three minutes.
  boundedTo: (ms) =>
    `SELECT set_config('statement_timeout', '${ms}', true), set_config('lock_timeout', '${Math.ceil(ms / 2)}', true),
  set_config('idle_in_transaction_session_timeout', '60000', true)`,
  remedies,
  look: {
    auditFacts: (database, of) => one(database, describeLeftovers(of), auditFacts),
    countRows: (database, { table, column }) => one(database, countRows(table, column), counted),
    givesRow: async (database, query) =>
      (await one(database, { text: `SELECT json_build_object('gives', EXISTS (\n${query}\n))::text` }, given))
        .gives,
    health: readHealth,
    changedTriggers: async (database, of) => {
      const found = await database.rows(findChangedTriggers(of), changed);
      return found.some(({ restored }) => restored)
        ? ['the server itself: the ledger came from another one, in a dump']
        : found.map(inWords);
    },
    refuseChangedTriggers,
    attachedBehind: async (database, of) =>
      (await database.rows(findAttachedBehind(of), named)).map(({ name }) => name),
    children: async (database, table) =>
      (await database.rows(findChildren(table), named)).map(({ name }) => name),
    olderSnapshot: async (database, migration) =>
      (await one(database, findOlderSnapshots(migration), given)).gives,
    rowBytes: async (database, table) => (await one(database, rowBytes(table), measured)).bytes,
    side: (database, of) => database.rows(describeSide(of), sideFact),
    replication: async (database, of) =>
      (await database.rows(describeReplication(of), named)).map(({ name }) => name),
    triggersOfOthers: async (database, table) =>
      (await database.rows(describeUserTriggers(table), named)).map(({ name }) => name),
    silentTriggers: async (database, { table, triggers }) => {
      const found = await database.rows(findSilentTriggers(table, triggers), silent);
      const names = (gone: boolean): readonly string[] =>
        found.filter((each) => each.gone === gone).map(inWords);
      const [gone, off] = [names(true), names(false)];
      const everywhere = found.filter((each) => !each.gone).map(({ trigger }) => trigger);
      const said = [
        ...(gone.length === 0
          ? []
          : [`${gone.join(', ')} ${gone.length === 1 ? 'is' : 'are'} gone: ${planAnew}`]),
        ...(off.length === 0
          ? []
          : [
              `${off.join(', ')} ${off.length === 1 ? 'is' : 'are'} off, or were for a while: ${enableAlways(table, everywhere)}`,
            ]),
      ];
      return said.length === 0 ? null : said.join('; ');
    },
  },
};
