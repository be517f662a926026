import type { Statement } from '../../database/database.ts';
import {
  claimProcedure,
  closeProcedure,
  enterPhaseProcedure,
  fenceEpochProcedure,
  fenceProcedure,
  markProcedure,
  mayStartProcedure,
  steerProcedure,
} from './ledger-procedures.ts';
import { copyProcedures } from './copies/copy-procedures.ts';
import { holdProcedure } from './held-session.ts';
import { ladderProcedure } from './ladder-procedure.ts';
import { mustBeEmptyProcedure } from './authored/query.ts';
import { cancelProcedure } from './running-statement.ts';
import { renewWords, renewWordsProcedure, oneOfWords } from './ledger-words.ts';
import { jsonTruth } from './quote.ts';
import { takeNameProcedure } from './take-name.ts';
import { onlineProcedure, unitProcedure } from './units.ts';
import { walkProcedures } from './walk-procedures.ts';

// Names compare byte by byte, as everywhere else.
const options = 'ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin';
const now = 'DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3))';

// Moments are in UTC, whatever the time zone of a session.
const tables: Readonly<Record<string, string>> = {
  migration: `  name VARCHAR(255) PRIMARY KEY,
  declaration LONGTEXT NOT NULL,
  plan JSON NOT NULL,
  settings JSON NOT NULL,
  epoch BIGINT NOT NULL,
  execution TEXT NOT NULL,
  status VARCHAR(20) NOT NULL ${oneOfWords('status')},
  phase VARCHAR(20) NOT NULL,
  started_at ${now},
  updated_at ${now},
  standing_order VARCHAR(20) ${oneOfWords('order')},
  order_reason LONGTEXT,
  order_by TEXT,
  ordered_at DATETIME(3),
  order_until DATETIME(3),
  pace JSON`,
  // To whom a table belongs, from planning until its migration has ended and nothing of it stands.
  table_claim: `  table_schema VARCHAR(64) NOT NULL,
  table_name VARCHAR(64) NOT NULL,
  migration VARCHAR(255) NOT NULL,
  claimed_at ${now},
  PRIMARY KEY (table_schema, table_name),
  KEY of_migration (migration)`,
  applied: `  migration VARCHAR(255) NOT NULL,
  phase VARCHAR(20) NOT NULL,
  direction VARCHAR(4) NOT NULL ${oneOfWords('applied')},
  unit BIGINT NOT NULL,
  applied_at ${now},
  PRIMARY KEY (migration, phase, direction, unit)`,
  // Units that were begun and are not marked: DDL commits by itself.
  begun: `  migration VARCHAR(255) NOT NULL,
  phase VARCHAR(20) NOT NULL,
  direction VARCHAR(4) NOT NULL,
  unit BIGINT NOT NULL,
  begun_at ${now},
  PRIMARY KEY (migration, phase, direction, unit)`,
  // Statements beside the traffic that were about to be sent, until somebody has their answer.
  unanswered: `  id BIGINT AUTO_INCREMENT PRIMARY KEY,
  migration VARCHAR(255) NOT NULL,
  epoch BIGINT NOT NULL,
  phase VARCHAR(20) NOT NULL,
  direction VARCHAR(4) NOT NULL,
  unit BIGINT NOT NULL,
  asked_at ${now}`,
  checkpoint: `  migration VARCHAR(255) NOT NULL,
  purpose VARCHAR(20) NOT NULL ${oneOfWords('purpose')},
  start BIGINT NOT NULL,
  n BIGINT NOT NULL,
  shard BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  next JSON,
  upper JSON,
  rows_seen BIGINT NOT NULL DEFAULT 0,
  changed BIGINT NOT NULL DEFAULT 0,
  batches BIGINT NOT NULL DEFAULT 0,
  started_at ${now},
  updated_at ${now},
  PRIMARY KEY (migration, purpose, start, n, shard)`,
  stubborn_row: `  migration VARCHAR(255) NOT NULL,
  row_key TEXT NOT NULL,
  key_hash BINARY(32) NOT NULL,
  code VARCHAR(20) NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 1,
  seen_at ${now},
  PRIMARY KEY (migration, key_hash)`,
  // When a row that had refused was last filled by itself: no checkpoint moves for it.
  swept: `  migration VARCHAR(255) PRIMARY KEY,
  swept_at DATETIME(3) NOT NULL`,
  event: `  id BIGINT AUTO_INCREMENT PRIMARY KEY,
  migration VARCHAR(255) NOT NULL,
  epoch BIGINT NOT NULL,
  happened_at ${now},
  what VARCHAR(40) NOT NULL,
  detail JSON NOT NULL,
  KEY of_migration (migration, id)`,
  // What procedures have answered, by the name of the call.
  answer: `  id VARCHAR(36) PRIMARY KEY,
  answer JSON,
  asked_at ${now},
  KEY asked_at (asked_at)`,
};

const procedures = [
  claimProcedure,
  fenceProcedure,
  fenceEpochProcedure,
  enterPhaseProcedure,
  steerProcedure,
  closeProcedure,
  markProcedure,
  mayStartProcedure,
  unitProcedure,
  onlineProcedure,
  cancelProcedure,
  ladderProcedure,
  mustBeEmptyProcedure,
  holdProcedure,
  takeNameProcedure,
  renewWordsProcedure,
  ...walkProcedures,
  ...copyProcedures,
];

export const createSchema: Statement = {
  text: `CREATE DATABASE IF NOT EXISTS underpin CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin`,
  catalogOnly: true,
};

export const askSchema: Statement = {
  text: `SELECT JSON_OBJECT('exists', ${jsonTruth("EXISTS (SELECT 1 FROM information_schema.schemata WHERE schema_name = 'underpin')")})`,
  catalogOnly: true,
};

/** The ledger: a database beside the applications'. Each statement is safe to run again, beside running migrations. */
export const installLedger: readonly Statement[] = [
  createSchema,
  ...Object.entries(tables).map(([table, columns]): Statement => ({
    text: `CREATE TABLE IF NOT EXISTS underpin.${table} (\n${columns}\n) ${options}`,
    catalogOnly: true,
  })),
  ...procedures.map(({ create }): Statement => ({ text: create, catalogOnly: true })),
  ...renewWords.map((text): Statement => ({ text, catalogOnly: true })),
];
