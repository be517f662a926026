import type { Operator, WaitingGate } from '../stage/operator.ts';
import type { HoldChanges } from '../stage/hold-changes.ts';
import { underpin } from '../../cli/command-name.ts';
import { rehearsalOption } from '../../cli/rehearsal-notice.ts';
import { copyable } from '../../cli/status/aligned-lines.ts';
import { verdictStyles } from '../../cli/verdict-styles.ts';
import { verdictMarks, type Verdict } from '../../engine/evidence/verdict.ts';
import type { RehearsalOptions } from '../options.ts';
import type { Screen } from './screen.ts';
import type { Answer } from './question.ts';

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
    private readonly changes: HoldChanges,
    private readonly options: RehearsalOptions,
    private readonly screen: Screen,
    private readonly prepare: Preparation,
  ) {}

  /** Watches for gates until the signal says that the migration has ended. */
  async watch(ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      const before = this.changes.count;
      const gate = await this.operator.waiting();
      if (gate) await this.answer(gate, ended);
      await this.changes.after(before, ended);
    }
  }

  private async answer(gate: WaitingGate, ended: AbortSignal): Promise<void> {
    const asked = (this.answered.get(gate.hold) ?? 0) + 1;
    this.answered.set(gate.hold, asked);
    for (const line of this.evidenceLines(gate)) this.screen.line(line);
    // Before anybody can approve it, also from another terminal.
    if (asked === 1 && this.options.reject !== gate.hold) await this.prepare(gate.hold);
    const decided = await this.decision(gate, asked, ended);
    if (decided === null) return this.screen.line(`  gate ${gate.hold}: answered from another terminal`);
    const { decision, reason } = decided;
    await this.operator.decide(gate, decision, reason);
    this.screen.line(`  gate ${gate.hold}: ${decision === 'approve' ? 'approved' : 'rejected'}, ${reason}`);
    await this.gone(gate, ended);
  }

  /** All of the evidence for a person; where nobody is asked, in detail only what did not pass. */
  private evidenceLines({ hold, items }: WaitingGate): readonly string[] {
    const of = (verdict: Verdict): number => items.filter((item) => item.verdict === verdict).length;
    const unmeasured = of('waived') === 0 ? '' : `, ${of('waived')} not measured`;
    const isShownWhole = this.asksPerson(hold) || this.options.holdGates;
    return [
      `  gate ${hold} asks: ${of('pass')} of ${items.length} checks pass${unmeasured}`,
      ...items
        .filter(({ verdict }) => isShownWhole || verdict !== 'pass')
        .map(
          ({ verdict, says }) =>
            `    ${this.screen.styled(verdictStyles[verdict], verdictMarks[verdict])} ${says}`,
        ),
    ];
  }

  private asksPerson(hold: string): boolean {
    return this.screen.hasPerson && !this.options.approve && this.options.reject !== hold;
  }

  /** null where somebody else has answered, or the migration has ended. */
  private async decision(gate: WaitingGate, asked: number, ended: AbortSignal) {
    if (this.options.reject === gate.hold)
      return { decision: 'reject', reason: 'asked for by --reject' } as const;
    if (this.options.holdGates) return this.answeredElsewhere(gate, ended);
    const answer = this.options.approve ? 'nobody' : await this.askPerson(gate, ended);
    if (answer === 'yes') return { decision: 'approve', reason: 'answered at the terminal' } as const;
    if (answer === 'no') return { decision: 'reject', reason: 'answered at the terminal' } as const;
    if (answer === 'withdrawn') return null;
    if (answer === 'ended') {
      this.screen.line('    the input was closed, so nobody can answer here; nothing was decided');
      return this.answeredElsewhere(gate, ended);
    }
    if (!gate.open && asked > 1) return this.shut(gate);
    const reason = this.options.approve ? 'asked for by --approve' : 'nobody is at a terminal';
    return { decision: 'approve', reason } as const;
  }

  private async askPerson(gate: WaitingGate, ended: AbortSignal): Promise<Answer> {
    const elsewhere = new AbortController();
    this.gone(gate, ended).then(
      () => elsewhere.abort(),
      () => undefined,
    );
    const otherwise = gate.hold === 'remove-new-shape' ? 'n keeps the new shape' : 'n rolls back';
    return this.screen.ask(`  Approve gate ${gate.hold} (${otherwise})? [y/n] `, elsewhere.signal);
  }

  private async answeredElsewhere(gate: WaitingGate, ended: AbortSignal): Promise<null> {
    const more = gate.hold === 'contract' ? ' --acknowledge-rollback' : '';
    const option = await rehearsalOption(process.pid);
    const command = `    it waits for: ${underpin} approve ${gate.hold}${more} ${option}`;
    this.screen.line(copyable(command, this.screen.columns));
    await this.gone(gate, ended);
    return null;
  }

  // The decision is recorded before the gate opens; until then the same gate must not be answered twice.
  private async gone(gate: WaitingGate, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      const before = this.changes.count;
      if ((await this.operator.waiting())?.token !== gate.token) return;
      await this.changes.after(before, ended);
    }
  }

  // Approving again would only ask again: the evidence has not changed.
  private shut(gate: WaitingGate) {
    const missing = gate.items.filter(({ verdict }) => verdict === 'fail').map(({ says }) => says);
    this.notes.push(`gate ${gate.hold} stayed shut: ${missing.join('; ')}`);
    return { decision: 'reject', reason: 'its evidence is incomplete' } as const;
  }
}
