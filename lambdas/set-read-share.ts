import * as z from 'zod';
import { NotNow } from '../engine/database/errors.ts';
import { walkId } from '../engine/ledger/walk-id.ts';
import { refuseOvertaken } from './evidence/behind-a-walk.ts';
import { database, ledger } from './runtime/database.ts';
import { guardrails } from './runtime/guardrails.ts';
import { publish } from './runtime/metrics.ts';
import { readFlag } from './runtime/read-flag.ts';
import { reportedReads } from './runtime/reported-reads.ts';
import { readClaimed } from './steps/migration.ts';
import { step } from './steps/step.ts';
import { strictShare } from './steps/truth-forward.ts';

const input = z.object({
  migration: z.string(),
  epoch: z.number(),
  percent: z.number().min(0).max(100),
  /** The last one before reads move. */
  comparison: walkId.optional(),
});

/**
 * Moves reads forward to a share of the keys, and looks at the guardrails before and after; at the reads so far before. Raises
 * NotNow while somebody reads by a snapshot in which the new side is not filled, and ComparisonOvertaken where rows may have come that nobody has filled.
 */
export const handler = step(
  {
    input,
    uses: { database, ledger, guardrails, reportedReads, readFlag },
    before: ['guardrails', 'reads', 'leave'],
    // People see the phase begin with its first share; the statements that end it come after the last.
    enters: () => 'read-switch',
    after: ['guardrails', 'abort'],
  },
  async (
    { migration, percent, comparison },
    { claim, plan, settings, tools },
  ): Promise<{ readonly percent: number; readonly deployment: number }> => {
    if (await tools.database.dialect.look.olderSnapshot(tools.database, migration))
      throw new NotNow('a transaction that began before the last row was filled is still open');
    if (comparison) await refuseOvertaken(plan, claim, comparison, tools.database);
    const share =
      percent === 100 ? strictShare(plan, settings) : { percent, compare: settings.reads.compare };
    const deployment = await tools.readFlag.moveForward(migration, share, () =>
      readClaimed(tools.ledger, claim),
    );
    publish({ migration, target: tools.target.name }, { ReadShare: percent });
    return { percent, deployment };
  },
);
