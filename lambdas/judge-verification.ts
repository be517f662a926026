import * as z from 'zod';
import { walkId } from '../engine/ledger/walk-id.ts';
import { VerificationFailed } from '../engine/database/errors.ts';
import { stubbornText } from '../engine/evidence/stubborn-rows.ts';
import { mostPartial } from '../engine/evidence/partial-writes.ts';
import { isFinished } from '../engine/ledger/walks.ts';
import { publish } from './runtime/metrics.ts';
import { isOvertaken } from './evidence/behind-a-walk.ts';
import { noteOldShape } from './evidence/note-old-shape.ts';
import { database, ledger } from './runtime/database.ts';
import { guardrails } from './runtime/guardrails.ts';
import { reportedReads } from './runtime/reported-reads.ts';
import { step } from './steps/step.ts';
import { measureStubborn, stubbornRows } from './steps/stubborn.ts';
import { truthNow, walkNow } from './steps/walk-now.ts';

const input = z.object({
  migration: z.string(),
  epoch: z.number(),
  walk: walkId,
  /** Where the application writes both sides and the new one is about to be the truth: no row may differ, however few may before. */
  noneMayDiffer: z.boolean().default(false),
});

const oneLine = (statement: string): string => `\`${statement.replaceAll(/\s*\n\s*/gu, ' ')}\``;

interface Judgement {
  readonly clean: boolean;
  readonly checked: number;
  readonly mismatches: number;
  /** Rows may have come behind the walk's back: it says nothing of them, and another one is needed. */
  readonly overtaken: boolean;
  /** Where rows differ or refuse the change, how they are found, without their keys; empty where there are none. */
  readonly found: string;
}

/** The verdict over a finished verification walk. Raises VerificationFailed when the walk is not finished. */
export const handler = step(
  {
    input,
    uses: { database, ledger, guardrails, reportedReads },
    before: ['guardrails', 'reads', 'abort'],
    after: [],
  },
  async ({ walk, noneMayDiffer }, { claim, plan, settings, phase, tools }): Promise<Judgement> => {
    // Once in each segment of the confidence window: a window of silence can begin here too.
    if (walk.purpose === 'reconcile' && phase !== 'read-switch') await noteOldShape(tools, claim, plan);
    const statements = await walkNow(plan, walk.purpose, tools.ledger);
    if (statements === undefined)
      return { clean: true, checked: 0, mismatches: 0, overtaken: false, found: '' };
    const compared = await tools.ledger.walks.progress(claim, walk);
    if (!isFinished(compared))
      throw new VerificationFailed(`the comparison ${walk.purpose} ${walk.n} did not see every row`);
    const overtaken = await isOvertaken(plan, claim, walk, tools.database);
    // Before the read switch a difference is repaired and compared again; afterwards it is a reason to go back, and an alarm. Where
    // the application writes both sides it is repaired at once, and how many there were is judged: by the gate before reads move.
    const { rows, changed } = compared;
    const truth = await truthNow(plan, tools.ledger);
    const most = mostPartial(plan, settings, truth);
    const isRepaired = most !== null && walk.purpose !== 'before-drop';
    publish(
      { ...claim, target: tools.target.name },
      walk.purpose === 'verify' || isRepaired ? { RowsToRepair: changed } : { Mismatches: changed },
    );
    const few =
      !isRepaired || noneMayDiffer ? changed === 0 : walk.purpose === 'verify' || changed <= most * rows;
    // Reads move, or have moved: a row that refuses would have its former value for good.
    const mustHoldAll = most !== null && truth === 'old' && walk.purpose === 'reconcile';
    const refusing = mustHoldAll
      ? await measureStubborn(claim, await tools.ledger.applied(claim.migration), { plan, settings, tools })
      : few
        ? null
        : await stubbornRows(claim.migration, tools);
    const refused = refusing !== null && refusing.count > 0;
    const clean = few && !overtaken && !(mustHoldAll && refused);
    const found = refused
      ? `rows that refuse the change: ${stubbornText(refusing)}`
      : few
        ? ''
        : `their keys: ${oneLine(statements.list)}`;
    return { clean, checked: rows, mismatches: changed, overtaken, found };
  },
);
