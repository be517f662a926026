import type { GateRecord } from '../../engine/ledger/gate-record.ts';
import type { Claim } from '../../engine/ledger/ledger.ts';
import type { OldShapeMeasured, ReadsMeasured, StatementsMeasured } from '../../engine/evidence/measured.ts';
import type { SqlParser } from '../../engine/dialects/postgres/naming/function-naming.ts';
import type { Settings } from '../../engine/plan/stored.ts';
import { catalogNeeds } from './catalog-needs.ts';
import { countReads } from './count-reads.ts';
import type { ColumnPlace } from './old-column.ts';
import { sqlParser } from './sql-parser.ts';
import { StatementCounters } from './statement-counters.ts';
import { statementsNaming } from './statements-naming.ts';
import type { Tools } from '../runtime/task.ts';

interface Surroundings {
  readonly settings: Settings;
  readonly tools: Tools;
  readonly record: GateRecord;
}

/** Whether anybody still needs the old column: the flag, the reads, the statements, the catalog. */
export async function measureOldShape(
  claim: Claim,
  place: ColumnPlace,
  around: Surroundings,
): Promise<OldShapeMeasured> {
  const parser = await sqlParser();
  return {
    flagPercent: await around.tools.readFlag.share(claim.migration),
    reads: await measureReads(claim, around),
    statements: await measureStatements(claim, place, parser, around),
    ...(await catalogNeeds(place, parser)),
  };
}

async function measureReads(claim: Claim, { settings, tools, record }: Surroundings): Promise<ReadsMeasured> {
  if (!settings.reads.reported) return { kind: 'waived' };
  const began = await record.enteredAt(claim, 'confidence');
  const seconds = Math.min(began?.seconds ?? 0, settings.contract.quietSeconds);
  const now = Date.now();
  const fromMs = now - seconds * 1000;
  const counted = await countReads(tools, claim.migration, { fromMs, nowMs: now });
  return { kind: 'reported', since: new Date(fromMs).toISOString(), ...counted };
}

async function measureStatements(
  claim: Claim,
  place: ColumnPlace,
  parser: SqlParser,
  { settings }: Surroundings,
): Promise<StatementsMeasured> {
  if (settings.contract.statements === 'unmeasured') return { kind: 'waived' };
  const counters = new StatementCounters(place.database, place.table, place.column);
  const counted = await counters.since(claim, settings.contract.quietSeconds);
  return 'why' in counted
    ? { kind: 'unmeasured', why: counted.why }
    : statementsNaming(place, parser, counted);
}
