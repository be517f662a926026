import { setTimeout as sleep } from 'node:timers/promises';
import { targetNamed } from '../deployment/target-events.ts';
import type { LocalCloud } from '../deployment/local-cloud.ts';
import type { LedgerWatch } from './watch.ts';

/** Kills a worker in the middle of the backfill, once. */
export class WorkerKill {
  private killed: boolean | undefined;

  constructor(
    private readonly parts: {
      readonly cloud: LocalCloud;
      readonly target: string;
      readonly ledger: LedgerWatch;
    },
  ) {}

  /** Whether this invocation is that of the first worker. */
  begins(functionName: string): boolean {
    if (functionName !== 'BackfillShard' || this.killed !== undefined) return false;
    this.killed = false;
    return true;
  }

  /** After the first batches have been committed; false where no worker was at work any more. */
  async kill(ended: AbortSignal): Promise<boolean> {
    const { cloud, target, ledger } = this.parts;
    while (!ended.aborted && (await ledger.backfill()).batches < 2) await sleep(5);
    return (this.killed = cloud.lambda.kill(
      ({ name, payload }) => name === 'BackfillShard' && targetNamed(payload) === target,
    ));
  }

  /** A worker began, and none was killed. */
  get failed(): boolean {
    return this.killed === false;
  }
}
