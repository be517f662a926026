import { setTimeout as sleep } from 'node:timers/promises';
import type { Operator, WaitingGate } from '../stage/operator.ts';
import type { RehearsalOptions } from '../options.ts';
import type { Screen } from './screen.ts';

const pollMs = 100;

/** What must be true of the application before a gate may be approved. */
export type Preparation = (hold: string) => Promise<void>;

/**
 * Answers the gates of a rehearsal: as the options say, else by the person at the terminal, else by approving. Somebody at
 * another terminal may be faster, by the command line.
 */
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
      if (gate) await this.answer(gate, ended);
      await sleep(pollMs);
    }
  }

  private async answer(gate: WaitingGate, ended: AbortSignal): Promise<void> {
    const asked = (this.answered.get(gate.hold) ?? 0) + 1;
    this.answered.set(gate.hold, asked);
    this.screen.line(`  gate ${gate.hold} asks`);
    for (const line of gate.lines) this.screen.line(`    ${line}`);
    // Before anybody can approve it, also from another terminal.
    if (asked === 1 && this.options.reject !== gate.hold) await this.prepare(gate.hold);
    const decided = await this.decision(gate, asked, ended);
    if (decided === null) return this.screen.line(`  gate ${gate.hold}: answered from another terminal`);
    const { decision, reason } = decided;
    await this.operator.decide(gate, decision, reason);
    this.screen.line(`  gate ${gate.hold}: ${decision === 'approve' ? 'approved' : 'rejected'}, ${reason}`);
    await this.gone(gate, ended);
  }

  /** null where somebody else has answered, or the migration has ended. */
  private async decision(gate: WaitingGate, asked: number, ended: AbortSignal) {
    if (this.options.reject === gate.hold)
      return { decision: 'reject', reason: 'asked for by --reject' } as const;
    if (!gate.open && asked > 1 && !this.options.holdGates) return this.shut(gate);
    if (this.options.approve) return { decision: 'approve', reason: 'asked for by --approve' } as const;
    if (this.options.holdGates) {
      this.screen.line(`    it waits for: npx underpin approve ${gate.hold} --rehearsal`);
      await this.gone(gate, ended);
      return null;
    }
    const elsewhere = new AbortController();
    this.gone(gate, ended).then(
      () => elsewhere.abort(),
      () => undefined,
    );
    const answer = await this.screen.ask(`  Approve gate ${gate.hold}? [y/n] `, elsewhere.signal);
    if (elsewhere.signal.aborted) return null;
    if (answer === null) return { decision: 'approve', reason: 'nobody is at a terminal' } as const;
    const approves = /^y(es)?$/iu.test(answer);
    return { decision: approves ? 'approve' : 'reject', reason: 'answered at the terminal' } as const;
  }

  // The decision is recorded before the gate opens; until then the same gate must not be answered twice.
  private async gone(gate: WaitingGate, ended: AbortSignal): Promise<void> {
    while (!ended.aborted && (await this.operator.waiting())?.token === gate.token) await sleep(pollMs / 2);
  }

  // Approving again would only ask again: the evidence has not changed.
  private shut(gate: WaitingGate) {
    const missing = gate.lines.filter((line) => line.startsWith('✗')).map((line) => line.slice(2));
    this.notes.push(`gate ${gate.hold} stayed shut: ${missing.join('; ')}`);
    return { decision: 'reject', reason: 'its evidence is incomplete' } as const;
  }
}
