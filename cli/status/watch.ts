import { wordsOfReason } from '../../engine/words/failure.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '../aws/deployment.ts';
import { failureOf } from '../failure.ts';
import type { Session } from '../session.ts';
import type { Screen } from '../screen.ts';
import { bar } from '../bar.ts';
import { closeupLines } from './closeup-lines.ts';
import { phaseNow } from '../../engine/ledger/phase-now.ts';
import { readOverview, readCloseup, type Closeup, type Overview } from './look.ts';
import { alignedLines } from './aligned-lines.ts';
import { fittingLines } from './fitting-lines.ts';
import { overviewLines } from './overview-lines.ts';

const everyMs = 2000;

/** Shows one migration until it is over; ends with 1 where it did not complete. On a terminal the page is redrawn. */
export async function watchOne(deployment: Deployment, name: string, session: Session): Promise<void> {
  const { screen } = session;
  const page = new Page(screen);
  for (let before: Closeup | undefined; ; await sleep(everyMs)) {
    const look = await seen(() => lookWhenKnown(deployment, name), page).catch((error: unknown) => {
      // A rehearsal ends right behind its migration, maybe before the report's last state was seen.
      if (before === undefined || before.migration.status === 'running') throw error;
      return before;
    });
    if (look === null) page.note(`${name} has not begun yet. Waiting for it.`);
    if (look === undefined || look === null) continue;
    const { address } = deployment;
    const earlier = before && { rows: before.migration.backfill.rows, at: before.at };
    page.show(closeupLines(look, { screen, address, earlier }), oneLine(look));
    const { status } = look.migration;
    // Closed in the ledger, it still writes its report.
    const isOver = status !== 'running' && (look.execution?.status !== 'RUNNING' || look === before);
    before = look;
    if (!isOver) continue;
    if (status !== 'completed') session.end(1);
    return;
  }
}

/** null in a rehearsal that is getting ready: its migration is about to start. */
async function lookWhenKnown(deployment: Deployment, name: string): Promise<Closeup | null> {
  if (deployment.address.rehearsal?.migration !== name) return readCloseup(deployment, name);
  const { ledger, migrations } = await deployment.describe();
  const isKnown = typeof ledger === 'object' || migrations.some((it) => it.name === name);
  return isKnown ? readCloseup(deployment, name) : null;
}

/** Shows all migrations until somebody interrupts it. */
export async function watchAll(deployment: Deployment, { screen }: Session): Promise<never> {
  const page = new Page(screen);
  for (;;) {
    const look = await seen(() => readOverview(deployment), page);
    if (look) page.show(overviewLines(look, screen, deployment.address.words), allInOneLine(look));
    await sleep(everyMs);
  }
}

/** One look; a moment in which nobody answers does not end the watch. */
async function seen<T>(look: () => Promise<T>, page: Page): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    const { code, message } = failureOf(error);
    // What a person has to fix does not fix itself, and who was never there will not come.
    if (code === 2 || page.isSilent) throw error;
    page.note(message);
    return undefined;
  }
}

function oneLine({ migration, hold, alarms, execution, wayBack }: Closeup): string {
  const { name, status, backfill, estimatedRows, order } = migration;
  const phase = phaseNow(migration, hold);
  const share = estimatedRows > 0 ? backfill.rows / estimatedRows : 0;
  return [
    name,
    status === 'running' && wayBack !== null ? `rolling back because of ${wordsOfReason(wayBack)}` : status,
    phase,
    ...(phase === 'backfill' ? [bar(Math.floor(share * 10) / 10, 10)] : []),
    ...(hold === null ? [] : [`waits at ${hold.hold}`]),
    ...(order === null ? [] : [`ordered to ${order.order}`]),
    ...alarms.map((alarm) => `alarm ${alarm.name}`),
    ...(status === 'rolled-back' && execution?.cause !== undefined ? [execution.cause] : []),
  ].join(' · ');
}

const allInOneLine = ({ migrations, alarms }: Overview): string =>
  [
    ...migrations.map(
      ({ migration, hold }) =>
        `${migration.name} ${migration.status} ${phaseNow(migration, hold)}${hold === null ? '' : ` waits at ${hold.hold}`}`,
    ),
    ...alarms.map(({ name }) => `alarm ${name}`),
  ].join(' · ');

/** A terminal is redrawn; anything else gets a line whenever something has changed. */
class Page {
  private last: string | undefined;
  private noted: string | undefined;

  constructor(private readonly screen: Screen) {}

  /** Whether nothing was shown yet. */
  get isSilent(): boolean {
    return this.last === undefined;
  }

  show(lines: readonly string[], line: string): void {
    if (this.screen.interactive) this.redraw(fittingLines(alignedLines(lines, this.screen), this.screen));
    else if (line !== this.last) this.screen.line(`${new Date().toISOString().slice(0, 19)}Z ${line}`);
    this.last = line;
    this.noted = undefined;
  }

  note(text: string): void {
    if (text !== this.noted) this.screen.note(text);
    this.noted = text;
  }

  // Home, then line by line over what stood there: nothing flickers, and a line that wraps wraps as it did before.
  private redraw(lines: readonly string[]): void {
    const clear = this.last === undefined ? '\u001B[2J' : '';
    this.screen.line(`${clear}\u001B[H${lines.map((text) => `${text}\u001B[K`).join('\n')}\u001B[J`);
  }
}
