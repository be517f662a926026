import type { Claim } from '../../engine/ledger/ledger.ts';
import type { OldShapeMeasured, ReadsMeasured, StatementsMeasured } from '../../engine/evidence/measured.ts';
import type { SqlParser } from '../../engine/database/sql-parser.ts';
import { loadUsage } from '../../engine/dialects/load-usage.ts';
import type { Usage, UsedColumns } from '../../engine/dialects/usage.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import { countReads } from './count-reads.ts';
import { sqlParser } from '../runtime/sql-parser.ts';
import type { Tools } from '../runtime/tools.ts';

interface Surroundings {
  /** In words. */
  readonly replaced: readonly string[];
  readonly readsMove: boolean;
  readonly settings: Settings;
  readonly tools: Pick<
    Tools,
    'database' | 'ledger' | 'readFlag' | 'metricHistory' | 'applicationNamespace' | 'target'
  >;
}

/** Whether anybody still needs the old shape: the flag, the reads, the statements, the catalog. */
export async function measureOldShape(
  claim: Claim,
  used: UsedColumns,
  around: Surroundings,
): Promise<OldShapeMeasured> {
  const { database } = around.tools;
  const parser = await sqlParser();
  const usage = await loadUsage(database, used);
  return {
    switched: around.readsMove
      ? {
          flagPercent: await around.tools.readFlag.share(claim.migration),
          reads: await measureReads(claim, around),
        }
      : null,
    statements: await measureStatements(claim, usage, parser, around),
    ...(await usage.catalog(parser)),
    replaced: around.replaced,
  };
}

async function measureReads(claim: Claim, { settings, tools }: Surroundings): Promise<ReadsMeasured> {
  if (!settings.reads.reported) return { kind: 'waived' };
  const began = await tools.ledger.journal.enteredAt(claim, 'confidence');
  const seconds = Math.min(began?.seconds ?? 0, settings.contract.quietSeconds);
  const now = Date.now();
  const fromMs = now - seconds * 1000;
  const counted = await countReads(tools, claim.migration, { fromMs, nowMs: now });
  return { kind: 'reported', since: new Date(fromMs).toISOString(), ...counted };
}

async function measureStatements(
  claim: Claim,
  usage: Usage,
  parser: SqlParser,
  { settings }: Surroundings,
): Promise<StatementsMeasured> {
  if (settings.contract.statements === 'unmeasured') return { kind: 'waived' };
  return usage.statements(claim, settings.contract.quietSeconds, parser);
}
