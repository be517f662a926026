import type { ListedCommand } from './listed-command.ts';

/** For who writes migrations; one file for each command. */
export const authoring: readonly ListedCommand[] = [
  {
    usage: 'init [options] [file]',
    does: 'Write a migration file by asking; flags answer beforehand.',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    usage: 'convert [options] <paths...>',
    does: 'Judge the DDL of another tool, and write migrations for what is not safe.',
    load: async () => (await import('./commands/convert.ts')).convert,
  },
  {
    usage: 'lint [options] [paths...]',
    does: 'Check migration files without a database: keys, names, types, SQL, and each against the others.',
    load: async () => (await import('./commands/lint.ts')).lint,
  },
  {
    usage: 'plan [options] <paths...>',
    does: 'Show what a migration would do: its SQL, its locks, its way back, its time and its price.',
    load: async () => (await import('./commands/plan.ts')).plan,
  },
];

const order = (name: 'pause' | 'resume' | 'pace' | 'abort', does: string): ListedCommand => ({
  usage: `${name} [options] <migration>`,
  does,
  load: async () => (await import('./commands/orders.ts')).orderCommand(name),
});

/** For who runs them. */
export const operating: readonly ListedCommand[] = [
  {
    usage: 'start [options] <migration>',
    does: 'Start a migration, or start it again: it goes on from its checkpoints.',
    load: async () => (await import('./commands/start.ts')).start,
  },
  {
    usage: 'status [options] [migration]',
    does: 'Show all migrations, or all of one: phases, progress, what it waits for, alarms, what is left open.',
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    usage: 'approve [options] <gate>',
    does: 'Approve what a migration waits for: a gate, by the evidence that is shown; a window, before its time.',
    load: async () => (await import('./commands/approve.ts')).approve,
  },
  {
    usage: 'reject [options] <gate>',
    does: 'Refuse what a migration waits for, a gate or a window: it rolls back at once.',
    load: async () => (await import('./commands/reject.ts')).reject,
  },
  order(
    'pause',
    'Make a migration wait: workers stop within seconds, and no step forward is begun. Reads stay where they are.',
  ),
  order('resume', 'Let a paused migration go on.'),
  order(
    'pace',
    'Say how much the workers of a migration work from now on: less to spare the database, more to be done sooner.',
  ),
  order('abort', 'Roll a migration back, wherever it is, out of a gate or a window too.'),
  {
    usage: 'report [options] <migration>',
    does: 'Fetch the report of a migration that is over: one HTML page, or its data as JSON.',
    load: async () => (await import('./commands/report.ts')).report,
  },
  {
    usage: 'runbook [options] <migration>',
    does: 'Write how this migration goes back from where it is now: what happens, and every command, also by hand.',
    load: async () => (await import('./commands/runbook.ts')).runbook,
  },
];
