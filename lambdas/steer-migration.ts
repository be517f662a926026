import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import {
  claimedName,
  longestPauseSeconds,
  orders,
  type Order,
  type StandingOrder,
} from '../engine/ledger/standing-order.ts';
import { briefOf } from '../engine/notices/brief.ts';
import { storedSettings } from '../engine/plan/stored.ts';
import { TransientAwsError } from '../engine/database/errors.ts';
import { ledger } from './runtime/database.ts';
import { holds } from './runtime/holds.ts';
import { people, type People } from './runtime/people.ts';
import { task } from './runtime/task.ts';
import type { Tools } from './runtime/tools.ts';

const said = z.object({
  migration: z.string(),
  order: z.enum(orders),
  // Both are stored and told to people; a plan shares its record with them.
  reason: z.string().trim().min(1, 'say why').max(500),
  by: z.string().trim().min(1, 'say who').max(200),
  forSeconds: z.exactOptional(z.int().min(60).max(longestPauseSeconds)),
  dutyCycle: z.exactOptional(z.number().min(0.05).max(1).nullable()),
});
const input = said.refine(({ order, dutyCycle }) => (order === 'pace') === (dutyCycle !== undefined), {
  error: 'a pace has a duty cycle, and no other order has one',
});

interface Steered {
  readonly order: Order;
  /** The order that stood before. */
  readonly was: StandingOrder['order'] | null;
  /** Whether others were told of it; of an order that stood already they were. */
  readonly told: boolean;
}

/**
 * Takes a person's order for a migration under way. `pause`: workers stop within a second or two, and no step forward
 * is begun; `resume` ends that, and so does its time; `pace` says how much workers work from now on; `abort` rolls back, out
 * of an open gate or window too.
 * Raises OrderRefused where there is nothing to order: it is not running, rolls back already, or has dropped the old shape.
 */
export const handler = task(
  { input, uses: { ledger, holds, people } },
  async (given, tools): Promise<Steered> => {
    const { was, epoch } = await tools.ledger.setOrder(given);
    const changes = given.order === 'pace' || was !== (given.order === 'resume' ? null : given.order);
    const [told] = await Promise.all([
      changes ? notify(tools, given) : true,
      given.order === 'abort'
        ? reach(tools, { ...given, epoch }, `aborted by ${claimedName(given.by)}: ${given.reason}`)
        : undefined,
    ]);
    return { order: given.order, was, told };
  },
);

/** The order stands, whether or not it can be reported. */
async function notify(
  tools: Pick<Tools, 'ledger' | 'target'> & { readonly people: People },
  given: z.infer<typeof said>,
): Promise<boolean> {
  try {
    const record = await tools.ledger.find(given.migration);
    const brief = record ? briefOf(storedSettings(record)) : null;
    const { name: target } = tools.target;
    await tools.people.notify({ about: 'ordered', brief, ...given, target }, { target: tools.target });
    return true;
  } catch {
    return false;
  }
}

const looks = 10;
const lookEveryMs = 1000;

/**
 * Workers and steps find an abort by themselves; a hold has to be failed. The step before it has looked for orders when it
 * ended, so a hold that is missed at first is taken within seconds.
 */
async function reach(
  tools: Pick<Tools, 'ledger' | 'holds'>,
  { migration, epoch }: { readonly migration: string; readonly epoch: number },
  cause: string,
): Promise<void> {
  for (let look = 1; look <= looks; look += 1) {
    try {
      if (await tools.holds.failOpen(migration, 'Aborted', cause)) return;
    } catch (error) {
      // An AWS that does not answer is asked at the next look. The order stands all the same.
      if (look === looks || !(error instanceof TransientAwsError)) throw error;
    }
    // Fenced: it rolls back already.
    if ((await tools.ledger.find(migration))?.epoch !== epoch) return;
    await sleep(lookEveryMs);
  }
}
