import type { MayStart } from '../../engine/database/online.ts';
import type { UnitPlace } from '../../engine/dialects/ledger-sql.ts';
import type { Ledger } from '../../engine/ledger/ledger.ts';
import { sentWithinMs } from '../../engine/ledger/unanswered.ts';
import type { Online } from '../../engine/plan/plan.ts';

/** Whether a statement that may run for hours may be started. What has a session of its own asks the epoch in it. */
export const startsOf =
  (ledger: Ledger, place: UnitPlace, { session }: Online, mayBegin: () => Promise<void>): MayStart =>
  async () => {
    await mayBegin();
    if (session !== undefined) return () => Promise.resolve();
    const askedAt = performance.now();
    const id = await ledger.mayStart(place);
    if (id === null) return null;
    const answered = () => ledger.answered(id);
    if (performance.now() - askedAt < sentWithinMs) return answered;
    await answered();
    return null;
  };
