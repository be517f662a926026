import { setTimeout as sleep } from 'node:timers/promises';
import type { Operator, WaitingGate } from './operator.ts';
import type { RehearsalOptions } from './options.ts';
import type { Screen } from './screen.ts';

const pollMs = 100;

/** What must be true of the application before a gate may be approved. */
export type Preparation = (hold: string) => Promise<void>;

/** Answers the gates of a rehearsal: as the options say, else by the person at the terminal, else by approving. */
export class Gatekeeper {
  private readonly answered = new Map<string, number>();
  readonly notes: string[] = [];

  constructor(
    private readonly operator: Operator,
    private readonly options: RehearsalOptions,
    private readonly screen: Screen,
    private readonly prepare: Preparation,
  ) {}

  /** Watches for gates until the signal says that the migration has ended. */
  async watch(ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      const gate = await this.operator.waiting();
      if (gate) await this.answer(gate);
      await sleep(pollMs);
    }
  }

  private async answer(gate: WaitingGate): Promise<void> {
    const asked = (this.answered.get(gate.hold) ?? 0) + 1;
    this.answered.set(gate.hold, asked);
    this.screen.line(`  gate ${gate.hold} asks`);
    for (const line of gate.lines) this.screen.line(`    ${line}`);
    const { decision, reason } = await this.decision(gate, asked);
    if (decision === 'approve') await this.prepare(gate.hold);
    await this.operator.decide(gate, decision, reason);
    this.screen.line(`  gate ${gate.hold}: ${decision === 'approve' ? 'approved' : 'rejected'}, ${reason}`);
    // The decision is recorded before the gate opens; until then the same gate must not be answered twice.
    while ((await this.operator.waiting())?.token === gate.token) await sleep(pollMs / 4);
  }

  private async decision(gate: WaitingGate, asked: number) {
    if (this.options.reject === gate.hold)
      return { decision: 'reject', reason: 'asked for by --reject' } as const;
    if (!gate.open && asked > 1) return this.shut(gate);
    if (this.options.approve) return { decision: 'approve', reason: 'asked for by --approve' } as const;
    const answer = await this.screen.ask(`  Approve gate ${gate.hold}? [y/n] `);
    if (answer === null) return { decision: 'approve', reason: 'nobody is at a terminal' } as const;
    const approves = /^y(es)?$/iu.test(answer);
    return { decision: approves ? 'approve' : 'reject', reason: 'answered at the terminal' } as const;
  }

  // Approving again would only ask again: the evidence has not changed.
  private shut(gate: WaitingGate) {
    const missing = gate.lines.filter((line) => line.startsWith('✗')).map((line) => line.slice(2));
    this.notes.push(`gate ${gate.hold} stayed shut: ${missing.join('; ')}`);
    return { decision: 'reject', reason: 'its evidence is incomplete' } as const;
  }
}
