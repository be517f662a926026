import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { basename, join, parse } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject } from 'vitest';
import { parseDocument } from 'yaml';
import type { PhaseName } from '../../engine/plan/plan.ts';
import { parseSpec } from '../../engine/spec/spec.ts';
import { keyOf } from '../../engine/words/target.ts';
import { createGuardrails } from '../../rehearsal/deployment/guardrail-alarms.ts';
import { holdsTable } from '../../rehearsal/deployment/holds.ts';
import { onTargetEvent, targetNamed } from '../../rehearsal/deployment/target-events.ts';
import type { UnansweredInvocation } from '../../rehearsal/cloud/lambda/lambda.ts';
import type { RehearsalOptions } from '../../rehearsal/options.ts';
import { rehearse } from '../../rehearsal/rehearse.ts';
import { noScreen } from '../../rehearsal/screen/screen.ts';
import { Interrupted } from '../../rehearsal/stage/part-lost.ts';
import { sectionBegun } from '../../report/section.ts';
import type { Rehearsal } from '../../rehearsal/stage/result.ts';
import { quickOptions } from './quick-options.ts';
import type { StagedTable } from './staged-database.ts';
import type { StagedTarget } from './warm-cloud.ts';

/**
 * One target of the warm cloud, for the rehearsals of one path of a migration. Functions stay warm and flags stay what they
 * are, as they would on AWS.
 */
export class Stage {
  /** MySQL has one ledger for all databases, and this stage's migration is none of before. */
  private readonly once: string;
  private readonly executions = new Set<string>();
  private readonly stopListening: () => void;

  constructor(
    private readonly under: { readonly file: string; readonly table: string },
    private readonly target: StagedTarget,
  ) {
    const { stepFunctions } = target.cloud;
    this.once = target.staged.engine === 'mysql' ? `-${randomBytes(4).toString('hex')}` : '';
    this.stopListening = onTargetEvent(stepFunctions, target.name, ({ executionArn, event }) => {
      if (event.type === 'ExecutionStarted') this.executions.add(executionArn);
      else if (event.type?.startsWith('Execution')) this.executions.delete(executionArn);
      // A wait like any other; where it cannot be hurried, the swap takes ten seconds longer.
      if (sectionBegun(event) === 'swap')
        target.staged.letBatchesBeOld(this.migration).catch(() => undefined);
    });
  }

  /** Expects that nobody is left on its database. */
  async close(): Promise<void> {
    await this.calm();
    this.stopListening();
    expect(await this.target.staged.others()).toEqual([]);
  }

  /** After a failure: stops whatever goes on here. Nobody uses it again. */
  async abandon(): Promise<void> {
    await this.halt();
    await this.target.traffic.close();
    this.stopListening();
  }

  /** An empty database with the example schema, which nobody uses; holds of a ledger that is gone go with it. */
  async reset(): Promise<void> {
    await this.calm();
    await this.setGuardrails();
    const id = { S: keyOf({ migration: this.migration, target: this.target.name }) };
    await this.target.cloud.dynamoDb.send(new DeleteItemCommand({ TableName: holdsTable, Key: { id } }));
    await this.target.staged.reset();
  }

  /** The alarms of the target, with the migration's own limits. */
  private async setGuardrails(): Promise<void> {
    const spec = parseSpec(await readFile(this.under.file, 'utf8'), basename(this.under.file));
    // How fast the application answers here is the machine's affair.
    const limits = { ...spec.guardrails.rollback, latencyP95: 1000 };
    await createGuardrails(this.target.cloud.cloudWatchPlace, this.target.name, limits);
  }

  /** Rehearses on the warm cloud. */
  async run(
    asked: Partial<RehearsalOptions> = {},
    settings: Readonly<Record<string, unknown>> = {},
  ): Promise<Rehearsal> {
    await this.calm();
    return this.rehearse(asked, settings);
  }

  /**
   * Runs until a phase has been entered, then stops machines, handlers and the application where they are. At no moment
   * in particular: whatever is under way then, the next start has to cope with.
   */
  async runUntil(
    phase: PhaseName,
    asked: Partial<RehearsalOptions> = {},
    settings: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    await this.calm();
    const stop = new AbortController();
    let halting: Promise<void> | undefined;
    const { stepFunctions } = this.target.cloud;
    const stopListening = onTargetEvent(stepFunctions, this.target.name, ({ stateMachine, event }) => {
      if (stateMachine === 'migration' && sectionBegun(event) === phase)
        halting ??= sleep(100)
          .then(() => this.halt())
          .finally(() => stop.abort());
    });
    // Long enough that the end does not come first.
    const longer = { ...settings, 'contract.quarantine': '2m' };
    try {
      const ended = await this.rehearse(asked, longer, stop.signal).then(
        ({ result }) => result.outcome,
        (error: unknown) => {
          if (!(error instanceof Interrupted)) throw error;
          return 'interrupted';
        },
      );
      expect(halting, `${phase} has been entered`).toBeDefined();
      await halting;
      // The conductor may hear of the stopped execution before the interrupt.
      expect(['interrupted', 'failed']).toContain(ended);
    } finally {
      stopListening();
    }
  }

  private async halt(): Promise<void> {
    const { sfn, lambda } = this.target.cloud;
    while (this.executions.size > 0)
      for (const executionArn of this.executions) await sfn.send(new StopExecutionCommand({ executionArn }));
    for (; this.isAsked(); await sleep(10)) lambda.kill(this.isOurs);
  }

  private readonly isOurs = ({ payload }: UnansweredInvocation): boolean =>
    targetNamed(payload) === this.target.name;

  /** Whether a function still works for us, or will when its process has started. */
  private isAsked(): boolean {
    return this.target.cloud.lambda.unanswered().some(this.isOurs);
  }

  catalog(table = this.under.table): Promise<StagedTable> {
    return this.target.staged.catalog(table, this.migration);
  }

  /** The migration's name and, so that each target has settings of its own, the target's. */
  private get migration(): string {
    const { name } = parse(this.under.file);
    return `${name.replace(/^\d+-/u, '')}-${this.target.name}${this.once}`;
  }

  private async rehearse(
    asked: Partial<RehearsalOptions>,
    settings: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<Rehearsal> {
    const { name: target, staged, traffic } = this.target;
    const { url: databaseUrl, engine } = staged;
    const folder = await mkdtemp(join(inject('scratchFolder'), `${target}-`));
    const file = join(folder, `${this.migration}.yaml`);
    await writeFile(file, staged.aboutIt(await shortened(this.under.file, settings)));
    return rehearse({ ...quickOptions, engine, file, databaseUrl, ...asked }, noScreen, {
      programs: inject('programs'),
      traffic,
      cloud: this.target.cloud,
      target,
      ...(signal && { signal }),
    });
  }

  /** Waits until nothing of an earlier rehearsal goes on: no execution, no alarm, no function, no connection. */
  private async calm(): Promise<void> {
    while (this.executions.size > 0 || this.target.cloud.isAlarmOn(this.target.name) || this.isAsked())
      await sleep(50);
    await this.target.staged.endSessions();
  }
}

// In the cloud's time. A share takes a real second to reach every process and to be reported, and a read of the old shape
// after that keeps the contract gate shut: the last share is watched for three.
const windows = {
  'reads.bake': '60s',
  'confidence.window': '20s',
  'confidence.reconcileEvery': '10s',
  'contract.quarantine': '5s',
};

/** The shipped file with a shorter ramp and windows, and what the test wants otherwise. */
async function shortened(file: string, settings: Readonly<Record<string, unknown>>): Promise<string> {
  const document = parseDocument(await readFile(file, 'utf8'));
  document.setIn(['reads', 'ramp'], [100]);
  for (const [key, value] of Object.entries(windows)) document.setIn(key.split('.'), value);
  for (const [key, value] of Object.entries(settings)) document.setIn(key.split('.'), value);
  return document.toString();
}
